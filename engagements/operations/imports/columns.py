"""The columns that an import knows, and by which headers it recognises them. Pure."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from engagements.operations.imports import values

Mapped = Mapping[str, int]
"""Our name of a column -> position in the file, from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One thing that a row can say.

    Attributes:
        name: ours; the header of our own lists.
        dutch: the header of our own lists in Dutch.
        label: what people read.
        help: what belongs in it.
        parse: returns the value, or raises ``values.CellError``.
        also: further headers, the surest first; any of them yields to ``name`` and ``dutch``.
    """

    name: str
    dutch: str
    label: Promise
    help: Promise
    parse: Callable[[str], Any]
    is_required: bool = False
    also: tuple[str, ...] = ()


COLUMNS: Final = (
    Column(
        name="external_id",
        dutch="extern_id",
        label=_("ID in the other system"),
        help=_("The same ID again changes that engagement instead of adding one."),
        parse=values.text_up_to(80),
        also=("id", "opdrachtnummer", "contractnummer", "contract_id"),
    ),
    Column(
        name="freelancer_name",
        dutch="naam_professional",
        label=_("Name of the professional"),
        help=_("First name and surname."),
        parse=values.text_up_to(150),
        is_required=True,
        also=(
            "naam freelancer",
            "naam zzp'er",
            "professional",
            "freelancer",
            "naam medewerker",
            "medewerker",
            "naam",
            "name",
        ),
    ),
    Column(
        name="freelancer_email",
        dutch="e-mail_professional",
        label=_("E-mail address of the professional"),
        help=_("Their business address; it tells two people with one name apart."),
        parse=values.parse_email,
        is_required=True,
        also=(
            "e-mailadres professional",
            "email address professional",
            "professional e-mail",
            "e-mail freelancer",
            "e-mailadres freelancer",
            "e-mail zzp'er",
            "e-mailadres zzp'er",
            "e-mail medewerker",
            "e-mailadres medewerker",
            "zakelijk e-mailadres",
            "e-mailadres",
            "e-mail",
            "e-mail address",
        ),
    ),
    Column(
        name="freelancer_private_email",
        dutch="e-mail_prive",
        label=_("Private e-mail address"),
        help=_("We write to it after the last day."),
        parse=values.parse_email,
        also=(
            "prive e-mail",
            "prive e-mailadres",
            "e-mailadres prive",
            "private e-mail",
            "e-mail private",
        ),
    ),
    Column(
        name="business_name",
        dutch="bedrijfsnaam",
        label=_("Business name"),
        help=_("As the Chamber of Commerce knows it."),
        parse=values.text_up_to(150),
        also=("handelsnaam", "company name"),
    ),
    Column(
        name="kvk_number",
        dutch="kvk-nummer",
        label=_("KvK number"),
        help=_("Eight digits."),
        parse=values.parse_kvk_number,
        also=("kvk", "kvk nr", "coc number"),
    ),
    Column(
        name="department",
        dutch="afdeling",
        label=_("Department"),
        help=_("One that we do not know yet is added."),
        parse=values.text_up_to(120),
        is_required=True,
        also=("organisatieonderdeel", "team"),
    ),
    Column(
        name="manager_name",
        dutch="leidinggevende",
        label=_("Name of the hiring manager"),
        help=_("Used when we do not know the address yet."),
        parse=values.text_up_to(150),
        is_required=True,
        also=("naam leidinggevende", "naam manager", "hiring manager", "manager"),
    ),
    Column(
        name="manager_email",
        dutch="e-mail_leidinggevende",
        label=_("E-mail address of the hiring manager"),
        help=_("One that we do not know yet becomes a new contact."),
        parse=values.parse_email,
        is_required=True,
        also=(
            "e-mailadres leidinggevende",
            "leidinggevende e-mail",
            "leidinggevende e-mailadres",
            "e-mail hiring manager",
            "e-mail manager",
            "e-mailadres manager",
        ),
    ),
    Column(
        name="title",
        dutch="functie",
        label=_("Title"),
        help=_("What the professional does, such as data-engineer."),
        parse=values.text_up_to(150),
        is_required=True,
        also=("functienaam", "job title", "titel", "rol", "role", "opdracht"),
    ),
    Column(
        name="starts_on",
        dutch="startdatum",
        label=_("First day"),
        help=_("1-12-2026, 2026-12-01 or 1 december 2026."),
        parse=values.parse_day,
        is_required=True,
        also=("ingangsdatum", "begindatum", "start date", "start"),
    ),
    Column(
        name="ends_on",
        dutch="einddatum",
        label=_("Last day"),
        help=_("The last day counts."),
        parse=values.parse_day,
        is_required=True,
        also=("end date", "einde", "eind"),
    ),
    Column(
        name="hourly_rate",
        dutch="uurtarief",
        label=_("Hourly rate"),
        help=_("In euros, such as 95,50."),
        parse=values.parse_rate,
        also=("tarief", "tarief per uur", "rate"),
    ),
    Column(
        name="language",
        dutch="taal",
        label=_("Language"),
        help=_("Of mail to the professional: nl or en."),
        parse=values.parse_language,
    ),
    Column(
        name="intermediary",
        dutch="bemiddelaar",
        label=_("Intermediary"),
        help=_("Through whom the professional is hired."),
        parse=values.text_up_to(120),
        also=("broker", "leverancier", "tussenpersoon"),
    ),
    Column(
        name="knowledge_target",
        dutch="kennisdoel",
        label=_("Knowledge target"),
        help=_("In points. Empty: it follows from the length."),
        parse=values.parse_target,
        also=("kennispunten", "doel kennispunten"),
    ),
)
BY_NAME: Final[Mapping[str, Column]] = MappingProxyType({c.name: c for c in COLUMNS})
REQUIRED: Final = tuple(column.name for column in COLUMNS if column.is_required)
# What the rows with errors say in a column that is only for people to read.
WHAT_IS_WRONG: Final = _("what is wrong")


def header_key(header: str) -> str:
    """Return what is compared of a header: small letters without accents, and digits."""
    letters = unicodedata.normalize("NFKD", header.casefold())
    return "".join(letter for letter in letters if letter.isalnum())


# What is compared of a header -> our column, and how sure that is: the lower, the surer.
RECOGNISED: Final[Mapping[str, tuple[str, int]]] = MappingProxyType(
    {
        header_key(header): (column.name, doubt)
        for column in COLUMNS
        for doubt, header in reversed(list(enumerate((column.name, column.dutch, *column.also))))
    }
)


def recognise(headers: Sequence[str]) -> dict[str, int]:
    """Return which of our columns each header means; of two, the surer or else the first."""
    found: dict[str, tuple[int, int]] = {}
    for position, header in enumerate(headers):
        name, doubt = RECOGNISED.get(header_key(header), ("", 0))
        if name:
            found[name] = min(found.get(name, (doubt, position)), (doubt, position))
    return {name: position for name, (_doubt, position) in found.items()}


def guess(
    headers: Sequence[str], earlier: Iterable[tuple[Sequence[str], Mapped]]
) -> dict[str, int]:
    """Return which of our columns each header means, learning from earlier imports.

    Args:
        headers: of the file.
        earlier: headers and chosen columns of this organisation's imports, newest first. The same
            set of headers gives the same choice, the ignored ones included; otherwise a header
            that says nothing to us means what it meant last time.
    """
    keys = [header_key(header) for header in headers]
    found = recognise(headers)
    learnt: dict[str, str] = {}
    for old_headers, mapped in earlier:
        old_keys = [header_key(header) for header in old_headers]
        meaning = {old_keys[at]: name for name, at in mapped.items() if at < len(old_keys)}
        if sorted(old_keys) == sorted(keys):
            return {
                meaning[key]: at for at, key in reversed(list(enumerate(keys))) if key in meaning
            }
        for key, name in meaning.items():
            learnt.setdefault(key, name)
    taken = set(found.values())
    for position, key in enumerate(keys):
        name = learnt.get(key, "")
        if position not in taken and name and name not in found:
            found[name] = position
    return found


def missing(mapped: Mapped) -> list[str]:
    """Return the columns that must be there and are not, in our order."""
    return [name for name in REQUIRED if name not in mapped]


def sample_rows() -> list[list[str]]:
    """Return our Dutch headers and one row of people who do not exist, in the try-out neither."""
    row = {
        "external_id": "2026-0415",
        "freelancer_name": "Jip Voorbeeld",
        "freelancer_email": "jip@voorbeeld.example",
        "freelancer_private_email": "jip@thuis.example",
        "business_name": "Voorbeeld Advies",
        "kvk_number": "12345678",
        "department": "Voorbeeldafdeling",
        "manager_name": "Kim Voorbeeld",
        "manager_email": "k.voorbeeld@voorbeeld.example",
        "title": "Data-engineer",
        "starts_on": "1-3-2026",
        "ends_on": "1-12-2026",
        "hourly_rate": "95,50",
        "language": "nl",
        "intermediary": "",
        "knowledge_target": "80",
    }
    return [[column.dutch for column in COLUMNS], [row[column.name] for column in COLUMNS]]
