"""Handovers in the library that somebody should look at again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.models import Contact, Organisation
from core.wording import in_days
from engagements.events import hr_contacts
from engagements.planners import engagements_near_people, heading_for
from knowledge.models import LibraryItem, LibraryItemQuerySet
from knowledge.queries import owners_of
from notifications.models import Reminder, ReminderRule
from notifications.planning import DigestLine, ReminderDraft, RuleDefault, drafts_of_each, is_ahead
from notifications.rules import moment_for

CHECK: Final = "library_check"
STAYS_OF_USE: Final = timedelta(days=60)
LOOK_AHEAD: Final = timedelta(days=60)
LOOK_BACK: Final = 2 * STAYS_OF_USE  # after an outage as well: what expired meanwhile is shown
ITEMS_AT_ONCE: Final = 500
# What decides whether somebody is asked.
READ: Final = (
    *("engagement", "owner__email", "owner__is_active", "owner__bounced_at"),
    *("deliverable__public_id", "deliverable__check_on"),
)
URGENCY: Final = 20  # everything else in a mail is more urgent
HR: Final = "hr"


class LibraryPlanner:
    """Asks the owner whether a handover is still right, and HR when nobody answers."""

    is_repeatable = True
    rules: tuple[RuleDefault, ...] = (
        RuleDefault(
            code=CHECK,
            name=gettext_lazy("Still right?"),
            audience=gettext_lazy("owner of a handover in the library, then HR"),
            offsets=(-14, 7),
            escalate_after=(15,),
        ),
    )

    def due(
        self, organisation: Organisation, at: datetime, rules: Mapping[str, ReminderRule]
    ) -> Iterable[ReminderDraft]:
        """Yield what is due at a moment, told before or not."""
        rule = rules.get(CHECK)
        if rule is None or not rule.is_active:
            return ()
        today = organisation.today(at)
        found = _to_check(today - _days_told(rule) - LOOK_BACK, today + LOOK_AHEAD)
        owners: dict[int, Contact | None] = {}
        about = partial(_about, organisation=organisation, at=at, rule=rule, owners=owners)
        items = _looked_up(found, owners)
        return drafts_of_each(items, partial(about, hr=hr_contacts()))

    def lines(self, reminders: Sequence[Reminder]) -> Iterable[DigestLine]:
        """Return a line for each reminder about something that nobody looked at since."""
        items = [reminder.item for reminder in reminders if reminder.item is not None]
        found = _by_id(items)
        owners = owners_of(found.values())
        hr = {contact.pk for contact in hr_contacts()}
        for reminder in reminders:
            item = found.get(reminder.item)
            if item is None:
                continue
            owner = owners[item.pk]
            line = _line(reminder, item, {owner.pk, *hr} if owner else hr)
            if line is not None:
                yield line


def _days_told(rule: ReminderRule) -> timedelta:
    """Return how long after its day something is told about, at most; working days are fewer."""
    days = max([0, *rule.offsets, *rule.escalate_after])
    return timedelta(days=2 * days + 14)


def _to_check(after: date, before: date) -> Iterable[LibraryItem]:
    """Return what is to be checked; what nobody answered for months is not asked for ever."""
    due = LibraryItem.objects.to_check(before).filter(deliverable__check_on__gte=after)
    return due.select_related("owner", "deliverable").only(*READ).order_by("pk")


def _with_people(items: LibraryItemQuerySet) -> LibraryItemQuerySet:
    """Return items with all that tells who answers for them, and nothing of what they say."""
    return items.without_words().select_related(
        "owner",
        "deliverable__engagement__manager",
        "deliverable__engagement__freelancer__business_contact",
    )


def _looked_up(
    items: Iterable[LibraryItem], owners: dict[int, Contact | None]
) -> Iterator[LibraryItem]:
    """Pass items on once it is known who answers for each, many at a time."""
    rest = iter(items)
    while some := list(islice(rest, ITEMS_AT_ONCE)):
        engagements = engagements_near_people({item.engagement_id for item in some})
        for item in some:
            item.deliverable.engagement = engagements[item.engagement_id]
        owners.clear()
        owners.update(owners_of(some))
        yield from some


def _about(
    item: LibraryItem,
    organisation: Organisation,
    at: datetime,
    rule: ReminderRule,
    owners: Mapping[int, Contact | None],
    hr: Sequence[Contact],
) -> Iterator[ReminderDraft]:
    owner = owners[item.pk]
    check_on = item.deliverable.check_on
    if check_on is None:
        return
    readers = [owner] if owner is not None else hr
    is_working = rule.unit == ReminderRule.Unit.WORKING
    for offset in rule.offsets:
        day = (
            organisation.calendar.add_working_days(check_on, offset)
            if is_working
            else check_on + timedelta(days=offset)
        )
        yield from _step(item, organisation, at, day, (f"{offset:+d}", readers))
    for days in rule.escalate_after[:1]:
        day = organisation.calendar.add_working_days(check_on, days)
        yield from _step(item, organisation, at, day, (f"{HR}+{days}", hr))


def _step(
    item: LibraryItem,
    organisation: Organisation,
    at: datetime,
    day: date,
    step: tuple[str, Sequence[Contact]],
) -> Iterator[ReminderDraft]:
    band, readers = step
    due_at = moment_for(
        organisation.calendar, organisation.zone, organisation.send_time, day, is_deadline=False
    )
    check_on = item.deliverable.check_on
    if is_ahead(due_at, at) or check_on is None:
        return
    for contact in readers:
        yield ReminderDraft(
            rule=CHECK,
            band=band,
            about_on=check_on,
            contact_id=contact.pk,
            dossier=item.deliverable.engagement.public_id,
            item=item.deliverable.public_id,
            due_at=due_at,
            expires_at=due_at + STAYS_OF_USE,
            urgency=URGENCY,
        )


def _line(reminder: Reminder, item: LibraryItem, readers: set[int]) -> DigestLine | None:
    deliverable = item.deliverable
    if deliverable.check_on != reminder.about_on:
        return None  # somebody said something since
    if reminder.contact_id not in readers:
        return None  # somebody else answers for it by now
    organisation = deliverable.engagement.organisation
    today = organisation.today()
    text = _("Is “%(title)s” in the library still right?")
    if reminder.band.startswith(HR):
        text = _("Nobody said whether “%(title)s” in the library is still right")
    return DigestLine(
        reminder_id=reminder.pk,
        heading=heading_for(deliverable.engagement, reminder.contact_id),
        text=text % {"title": deliverable.title},
        when=in_days(reminder.about_on, today),
        is_late=reminder.about_on < today,
    )


def _by_id(items: Sequence[UUID]) -> dict[UUID | None, LibraryItem]:
    waiting = LibraryItem.objects.to_check(date.max).filter(deliverable__public_id__in=items)
    return {item.deliverable.public_id: item for item in _with_people(waiting)}
