"""Who hears about a task, and which of its days have come."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property
from typing import Final

from core.calendars import WorkCalendar, local_moment
from core.models import Contact, Organisation
from engagements.models import Engagement
from notifications.models import Reminder, ReminderRule
from notifications.planning import ReminderDraft
from notifications.rules import moment_for
from offboarding.models import ChecklistItem, Subject

ITEM: Final = "item_due"
LATE: Final = "item_late"
BACKLOG: Final = "item_backlog"
OPENED: Final = "offboarding_opened"
LEFT: Final = "items_left"
CLOSING: Final = "closing_list"
UNSCHEDULED: Final = "access_unscheduled"
ACCESS: Final = "access_open"

DAY: Final = timedelta(days=1)
# What nobody could send is still of use for so long; `lines` drops what was settled since.
STAYS_OF_USE: Final = timedelta(days=60)
URGENCY: Final = {
    ITEM: 50,
    LATE: 65,
    BACKLOG: 20,
    OPENED: 30,
    LEFT: 45,
    CLOSING: 60,
    UNSCHEDULED: 75,
    ACCESS: 95,
}
GATE_IS_MORE_URGENT: Final = 4
ESCALATED: Final = 80


@dataclass(frozen=True)
class Step:
    """One step of a rule about one thing, before it is known who hears of it.

    Attributes:
        band: names the step within the rule.
        due_at: aware moment from which it may be told.
        about_on: the date it is about.
        expires_at: aware moment after which it is of no use.
    """

    rule: str
    band: str
    due_at: datetime
    about_on: date
    expires_at: datetime
    urgency: int
    cadence: Reminder.Cadence = Reminder.Cadence.DAILY


@dataclass
class Desk:
    """One organisation at one moment: its rules in use, its calendar and its HR."""

    organisation: Organisation
    at: datetime
    rules: Mapping[str, ReminderRule]
    hr: Sequence[Contact]

    @cached_property
    def today(self) -> date:
        return self.organisation.today(self.at)

    @cached_property
    def calendar(self) -> WorkCalendar:
        return self.organisation.calendar

    @cached_property
    def moment_of(self) -> Callable[..., datetime]:
        """Return at which moment a notice of a day may leave; days come again and again."""

        @cache
        def moment(day: date, *, is_deadline: bool) -> datetime:
            organisation = self.organisation
            return moment_for(
                self.calendar,
                organisation.zone,
                organisation.send_time,
                day,
                is_deadline=is_deadline,
            )

        return moment

    @cached_property
    def counted(self) -> Callable[[date, int, str], date]:
        """Return the day that lies a number of days from another, in a rule's unit."""

        @cache
        def day_from(day: date, offset: int, unit: str) -> date:
            if unit == ReminderRule.Unit.WORKING:
                return self.calendar.add_working_days(day, offset)
            return day + timedelta(days=offset)

        return day_from

    def end_of(self, day: date) -> datetime:
        """Return the first moment after a day, where the organisation is."""
        return local_moment(day + DAY, time(0), self.organisation.time_zone)

    def readers_of(self, item: ChecklistItem) -> Sequence[Contact]:
        """Return who hears of a task: its owner, or HR when nobody owns it or mail comes back."""
        owner = address_of(item, self.today)
        return [owner] if owner is not None and owner.is_reachable else self.hr

    def drafts(
        self,
        step: Step,
        engagement: Engagement,
        readers: Iterable[Contact],
        item: ChecklistItem | None = None,
    ) -> Iterator[ReminderDraft]:
        """Yield a step for each reader, once its moment has come."""
        if step.due_at > self.at:
            return
        for contact in readers:
            yield ReminderDraft(
                rule=step.rule,
                band=step.band,
                about_on=step.about_on,
                contact_id=contact.pk,
                dossier=engagement.public_id,
                item=item.public_id if item else None,
                cadence=step.cadence,
                due_at=step.due_at,
                expires_at=step.expires_at,
                urgency=step.urgency,
            )


def address_of(item: ChecklistItem, today: date) -> Contact | None:
    """Return where the owner of a task is written to; professionals have another address later."""
    freelancer = item.engagement.freelancer
    addresses = {freelancer.business_contact_id, freelancer.private_contact_id} - {None}
    if item.owner_id in addresses:
        return freelancer.address_after(has_ended=item.engagement.ends_on < today)
    return item.owner


def is_quiet(item: ChecklistItem, today: date) -> bool:
    """Say whether the owner asked to be left in peace today: put off, or "not yet, on that day"."""
    return any(day is not None and day > today for day in (item.snoozed_until, item.expected_on))


def is_ours(item: ChecklistItem) -> bool:
    """Say whether this package reminds of a task; the decision on the end has its own rule."""
    return item.subject != Subject.DECISION
