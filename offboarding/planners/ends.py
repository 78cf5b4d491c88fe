"""Reminders about the end of an engagement that depend on what is still open."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.models import Contact
from engagements.models import Engagement
from engagements.planners import near_people
from knowledge.queries import Points, points_by_engagement
from notifications.models import Reminder
from notifications.planning import ReminderDraft, drafts_of_each
from offboarding.models import ChecklistItem, OwnerRole, Phase, Subject
from offboarding.planners.steps import (
    ACCESS,
    CLOSING,
    LEFT,
    OPENED,
    STAYS_OF_USE,
    UNSCHEDULED,
    URGENCY,
    Desk,
    Step,
    with_people,
)

CLOSERS: Final = frozenset({OwnerRole.IT, OwnerRole.FACILITIES, OwnerRole.SECURITY})
# An import may bring engagements that ended long ago: nobody is woken up about those.
ALARM_DAYS: Final = timedelta(days=30)
# What a decision about an end reads of a task.
READ: Final = (
    *("public_id", "engagement", "owner", "owner_role", "second_role", "phase", "subject"),
    *("is_gate", "anchor", "offset_days"),
)
# Between the alarm and the day after: source domain.md section 4, row E+0.
SECOND_ALARM: Final = timedelta(hours=4)


@dataclass(frozen=True)
class _Ending:
    """An engagement near its end, with its open tasks, and its points where they decide."""

    engagement: Engagement
    items: Sequence[ChecklistItem]
    points: Points | None = None

    @property
    def pk(self) -> int:
        return self.engagement.pk

    @property
    def farewell(self) -> list[ChecklistItem]:
        return [item for item in self.items if item.phase == Phase.OFFBOARDING]


def end_drafts(desk: Desk) -> Iterator[ReminderDraft]:
    """Yield what is due about ends, in a handful of queries for all of them."""

    def about(ending: _Ending) -> Iterator[ReminderDraft]:
        if ending.engagement.ends_on >= desk.today:
            yield from _opened(desk, ending)
            yield from _left(desk, ending)
            yield from _closing(desk, ending)
            yield from _unscheduled(desk, ending)
        yield from _access(desk, ending)

    yield from drafts_of_each(_endings(desk), about)


def _endings(desk: Desk) -> Iterator[_Ending]:
    codes = {OPENED, LEFT, CLOSING, UNSCHEDULED, ACCESS} & desk.rules.keys()
    if not codes:
        return
    ahead = max(-min(desk.rules[code].offsets) for code in codes)
    # A notice may move to a working day before its own, over Christmas by a week and more.
    latest = desk.today + timedelta(days=max(ahead, 0) + 16)
    engagements = Engagement.objects.ending_between(desk.today - ALARM_DAYS, latest)
    by_key = {engagement.pk: engagement for engagement in near_people(engagements)}
    open_items = ChecklistItem.objects.open().filter(engagement__in=by_key)
    items: dict[int, list[ChecklistItem]] = defaultdict(list)
    for item in with_people(open_items.only(*READ).order_by(), by_key):
        items[item.engagement_id].append(item)
    points = _points(desk, [_Ending(engagement, items[key]) for key, engagement in by_key.items()])
    for key, engagement in by_key.items():
        yield _Ending(engagement, items[key], points.get(key))


def _points(desk: Desk, endings: Iterable[_Ending]) -> dict[int, Points]:
    """Return the points of those whose professional is told of nothing else."""
    if LEFT not in desk.rules:
        return {}
    silent = [
        ending.pk
        for ending in endings
        if ending.items
        and ending.engagement.ends_on >= desk.today
        and not _of_professional(ending.engagement, ending.items)
    ]
    return points_by_engagement(silent) if silent else {}


def _before_the_end(
    desk: Desk, code: str, engagement: Engagement, readers: Sequence[Contact]
) -> Iterator[ReminderDraft]:
    rule = desk.rules[code]
    for offset in rule.offsets:
        day = max(desk.counted(engagement.ends_on, offset, rule.unit), engagement.starts_on)
        step = Step(
            rule=code,
            band=f"{offset:+d}" if offset else "0",
            due_at=desk.moment_of(day, is_deadline=True),
            about_on=engagement.ends_on,
            expires_at=desk.end_of(engagement.ends_on),
            urgency=URGENCY[code],
        )
        yield from desk.drafts(step, engagement, readers)


def _readers(desk: Desk, items: Sequence[ChecklistItem]) -> list[Contact]:
    """Return everybody who hears of these tasks, once."""
    found = {contact.pk: contact for item in items for contact in desk.readers_of(item)}
    return list(found.values())


def _opened(desk: Desk, ending: _Ending) -> Iterator[ReminderDraft]:
    if OPENED in desk.rules:
        readers = _readers(desk, ending.farewell)
        yield from _before_the_end(desk, OPENED, ending.engagement, readers)


def _left(desk: Desk, ending: _Ending) -> Iterator[ReminderDraft]:
    if LEFT not in desk.rules or not ending.items:
        return
    heard = left_by_reader(desk, ending.engagement, ending.items, ending.points)
    yield from _before_the_end(desk, LEFT, ending.engagement, list(heard))


def left_by_reader(
    desk: Desk, engagement: Engagement, items: Sequence[ChecklistItem], points: Points | None
) -> dict[Contact, Sequence[ChecklistItem]]:
    """Return who hears what is left before the end, and of which tasks.

    The manager hears of all, the professional of their own; HR instead of who cannot be reached.
    Who plans a reminder and who words it both ask here: what one plans and the other drops would
    be planned again at every run. Points that were not looked up count as met.
    """
    heard: dict[Contact, Sequence[ChecklistItem]] = {}
    is_short = points is not None and not points.is_met
    own = _of_professional(engagement, items)
    if own or is_short:
        professional = engagement.freelancer.address_after(has_ended=False)
        heard |= dict.fromkeys(_or_hr(desk, professional), own)
    if items or is_short:
        heard |= dict.fromkeys(_or_hr(desk, engagement.manager), items)
    return heard


def _of_professional(engagement: Engagement, items: Iterable[ChecklistItem]) -> list[ChecklistItem]:
    is_own = engagement.freelancer.is_contact
    return [i for i in items if is_own(i.owner_id) or i.second_role == OwnerRole.FREELANCER]


def _or_hr(desk: Desk, reader: Contact) -> Sequence[Contact]:
    return [reader] if reader.is_reachable else desk.hr


def _closing(desk: Desk, ending: _Ending) -> Iterator[ReminderDraft]:
    if CLOSING in desk.rules:
        items = [item for item in ending.farewell if item.owner_role in CLOSERS]
        yield from _before_the_end(desk, CLOSING, ending.engagement, _readers(desk, items))


def _unscheduled(desk: Desk, ending: _Ending) -> Iterator[ReminderDraft]:
    if UNSCHEDULED in desk.rules and any(map(is_preparation, ending.farewell)):
        yield from _before_the_end(desk, UNSCHEDULED, ending.engagement, _security(desk, ending))


def is_preparation(item: ChecklistItem) -> bool:
    """Say whether a task prepares that access is taken back on the last day."""
    return item.subject == Subject.ACCESS and item.anchor == "end" and item.offset_days < 0


def takes_access_back(item: ChecklistItem) -> bool:
    """Say whether after this task nobody can get in any more (see the QuerySet's method)."""
    return (
        item.phase == Phase.OFFBOARDING
        and item.subject == Subject.ACCESS
        and item.is_gate
        and item.offset_days <= 0
    )


def access_ends_at(desk: Desk, engagement: Engagement) -> datetime:
    """Return when access has to be over: as agreed, else at the end of the last day."""
    return engagement.access_ends_at or desk.end_of(engagement.ends_on)


def _security(desk: Desk, ending: _Ending) -> list[Contact]:
    items = [item for item in ending.farewell if item.owner_role == OwnerRole.SECURITY]
    return _readers(desk, items) or list(desk.hr)


def _access(desk: Desk, ending: _Ending) -> Iterator[ReminderDraft]:
    """Yield the alarm that somebody may still get in, at once and whatever the hour."""
    rule = desk.rules.get(ACCESS)
    items = [item for item in ending.farewell if takes_access_back(item)]
    if rule is None or not items:
        return
    over_at = access_ends_at(desk, ending.engagement)
    moments = [(over_at + timedelta(days=offset), f"{offset:+d}d") for offset in rule.offsets]
    moments.append((over_at + SECOND_ALARM, "+4h"))
    for item in items:
        for due_at, band in moments:
            readers = {contact.pk: contact for contact in desk.readers_of(item)}
            if due_at > over_at + SECOND_ALARM:
                readers |= {contact.pk: contact for contact in _security(desk, ending)}
            step = Step(
                rule=ACCESS,
                band=band,
                due_at=due_at,
                about_on=ending.engagement.ends_on,
                expires_at=due_at + STAYS_OF_USE,
                urgency=URGENCY[ACCESS],
                cadence=Reminder.Cadence.NOW,
            )
            yield from desk.drafts(step, ending.engagement, readers.values(), item)
