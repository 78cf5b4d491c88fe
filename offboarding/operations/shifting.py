from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from django.db import transaction

from core import audit
from core.actors import Actor
from core.models import Contact
from engagements.models import Engagement
from notifications import outbox
from offboarding import rules
from offboarding.models import (
    ChecklistItem,
    OwnerRole,
    Phase,
    ProcedureStep,
    ProcedureVersion,
    Subject,
)
from offboarding.operations.owners import Owners, hand_over

SHIFTED: Final = (
    "due_on",
    "dated_on",
    "is_backlog",
    "snoozed_until",
    "owner_role",
    "owner",
    "text_nl",
    "text_en",
)
AT_ONCE: Final = frozenset({Subject.ACCESS, Subject.ASSET})


@transaction.atomic
def shift_items(*, engagement: Engagement, old_ends_on: date, actor: Actor) -> int:
    """Date the open tasks of an engagement anew after its first or last day moved.

    When the end is immediate, what is left of the transfer falls to the hiring manager, and
    whoever takes access and assets back is told outside the daily overview. When it is not, or no
    longer, each task reads and belongs as the procedure says.

    Args:
        engagement: with its new dates; its row is locked.
        old_ends_on: last day before; equal to the new one when the first day moved.
        actor: who moved it.

    Returns:
        How many tasks changed.

    Source: domain.md section 1, invariant 4, and section 6, variant "immediate end".
    """
    today = engagement.organisation.today()
    items = _open_items(engagement)
    version = _version_of(engagement)
    if version is None or not items:
        return 0
    was_due = {item.pk: item.due_on for item in items}
    changed = [item for item in items if _redate(item, engagement, today)]
    immediate = rules.is_immediate(old_ends_on, engagement.ends_on, today, version.immediate_days)
    changed += _rescue(items, engagement) if immediate else _restore(items, engagement, version)
    changed = list({item.pk: item for item in changed}.values())
    ChecklistItem.objects.bulk_update(changed, SHIFTED)
    _record_shift(engagement, changed, was_due, actor)
    if immediate:
        _tell_at_once(engagement, items)
    return len(changed)


@transaction.atomic
def follow_manager(*, engagement: Engagement, actor: Actor) -> int:
    """Give the open tasks of the hiring manager to the new one, except those given by hand.

    Args:
        engagement: with its new manager; its row is locked.
        actor: who changed the manager.

    Returns:
        How many tasks changed owner.
    """
    items = [
        item
        for item in _open_items(engagement)
        if item.owner_role == OwnerRole.MANAGER and not item.is_assigned
    ]
    count = hand_over(items, engagement.manager_id)
    if count:
        audit.record(
            "offboarding.items.followed_manager",
            subject=items[0].checklist,
            actor=actor,
            dossier=engagement.public_id,
            data={"count": count, "items": [item.pk for item in items]},
        )
    return count


def _open_items(engagement: Engagement) -> list[ChecklistItem]:
    return list(
        ChecklistItem.objects.open()
        .filter(engagement=engagement)
        .select_for_update(of=("self",))
        .select_related("checklist")
        .order_by("pk")
    )


def _version_of(engagement: Engagement) -> ProcedureVersion | None:
    return ProcedureVersion.objects.filter(
        checklists__engagement=engagement, checklists__phase=Phase.OFFBOARDING
    ).first()


def _redate(item: ChecklistItem, engagement: Engagement, today: date) -> bool:
    true_on = rules.due_on(
        item, engagement.starts_on, engagement.ends_on, engagement.organisation.calendar
    )
    due_on = rules.moved_due_on(true_on, item.due_on, today)
    if due_on == item.due_on:
        return False
    item.due_on, item.dated_on = due_on, today
    item.is_backlog = item.is_backlog and due_on < today
    if item.snoozed_until and item.snoozed_until > due_on:
        item.snoozed_until = None
    return True


def _rescue(items: Iterable[ChecklistItem], engagement: Engagement) -> list[ChecklistItem]:
    """Turn what professional and receivers can no longer do into tasks of the manager."""
    changed = [item for item in items if item.rescue_en and not item.is_rescue]
    for item in changed:
        item.text_nl, item.text_en = item.rescue_nl, item.rescue_en
        item.owner_role = OwnerRole.MANAGER
        if not item.is_assigned:
            item.owner_id = engagement.manager_id
    return changed


def _restore(
    items: Iterable[ChecklistItem], engagement: Engagement, version: ProcedureVersion
) -> list[ChecklistItem]:
    """Undo a rescue: the end turned out not to be immediate after all."""
    changed = [item for item in items if item.is_rescue]
    if not changed:
        return []
    owners = Owners(engagement.organisation.today())
    steps: Mapping[str, ProcedureStep] = {step.code: step for step in version.steps.all()}
    for item in changed:
        step = steps[item.code]
        item.text_nl, item.text_en = step.text_nl, step.text_en
        item.owner_role = step.owner_role
        if not item.is_assigned:
            item.owner_id = owners.of(step.owner_role, engagement)
    return changed


def _record_shift(
    engagement: Engagement,
    changed: list[ChecklistItem],
    was_due: Mapping[int, date],
    actor: Actor,
) -> None:
    if not changed:
        return
    audit.record(
        "offboarding.items.shifted",
        subject=changed[0].checklist,
        actor=actor,
        dossier=engagement.public_id,
        data={
            "count": len(changed),
            "items": [item.pk for item in changed],
            "due": {
                item.code: [was_due[item.pk].isoformat(), item.due_on.isoformat()]
                for item in changed
            },
        },
    )


def _tell_at_once(engagement: Engagement, items: Iterable[ChecklistItem]) -> None:
    """Promise each owner of an access or asset task one mail, whatever the hour."""
    owners = {
        item.owner_id
        for item in items
        if item.phase == Phase.OFFBOARDING and item.subject in AT_ONCE and item.owner_id
    }
    for contact in Contact.objects.filter(pk__in=owners).order_by("pk"):
        outbox.enqueue(
            "end_now",
            contact=contact,
            dedupe_key=f"end_now:{engagement.public_id}:{engagement.ends_on}:{contact.pk}",
            dossier=engagement.public_id,
        )
