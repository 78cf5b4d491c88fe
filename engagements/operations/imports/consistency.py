"""What rows of one file say about each other: ids used twice, people who are told apart. Pure."""

from collections.abc import Iterable
from typing import Final

from django.utils.translation import gettext as _

from engagements.operations.imports.parsing import Row
from engagements.rules import sort_name_of

# What a person has one of, in whichever row it stands.
PERSONAL: Final = (
    "freelancer_name",
    "freelancer_private_email",
    "business_name",
    "kvk_number",
    "language",
)


def check_against_each_other(rows: Iterable[Row]) -> None:
    """Add to each row what contradicts a row above it."""
    by_id: dict[str, Row] = {}
    people: dict[str, dict[str, Row]] = {}
    for row in rows:
        external_id = row.values.get("external_id")
        if external_id:
            first = by_id.setdefault(external_id, row)
            if first is not row:
                row.refuse(
                    "external_id", _("Row %(row)d has this ID already.") % {"row": first.number}
                )
        email = row.key("freelancer_email")
        if email:
            _check_person(row, people.setdefault(email, {}))


def _check_person(row: Row, said: dict[str, Row]) -> None:
    """Compare what a row says of a professional with the first row that said it."""
    for column in PERSONAL:
        value = row.values.get(column)
        if not value:
            continue
        first = said.setdefault(column, row)
        if sort_name_of(str(value)) != sort_name_of(str(first.values[column])):
            row.refuse(
                column,
                _("Row %(row)d says “%(value)s” for the professional with this address.")
                % {"row": first.number, "value": first.values[column]},
            )
