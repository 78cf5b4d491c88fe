"""Who hears about a task, and which of its days have come."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property
from typing import Final

from django.urls import reverse

from core.calendars import WorkCalendar, local_moment
from core.models import Contact, Organisation
from engagements.models import Engagement
from engagements.planners import engagements_near_people
from notifications.models import Reminder, ReminderRule
from notifications.planning import Landing, ReminderDraft, is_ahead
from notifications.rules import moment_for
from offboarding.models import ChecklistItem

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
        """Return the day that lies a number of days from another; the same come again and again."""
        return cache(self.calendar.counted)

    def end_of(self, day: date) -> datetime:
        """Return the first moment after a day, where the organisation is."""
        return local_moment(day + DAY, time(0), self.organisation.time_zone)

    def readers_of(self, item: ChecklistItem) -> Sequence[Contact]:
        """Return who hears of a task: its owner, or HR when nobody owns it or mail comes back."""
        return self.readers_for(item.owner, item.engagement)

    def readers_for(self, owner: Contact | None, engagement: Engagement) -> Sequence[Contact]:
        """Return who hears of the tasks of an owner in an engagement."""
        address = engagement.address_of(owner, self.today) if owner else None
        return [address] if address is not None and address.is_reachable else self.hr

    def drafts(
        self,
        step: Step,
        engagement: Engagement,
        readers: Iterable[Contact],
        item: ChecklistItem | None = None,
    ) -> Iterator[ReminderDraft]:
        """Yield a step for each reader, once its moment has come."""
        if is_ahead(step.due_at, self.at):
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


def with_people(
    items: Iterable[ChecklistItem], engagements: Mapping[int, Engagement] | None = None
) -> list[ChecklistItem]:
    """Return tasks with their engagement and owner loaded, in two queries for all of them.

    Joined to each task, the same few engagements and people would come thousands of times.
    """
    items = list(items)
    if engagements is None:
        engagements = engagements_near_people({item.engagement_id for item in items})
    owners = Contact.objects.in_bulk({item.owner_id for item in items if item.owner_id})
    for item in items:
        item.engagement = engagements[item.engagement_id]
        item.owner = owners[item.owner_id] if item.owner_id else None
    return items


def landing_on(item: ChecklistItem) -> Landing:
    """Return the pages of one task."""
    return Landing(
        desk=item.get_absolute_url(),
        portal=reverse("portal:item_detail", args=[item.public_id]),
        task=str(item.public_id),
    )


def is_quiet(item: ChecklistItem, today: date) -> bool:
    """Say whether the owner asked to be left in peace today: put off, or "not yet, on that day"."""
    return any(day is not None and day > today for day in (item.snoozed_until, item.expected_on))
