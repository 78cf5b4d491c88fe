"""What the files of the reports hold: the cells that the pages show."""

from collections.abc import Sequence
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboards.tables.workbooks import Cell
from knowledge.queries import FormUsefulness, Share, Shares
from knowledge.templatetags.usefulness import advice_sentence, form_name

RECEIVED_HEADINGS: Final[tuple[Promise, ...]] = (
    gettext_lazy("Department"),
    gettext_lazy("Topics"),
    gettext_lazy("Topics received"),
    gettext_lazy("Insiders"),
    gettext_lazy("Outsiders"),
    gettext_lazy("Weight received inside"),
    gettext_lazy("Weight received outside"),
    gettext_lazy("Share of insiders (%)"),
    gettext_lazy("Share of outsiders (%)"),
)


def received_rows(shares: Shares) -> list[tuple[Cell, ...]]:
    """Return a row for each department and one for all together; none where there is nothing."""
    if not shares.departments:
        return []
    rows = [
        (share.department.name, *_received_cells(share))
        for share in shares.departments
        if share.department is not None
    ]
    return [*rows, (_("Together"), *_received_cells(shares.total))]


def _received_cells(share: Share) -> tuple[Cell, ...]:
    return (
        share.topics,
        share.received_topics,
        share.insiders,
        share.outsiders,
        share.received.inside,
        share.received.outside,
        share.received.inside_percent,
        share.received.outside_percent,
    )


USEFULNESS_HEADINGS: Final[tuple[Promise, ...]] = (
    gettext_lazy("Form"),
    gettext_lazy("Asked"),
    gettext_lazy("Answered"),
    gettext_lazy("Used (%)"),
    gettext_lazy("Enough (%)"),
    gettext_lazy("Had to call (%)"),
    gettext_lazy("Hours lost"),
    gettext_lazy("Hours lost, median"),
    gettext_lazy("What it suggests"),
)


def usefulness_rows(forms: Sequence[FormUsefulness]) -> list[tuple[Cell, ...]]:
    """Return a row for each form of transfer; figures only where there are enough answers."""
    return [
        (form_name(row), row.tally.asked, row.tally.answered, *_usefulness_cells(row))
        for row in forms
    ]


def _usefulness_cells(row: FormUsefulness) -> tuple[Cell, ...]:
    tally = row.tally
    if not row.is_shown:
        return (None, None, None, None, None, _("too few answers"))
    return (
        tally.used_percent,
        tally.enough_percent,
        tally.called_percent,
        tally.hours,
        tally.median_hours,
        advice_sentence(row),
    )
