"""Reminders about single tasks: when they come due, when they are late, and what was due before."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from django.db.models import F, Max, Q

from core.models import Contact
from engagements.planners import engagements_near_people
from notifications.models import Reminder, ReminderRule
from notifications.planning import ReminderDraft, drafts_of_each
from offboarding.models import ChecklistItem, ChecklistItemQuerySet, Subject
from offboarding.planners.steps import (
    BACKLOG,
    ESCALATED,
    GATE_IS_MORE_URGENT,
    ITEM,
    LATE,
    STAYS_OF_USE,
    URGENCY,
    Desk,
    Step,
    is_quiet,
    with_people,
)

# A deadline notice moves to the working day before; no closure of an office lasts longer.
LONGEST_CLOSURE: Final = timedelta(days=16)
# By then everybody was told; what is this late is on the pages, not in the mail.
LONG_AGO: Final = timedelta(days=45)


def task_drafts(desk: Desk) -> Iterator[ReminderDraft]:
    """Yield what is due about single tasks, in a handful of queries for all of them."""

    def about(item: ChecklistItem) -> Iterator[ReminderDraft]:
        return _coming_due(desk, item) if item.due_on >= desk.today else _late(desk, item)

    yield from drafts_of_each(with_people(_items(desk)), about)
    if BACKLOG in desk.rules:
        yield from _due_before(desk, desk.rules[BACKLOG])


def _items(desk: Desk) -> ChecklistItemQuerySet:
    rule = desk.rules.get(ITEM)
    ahead = timedelta(days=max(0, -min(rule.offsets)) if rule else 0) + LONGEST_CLOSURE
    since = desk.today - LONG_AGO
    return (
        ChecklistItem.objects.open()
        .running()
        .filter(Q(due_on__gte=since) | Q(dated_on__gte=since), due_on__lte=desk.today + ahead)
        .filter(is_backlog=False)
        .exclude(subject=Subject.DECISION)
        .only(
            *("public_id", "engagement", "owner", "due_on", "dated_on", "is_gate"),
            *("snoozed_until", "snooze_count", "expected_on"),
        )
        .order_by()
    )


def _coming_due(desk: Desk, item: ChecklistItem) -> Iterator[ReminderDraft]:
    rule = desk.rules.get(ITEM)
    if rule is None or is_quiet(item, desk.today):
        return
    days = [
        (desk.counted(item.due_on, offset, rule.unit), f"{offset:+d}" if offset else "0")
        for offset in rule.offsets
    ]
    if item.snoozed_until:
        # Who put it off is told again on that day, whatever was told before.
        days.append((item.snoozed_until, f"again-{item.snooze_count}"))
    readers = desk.readers_of(item)
    for day, band in days:
        step = Step(
            rule=ITEM,
            band=band,
            due_at=desk.moment_of(day, is_deadline=True),
            about_on=item.due_on,
            # Past the day the rule for late tasks takes over; what waits in a mail drops out.
            expires_at=desk.end_of(item.due_on) + timedelta(days=7),
            urgency=URGENCY[ITEM] + GATE_IS_MORE_URGENT * item.is_gate,
        )
        yield from desk.drafts(step, item.engagement, readers, item)


def _late(desk: Desk, item: ChecklistItem) -> Iterator[ReminderDraft]:
    """Yield the steps of a late task: its owner, then the hiring manager, then HR.

    A task that was late when its date was set is counted from that day: whoever inherits it is
    not told of every step that was missed.
    """
    rule = desk.rules.get(LATE)
    since = max(item.due_on, item.dated_on)
    if rule is None or since >= desk.today:
        return
    if not is_quiet(item, desk.today):
        readers = desk.readers_of(item)
        for offset in rule.offsets:
            day = desk.counted(since, offset, rule.unit)
            yield from desk.drafts(
                _late_step(desk, item, day, f"+{offset}"), item.engagement, readers, item
            )
    for (days, name), readers in zip(
        zip(rule.escalate_after, ("manager", "hr"), strict=False),
        (_manager_unless_owner(item), desk.hr),
        strict=False,
    ):
        if days:
            day = desk.counted(since, days, ReminderRule.Unit.WORKING)
            step = _late_step(desk, item, day, f"{name}+{days}", is_weekly=name == "hr")
            yield from desk.drafts(step, item.engagement, readers, item)


def _late_step(
    desk: Desk, item: ChecklistItem, day: date, band: str, *, is_weekly: bool = False
) -> Step:
    due_at = desk.moment_of(day, is_deadline=False)
    is_escalation = not band.startswith("+")
    return Step(
        rule=LATE,
        band=band,
        due_at=due_at,
        about_on=max(item.due_on, item.dated_on),
        expires_at=due_at + STAYS_OF_USE,
        urgency=(ESCALATED if is_escalation else URGENCY[LATE])
        + GATE_IS_MORE_URGENT * item.is_gate,
        cadence=Reminder.Cadence.WEEKLY if is_weekly else Reminder.Cadence.DAILY,
    )


def _manager_unless_owner(item: ChecklistItem) -> list[Contact]:
    manager = item.engagement.manager
    return [manager] if item.owner_id != manager.pk and manager.is_reachable else []


def _due_before(desk: Desk, rule: ReminderRule) -> Iterator[ReminderDraft]:
    """Yield one notice for each owner about all that was due when a list was made.

    An import of running engagements has thousands of those: the database counts them.
    """
    since = desk.today - LONG_AGO
    groups = (
        ChecklistItem.objects.open()
        .running()
        .filter(dated_on__gte=since, due_on__lt=F("dated_on"))
        .exclude(subject=Subject.DECISION)
        .exclude(snoozed_until__gt=desk.today)
        .exclude(expected_on__gt=desk.today)
        .order_by()
        .values_list("engagement", "owner")
        .annotate(Max("dated_on"))
    )
    found = list(groups)
    engagements = engagements_near_people({key for key, _o, _d in found})
    owners = Contact.objects.in_bulk({owner for _key, owner, _d in found if owner})

    def about(group: tuple[int, int | None, date]) -> Iterator[ReminderDraft]:
        key, owner, dated_on = group
        engagement = engagements[key]
        readers = desk.readers_for(owners.get(owner), engagement)
        for offset in rule.offsets:
            due_at = desk.moment_of(desk.counted(dated_on, offset, rule.unit), is_deadline=False)
            step = Step(
                rule=BACKLOG,
                band=f"{offset:+d}" if offset else "0",
                due_at=due_at,
                about_on=dated_on,
                expires_at=due_at + STAYS_OF_USE,
                urgency=URGENCY[BACKLOG],
            )
            yield from desk.drafts(step, engagement, readers)

    yield from drafts_of_each(found, about)
