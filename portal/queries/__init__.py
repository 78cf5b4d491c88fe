"""What the portal shows; nothing here writes."""

from portal.queries.agreements import ShownMix, agreed_mix, shown_mix
from portal.queries.choices import FormChoice, FormGroup, choices_of, form_groups
from portal.queries.engagements import engagements_of
from portal.queries.handovers import (
    Handover,
    History,
    Step,
    StepGroup,
    content_version,
    handovers_of,
    history_of,
    is_planned,
    list_groups,
    listed_handovers,
    verdict_on,
    what_happens_now,
)
from portal.queries.home import Board, board_of
from portal.queries.points import PointsBook, bookings_of, points_book

__all__ = [
    "Board",
    "FormChoice",
    "FormGroup",
    "Handover",
    "History",
    "PointsBook",
    "ShownMix",
    "Step",
    "StepGroup",
    "agreed_mix",
    "board_of",
    "bookings_of",
    "choices_of",
    "content_version",
    "engagements_of",
    "form_groups",
    "handovers_of",
    "history_of",
    "is_planned",
    "list_groups",
    "listed_handovers",
    "points_book",
    "shown_mix",
    "verdict_on",
    "what_happens_now",
]
