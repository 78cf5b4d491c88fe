"""What reminders about tasks say at the moment of sending."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.wording import date_long, from_now, in_days, moment_short, number
from engagements.events import hr_contacts
from engagements.models import Engagement
from engagements.planners import heading_for, last_day_attachment
from knowledge.queries import Points, points_by_engagement
from notifications.models import Reminder
from notifications.planning import DigestLine
from offboarding.models import ChecklistItem, Phase
from offboarding.planners.ends import (
    CLOSERS,
    is_preparation,
    left_by_reader,
    takes_access_back,
)
from offboarding.planners.steps import (
    ACCESS,
    BACKLOG,
    CLOSING,
    ITEM,
    LATE,
    LEFT,
    OPENED,
    UNSCHEDULED,
    Desk,
    is_quiet,
    landing_on,
    with_people,
)

Text = dict[str, Any]
ABOUT_ONE_TASK: Final = frozenset({ITEM, LATE, ACCESS})


def lines_for(reminders: Sequence[Reminder]) -> Iterator[DigestLine]:
    """Yield a line for each reminder that is still needed, in a handful of queries for all."""
    facts = _facts(reminders)
    for reminder in reminders:
        case = facts.get(reminder.dossier)
        text = WRITERS[reminder.rule](reminder, case) if case else None
        if case and text:
            heading = heading_for(case.engagement, reminder.contact_id)
            yield DigestLine(reminder_id=reminder.pk, heading=heading, **text)


@dataclass
class Case:
    """An engagement that reminders are about, with its open tasks."""

    engagement: Engagement
    desk: Desk
    points: Points | None = None
    items: list[ChecklistItem] = field(default_factory=list)

    @property
    def has_ended(self) -> bool:
        return self.engagement.ends_on < self.desk.today

    def item(self, public_id: UUID | None) -> ChecklistItem | None:
        return next((item for item in self.items if item.public_id == public_id), None)

    def of(self, contact_id: int) -> list[ChecklistItem]:
        """Return the tasks about which this contact is written to, the next one first."""
        return [
            item
            for item in self.items
            if contact_id in {reader.pk for reader in self.desk.readers_of(item)}
        ]


def _facts(reminders: Sequence[Reminder]) -> Mapping[UUID, Case]:
    engagements = (
        Engagement.objects.running()
        .filter(public_id__in={reminder.dossier for reminder in reminders})
        .select_related("manager", "freelancer__business_contact", "freelancer__private_contact")
    )
    hr, now = hr_contacts(), timezone.now()
    cases = {e.pk: Case(e, Desk(e.organisation, now, {}, hr)) for e in engagements}
    for item in _items(reminders, {key: case.engagement for key, case in cases.items()}):
        cases[item.engagement_id].items.append(item)
    asked = {reminder.dossier for reminder in reminders if reminder.rule == LEFT}
    keys = [key for key, case in cases.items() if case.engagement.public_id in asked]
    for key, points in (points_by_engagement(keys) if keys else {}).items():
        cases[key].points = points
    return {case.engagement.public_id: case for case in cases.values()}


def _items(
    reminders: Sequence[Reminder], engagements: Mapping[int, Engagement]
) -> list[ChecklistItem]:
    """Return the open tasks of which these reminders tell, the next one first.

    All tasks of an engagement only where one of them tells of it as a whole: lists are long.
    """
    as_a_whole = {one.dossier for one in reminders if one.rule not in ABOUT_ONE_TASK}
    keys = [key for key, engagement in engagements.items() if engagement.public_id in as_a_whole]
    named = {one.item for one in reminders if one.rule in ABOUT_ONE_TASK and one.item}
    told = Q(engagement__in=keys) | Q(public_id__in=named, engagement__in=engagements)
    items = ChecklistItem.objects.open().filter(told).order_by("due_on", "position")
    return with_people(items, engagements)


def _coming_due(reminder: Reminder, case: Case) -> Text | None:
    item = case.item(reminder.item)
    today = case.desk.today
    if item is None or item.due_on < today or is_quiet(item, today):
        return None
    if not _is_for(reminder, case, item):
        return None
    return {
        "text": _task(item),
        "when": in_days(item.due_on, today),
        "landing": landing_on(item),
    }


def _late(reminder: Reminder, case: Case) -> Text | None:
    item = case.item(reminder.item)
    today = case.desk.today
    if item is None or item.due_on >= today:
        return None
    is_escalation = not reminder.band.startswith("+")
    if not is_escalation and (is_quiet(item, today) or not _is_for(reminder, case, item)):
        return None
    text = _task(item)
    if is_escalation and item.owner:
        text = _("%(owner)s has not finished: %(task)s") % {
            "owner": item.owner.name,
            "task": item.text,
        }
    return {
        "text": text,
        "when": in_days(item.due_on, today),
        "is_late": True,
        "landing": landing_on(item),
    }


def _due_before(reminder: Reminder, case: Case) -> Text | None:
    count = sum(item.due_on < item.dated_on for item in case.of(reminder.contact_id))
    if not count:
        return None
    return {
        "text": ngettext(
            "Tick what is done already: %(count)d task was due before this list was made",
            "Tick what is done already: %(count)d tasks were due before this list was made",
            count,
        )
        % {"count": count}
    }


def _opened(reminder: Reminder, case: Case) -> Text | None:
    mine = [i for i in case.of(reminder.contact_id) if i.phase == Phase.OFFBOARDING]
    if not mine or _is_over(reminder, case):
        return None
    count = len(mine)
    return {
        "text": ngettext(
            "The farewell begins: %(count)d task for you",
            "The farewell begins: %(count)d tasks for you",
            count,
        )
        % {"count": count},
        "when": _("first %(day)s")
        % {"day": date_long(max(mine[0].due_on, case.desk.today), case.desk.today)},
        "attachments": [last_day_attachment(case.engagement)],
    }


def _left(reminder: Reminder, case: Case) -> Text | None:
    if _is_over(reminder, case):
        return None
    heard = left_by_reader(case.desk, case.engagement, case.items, case.points)
    by_key = {contact.pk: items for contact, items in heard.items()}
    if reminder.contact_id not in by_key:
        return None
    mine = by_key[reminder.contact_id]
    late = sum(item.is_late(case.desk.today) for item in mine)
    parts = [
        ngettext("%(count)d task is still open", "%(count)d tasks are still open", len(mine))
        % {"count": len(mine)}
        if mine
        else "",
        ngettext("%(count)d of them is late", "%(count)d of them are late", late) % {"count": late}
        if late
        else "",
        _balance(case.points),
    ]
    return {
        "text": " · ".join(part for part in parts if part),
        "when": _("ends %(when)s") % {"when": from_now(case.engagement.ends_on, case.desk.today)},
    }


def _closing(reminder: Reminder, case: Case) -> Text | None:
    mine = [i for i in case.of(reminder.contact_id) if i.owner_role in CLOSERS]
    mine = [item for item in mine if item.phase == Phase.OFFBOARDING]
    if not mine or _is_over(reminder, case):
        return None
    count = len(mine)
    return {
        "text": ngettext(
            "Take back access and assets: %(count)d task",
            "Take back access and assets: %(count)d tasks",
            count,
        )
        % {"count": count},
        "when": _access_ends(case.engagement),
    }


def _unscheduled(reminder: Reminder, case: Case) -> Text | None:
    if _is_over(reminder, case) or not any(map(is_preparation, case.items)):
        return None
    return {
        "text": _("Nobody has prepared that access is taken back"),
        "when": _access_ends(case.engagement),
        "is_late": True,
    }


def _access(reminder: Reminder, case: Case) -> Text | None:
    item = case.item(reminder.item)
    if item is None or not takes_access_back(item):
        return None
    if reminder.about_on != case.engagement.ends_on:
        return None
    return {
        "text": _("Access is still open: %(task)s") % {"task": item.text},
        "when": _access_ends(case.engagement),
        "is_late": True,
        "landing": landing_on(item),
    }


WRITERS: Mapping[str, Callable[[Reminder, Case], Text | None]] = {
    ITEM: _coming_due,
    LATE: _late,
    BACKLOG: _due_before,
    OPENED: _opened,
    LEFT: _left,
    CLOSING: _closing,
    UNSCHEDULED: _unscheduled,
    ACCESS: _access,
}


def _task(item: ChecklistItem) -> str:
    if item.owner is None:
        return _("Nobody owns this task: %(task)s") % {"task": item.text}
    return item.text


def _is_for(reminder: Reminder, case: Case, item: ChecklistItem) -> bool:
    """Say whether the reader of a reminder is still the one who is asked."""
    return reminder.contact_id in {reader.pk for reader in case.desk.readers_of(item)}


def _is_over(reminder: Reminder, case: Case) -> bool:
    """Say whether a reminder is about another end than the present one, or the end is past."""
    return reminder.about_on != case.engagement.ends_on or case.has_ended


def _balance(points: Points | None) -> str:
    if points is None or points.is_met:
        return ""
    return _("%(balance)s of %(target)s knowledge points") % {
        "balance": number(points.balance),
        "target": number(points.target),
    }


def _access_ends(engagement: Engagement) -> str:
    if engagement.access_ends_at is None:
        return _("access ends on %(day)s") % {"day": date_long(engagement.ends_on)}
    return _("access ends %(moment)s") % {"moment": moment_short(engagement.access_ends_at)}
