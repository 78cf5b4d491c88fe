"""Reminders about single tasks: when they come due, when they are late, and what was due before."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from django.db.models import Q

from core.models import Contact
from engagements.models import Engagement
from notifications.models import Reminder, ReminderRule
from notifications.planning import ReminderDraft
from offboarding.models import ChecklistItem, Subject
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
)

# A deadline notice moves to the working day before; no closure of an office lasts longer.
LONGEST_CLOSURE: Final = timedelta(days=16)
# Everybody was told long before; what is this old is on the pages, not in the mail.
LONG_AGO: Final = timedelta(days=150)


def task_drafts(desk: Desk) -> Iterator[ReminderDraft]:
    """Yield what is due about single tasks, in one query for all of them."""
    before: dict[tuple[int, int], list[ChecklistItem]] = defaultdict(list)
    readers: dict[int, Contact] = {}
    for item in _items(desk):
        if item.due_on < item.dated_on:
            for contact in desk.readers_of(item):
                before[item.engagement_id, contact.pk].append(item)
                readers[contact.pk] = contact
        elif item.due_on >= desk.today:
            yield from _coming_due(desk, item)
        if not item.is_backlog:
            yield from _late(desk, item)
    for (_engagement, contact_id), items in before.items():
        yield from _due_before(desk, items, readers[contact_id])


def _items(desk: Desk) -> Iterator[ChecklistItem]:
    rule = desk.rules.get(ITEM)
    ahead = timedelta(days=-min(rule.offsets)) if rule else timedelta(0)
    since = desk.today - LONG_AGO
    return (
        ChecklistItem.objects.open()
        .running()
        .filter(
            Q(due_on__gte=since) | Q(dated_on__gte=since),
            due_on__lte=desk.today + max(ahead, timedelta(0)) + LONGEST_CLOSURE,
        )
        .exclude(subject=Subject.DECISION)
        .select_related(
            "owner",
            "engagement__manager",
            "engagement__freelancer__business_contact",
            "engagement__freelancer__private_contact",
        )
        .order_by("pk")
        .iterator(chunk_size=2000)
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


def _due_before(desk: Desk, items: list[ChecklistItem], reader: Contact) -> Iterator[ReminderDraft]:
    """Yield one notice about everything that was due when the list of an engagement was made."""
    rule = desk.rules.get(BACKLOG)
    told = [item for item in items if not is_quiet(item, desk.today)]
    if rule is None or not told:
        return
    engagement: Engagement = told[0].engagement
    dated_on = max(item.dated_on for item in told)
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
        yield from desk.drafts(step, engagement, [reader])
