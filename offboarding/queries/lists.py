from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import BigIntegerField, Count, Q, QuerySet, UUIDField, Value, Window
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, RowNumber
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import audit
from core.models import AuditEvent
from core.pages import counts_of
from core.wording import in_days
from engagements.events import Blocker, Effect
from engagements.models import Engagement
from notifications.models import Message, Reminder
from offboarding import rules
from offboarding.models import (
    ChecklistItem,
    ChecklistItemQuerySet,
    Phase,
    ProcedureStep,
    ProcedureVersion,
)

# Events about several tasks at once name them in their data.
SEVERAL: Final = (
    "offboarding.baton.dropped",
    "offboarding.baton.passed",
    "offboarding.items.cancelled",
    "offboarding.items.done",
    "offboarding.items.followed_manager",
    "offboarding.items.shifted",
    "offboarding.items.waived",
)

# What a row of the list of open tasks reads, of five tables.
ROW_FIELDS: Final = (
    "organisation_id",
    "public_id",
    "state",
    "text_nl",
    "text_en",
    "due_on",
    "is_backlog",
    "is_gate",
    "needs_evidence",
    "done_once",
    "owner_role",
    "second_role",
    "is_assigned",
    "expected_on",
    "snoozed_until",
    "owner__name",
    "engagement__public_id",
    "engagement__freelancer__full_name",
    "engagement__department__name",
)

# Of tasks that are late: what a file cannot be closed without, then what is late longest.
URGENCY: Final = ("-is_gate", "due_on", "pk")


@dataclass(frozen=True, kw_only=True)
class HistoryEntry:
    """One line of a history, in the active language."""

    text: str
    actor: str
    at: Any


def open_items() -> ChecklistItemQuerySet:
    """Return open tasks of running engagements with all that a list shows, longest late first."""
    return (
        ChecklistItem.objects.open()
        .running()
        .select_related("owner", "engagement__freelancer", "engagement__department")
        .only(*ROW_FIELDS)
        .order_by("due_on", "pk")
    )


def counts_by_view(
    items: ChecklistItemQuerySet, today: date, *, is_filtered: bool
) -> dict[str, int]:
    """Count open tasks per view of the list, in one query; what is filtered is read once for all.

    Args:
        items: those that fit the filters, in any view.
        today: the day, where the organisation is.
        is_filtered: whether these are fewer than all; all are counted as `counts_of` does.
    """
    if not is_filtered:
        return counts_of({"late": items.overdue(today), "open": items, "unowned": items.unowned()})
    return items.order_by().aggregate(
        late=Count("pk", filter=Q(due_on__lt=today, is_backlog=False)),
        open=Count("pk"),
        unowned=Count("pk", filter=Q(owner=None)),
    )


def blockers_of(engagement: Engagement) -> list[Blocker]:
    """Return the open tasks without which the file cannot be closed."""
    gates = (
        ChecklistItem.objects.open()
        .filter(engagement=engagement, is_gate=True)
        .order_by("due_on", "position")
    )
    return [
        Blocker(code=item.blocker, label=item.text, url=item.get_absolute_url()) for item in gates
    ]


def cancelled_by_closing(engagement: Engagement) -> list[Effect]:
    """Return the open tasks that do not hold closing up, and are cancelled with it.

    The same tasks as in ``operations.settle_items``; the others need a reason of their own.
    """
    items = (
        ChecklistItem.objects.open()
        .filter(engagement=engagement, is_gate=False)
        .select_related("owner")
        .order_by("due_on", "position")
    )
    return [
        Effect(
            label=item.text,
            old_on=item.due_on,
            new_on=None,
            owner=item.owner.name if item.owner else item.get_owner_role_display(),
        )
        for item in items
    ]


def effects_of_move(engagement: Engagement, new_ends_on: date) -> list[Effect]:
    """Return the new date of each open task that a move of the end would shift, next first.

    The same rules decide as in ``operations.shift_items``.
    """
    organisation = engagement.organisation
    today, calendar = organisation.today(), organisation.calendar
    version = ProcedureVersion.objects.filter(checklists__engagement=engagement).first()
    immediate = version is not None and rules.is_immediate(
        engagement.ends_on, new_ends_on, today, version.immediate_days
    )
    effects = []
    items = (
        ChecklistItem.objects.open()
        .filter(engagement=engagement)
        .select_related("owner")
        .order_by("due_on", "position")
    )
    for item in items:
        true_on = rules.due_on(item, engagement.starts_on, new_ends_on, calendar)
        due_on = rules.moved_due_on(true_on, item.due_on, today)
        is_rescued = immediate and bool(item.rescue_en) and not item.is_rescue
        if due_on == item.due_on and not is_rescued:
            continue
        owner = item.owner.name if item.owner else item.get_owner_role_display()
        effects.append(
            Effect(
                label=item.rescue_text if is_rescued else item.text,
                old_on=item.due_on,
                new_on=due_on,
                owner=engagement.manager.name if is_rescued and not item.is_assigned else owner,
            )
        )
    return sorted(effects, key=lambda effect: effect.new_on or date.max)


