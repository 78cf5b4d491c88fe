from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils import timezone

from core import audit
from core.actors import Actor
from engagements.models import Engagement, Waiver
from offboarding.models import ChecklistItem

State = ChecklistItem.State


@transaction.atomic
def settle_items(*, engagement: Engagement, actor: Actor) -> int:
    """Settle what is still open when the file of an engagement is closed or it is cancelled.

    A gate task for which closing has a waiver takes over its reason; everything else is cancelled.

    Args:
        engagement: closed or cancelled; its row is locked.
        actor: who closed or cancelled it.

    Returns:
        How many tasks were settled.
    """
    items = list(
        ChecklistItem.objects.open()
        .filter(engagement=engagement)
        .select_for_update(of=("self",))
        .select_related("checklist")
        .order_by("pk")
    )
    waivers = {waiver.blocker: waiver for waiver in Waiver.objects.filter(engagement=engagement)}
    now = timezone.now()
    for item in items:
        waiver = waivers.get(item.blocker) if item.is_gate else None
        item.state = State.WAIVED if waiver else State.CANCELLED
        item.reason = waiver.reason[:500] if waiver else ""
        item.settled_at, item.settled_by = now, actor.label[:150]
    ChecklistItem.objects.bulk_update(items, ["state", "reason", "settled_at", "settled_by"])
    by_state: Mapping[str, list[ChecklistItem]] = {
        "offboarding.items.waived": [item for item in items if item.state == State.WAIVED],
        "offboarding.items.cancelled": [item for item in items if item.state == State.CANCELLED],
    }
    for action, settled in by_state.items():
        _record(action, engagement, settled, actor)
    return len(items)


def _record(
    action: str, engagement: Engagement, items: Iterable[ChecklistItem], actor: Actor
) -> None:
    items = list(items)
    if items:
        audit.record(
            action,
            subject=items[0].checklist,
            actor=actor,
            dossier=engagement.public_id,
            data={"count": len(items), "items": [item.pk for item in items]},
        )
