"""What the portal shows; nothing here writes."""

from portal.queries.agreements import (
    ShownAgreement,
    ShownMix,
    policy_notes,
    shown_agreements,
    shown_mix,
)
from portal.queries.choices import FormChoice, FormGroup, choices_of, form_groups
from portal.queries.engagements import current_of, engagements_of
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
    "ShownAgreement",
    "ShownMix",
    "Step",
    "StepGroup",
    "board_of",
    "bookings_of",
    "choices_of",
    "content_version",
    "current_of",
    "engagements_of",
    "form_groups",
    "handovers_of",
    "history_of",
    "is_planned",
    "list_groups",
    "points_book",
    "policy_notes",
    "shown_agreements",
    "shown_mix",
    "verdict_on",
    "what_happens_now",
]
