"""The points book: every booking, explained, with the sums that it makes."""

from dataclasses import dataclass
from decimal import Decimal

from engagements.models import Engagement
from knowledge.models import LedgerEntry
from knowledge.queries import Points, ledger_of, points_of


@dataclass(frozen=True, slots=True)
class PointsBook:
    """All bookings of an engagement, newest first, with the sums per stage."""

    engagement: Engagement
    points: Points
    entries: list[LedgerEntry]

    @property
    def stages(self) -> list[tuple[str, Decimal]]:
        """Return the name and the net points of each stage."""
        sums = (self.points.accepted, self.points.received, self.points.applied)
        return [
            (str(stage.label), amount)
            for stage, amount in zip(LedgerEntry.Stage, sums, strict=True)
        ]


def points_book(engagement: Engagement) -> PointsBook:
    """Return the points book of one engagement."""
    return PointsBook(engagement, points_of(engagement), ledger_of(engagement))


def bookings_of(engagement: Engagement, deliverable_id: int) -> list[LedgerEntry]:
    """Return the bookings of one handover, newest first."""
    return [entry for entry in ledger_of(engagement) if entry.deliverable_id == deliverable_id]