def history_of(item: ChecklistItem, limit: int = 50) -> list[HistoryEntry]:
    """Return what happened to a task, newest first; needs ``engagement`` loaded."""
    own = Q(subject_type=item._meta.label_lower, subject_id=item.pk)
    with_others = Q(action__in=SEVERAL, data__items__contains=[item.pk])
    started = Q(action="offboarding.checklist.started")
    events = (
        AuditEvent.objects.for_dossier(item.engagement.public_id)
        .filter(own | with_others | started)
        .order_by("-at", "-pk")[:limit]
    )
    shown = list(events)
    return [
        HistoryEntry(text=text, actor=event.actor_label, at=event.at)
        for event, text in zip(shown, audit.phrases_for(shown), strict=True)
    ]


def times_told(items: Iterable[ChecklistItem]) -> Mapping[Any, int]:
    """Return, by public id of the task, how often a mail about it went out; in one query."""
    public_ids = {item.pk: item.public_id for item in items}
    by_rule = (
        Reminder.objects.filter(item__in=public_ids.values(), message__state=Message.State.SENT)
        .order_by()
        .values("item", item_key=Value(None, BigIntegerField()))
        .annotate(count=Count("message", distinct=True))
    )
    by_hand = (
        Message.objects.filter(
            kind="item_reminder", state=Message.State.SENT, params__item__in=list(public_ids)
        )
        .order_by()
        .values(
            item=Value(None, UUIDField()),
            item_key=Cast(KT("params__item"), BigIntegerField()),
        )
        .annotate(count=Count("pk"))
    )
    told: Counter[Any] = Counter()
    for row in by_rule.union(by_hand, all=True):
        told[row["item"] or public_ids[row["item_key"]]] += row["count"]
    return told


def late_lots(today: date) -> QuerySet[Any]:
    """Return who is late, one for each owner and engagement: closing first, then longest late.

    Each is the task of the lot that presses most, with the ``number`` of tasks that are late.
    """
    together = ["engagement", "owner"]
    return (
        ChecklistItem.objects.overdue(today)
        .running()
        .annotate(
            place=Window(RowNumber(), partition_by=together, order_by=URGENCY),
            number=Window(Count("pk"), partition_by=together),
        )
        .filter(place=1)
        .order_by(*URGENCY)
    )


def late_tasks(numbers: Mapping[int, int], today: date) -> list[tuple[ChecklistItem, str]]:
    """Return the task that presses most of each lot, with who is late and how often they heard.

    Args:
        numbers: how many tasks of its lot are late, by key of the task.
        today: where the organisation is.
    """
    pressing = ChecklistItem.objects.overdue(today).filter(pk__in=numbers)
    items = list(pressing.select_related("owner", "engagement__freelancer"))
    told = times_told(items)
    return [
        (item, _lateness(item, numbers[item.pk] - 1, told[item.public_id], today)) for item in items
    ]


def unowned_items() -> ChecklistItemQuerySet:
    """Return the open tasks of running engagements that nobody owns."""
    return ChecklistItem.objects.unowned().running()


def _lateness(item: ChecklistItem, more: int, told: int, today: date) -> str:
    parts = [
        item.engagement.freelancer.full_name,
        item.owner.name if item.owner else _("nobody owns it"),
        ngettext("reminded once", "reminded %(count)s times", told) % {"count": told}
        if told
        else "",
        in_days(item.due_on, today),
        ngettext("and %(count)d more task", "and %(count)d more tasks", more) % {"count": more}
        if more
        else "",
    ]
    return " · ".join(part for part in dict.fromkeys(parts) if part)  # each name once


def procedure_steps(version: ProcedureVersion, phase: Phase) -> QuerySet[ProcedureStep]:
    """Return the steps of one phase of a procedure, in their order."""
    return version.steps.filter(phase=phase).order_by("position")
