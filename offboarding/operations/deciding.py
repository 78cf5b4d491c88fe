from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

import engagements.operations
from core.actors import Actor
from engagements.models import EngagementChange
from offboarding.models import ChecklistItem
from offboarding.operations.items import complete_item
from offboarding.rules import DECISION_STEP


@transaction.atomic
def answer_end(
    *,
    engagement_id: int,
    kind: str,
    new_ends_on: date | None,
    reason: str,
    actor: Actor,
    successor_id: int | None = None,
) -> EngagementChange:
    """Take the answer to what happens at the end, and tick the step that asks for it.

    Args:
        engagement_id: which one.
        kind: any kind of change, ``swap`` and ``end_as_planned`` included.
        new_ends_on: needed for a move; ignored where the date stays.
        reason: for HR, may be empty.
        actor: who answers.
        successor_id: of the professional who takes over, where that is known; of a swap only.

    Raises:
        InvalidTransitionError: the end cannot change any more.
        EndChangeError: the day does not go with the start or with the kind.
        SuccessionError: the professional would take over from themselves.
        DomainError: a request is waiting already.
    """
    change = engagements.operations.request_change(
        engagement_id=engagement_id,
        kind=kind,
        new_ends_on=new_ends_on,
        reason=reason,
        actor=actor,
        successor_id=successor_id,
    )
    # The engagement is locked from here on: whoever ticks a task waits for it.
    step = ChecklistItem.objects.open().filter(engagement=engagement_id, code=DECISION_STEP).first()
    if step is not None:
        complete_item(item_id=step.pk, actor=actor, note=_("Answered behind the link."))
    return change
