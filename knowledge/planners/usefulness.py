"""Receivers who are asked, some time after the end, whether the transfer was of use."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.calendars import local_moment
from core.models import Contact, Organisation
from core.wording import date_short, listed
from engagements.models import Engagement
from engagements.planners import heading_for
from knowledge.models import (
    Receiver,
    ReceiverQuerySet,
    UsefulnessCheck,
    usefulness_rounds,
)
from knowledge.rules import USEFULNESS_DAYS, USEFULNESS_RULE, Round
from notifications.models import Reminder, ReminderRule
from notifications.planning import (
    DigestLine,
    Landing,
    ReminderDraft,
    RuleDefault,
    drafts_of_each,
    is_ahead,
)
from notifications.rules import moment_for

TASK: Final = "usefulness"  # key of the question behind a link
URGENCY: Final = 15  # what still has to be done comes first
# A working day is at most so many days of the calendar, long holidays included.
STRETCH: Final = 3
# After an outage as well: what expired meanwhile is shown.
LOOK_BACK: Final = 60  # days
# Of a receiver and what they received, what decides whether they are asked.
READ: Final = (
    "contact__email",
    "contact__is_active",
    "contact__bounced_at",
    "topic__engagement__organisation",
    "topic__engagement__public_id",
    "topic__engagement__ends_on",
)


class UsefulnessPlanner:
    """Asks each receiver of an engagement once per round, about all their topics together."""

    is_repeatable = True
    rules: tuple[RuleDefault, ...] = (
        RuleDefault(
            code=USEFULNESS_RULE,
            name=gettext_lazy("Was it of use?"),
            audience=gettext_lazy("receivers, after the end"),
            offsets=USEFULNESS_DAYS,
        ),
    )

    def due(
        self, organisation: Organisation, at: datetime, rules: Mapping[str, ReminderRule]
    ) -> Iterable[ReminderDraft]:
        """Yield what is due at a moment, told before or not.

        Source: domain.md section 4, E+30 and E+90; nobody hears more when they do not answer.
        """
        rule = rules.get(USEFULNESS_RULE)
        if rule is None or not rule.is_active:
            return ()
        today = organisation.today(at)
        stretch = STRETCH if rule.unit == ReminderRule.Unit.WORKING else 1
        opens_after = stretch * max(rule.offsets, default=0)
        most = opens_after + organisation.usefulness_window_days + LOOK_BACK
        # Fetched first: else the database may start from all that anybody ever confirmed.
        ended = Engagement.objects.filter(
            cancelled_at=None, ends_on__lt=today, ends_on__gte=today - timedelta(days=most)
        )
        keys = list(ended.order_by().values_list("pk", flat=True))
        receivers = Receiver.objects.holding(today).filter(topic__engagement__in=keys)
        topics = _by_person(receivers.select_related("contact", "topic__engagement").only(*READ))
        said = _said(topics)
        desk = _Desk(organisation, at, rule)
        people = [_Person(own, said) for own in topics.values()]
        return drafts_of_each(people, desk.about)

    def lines(self, reminders: Sequence[Reminder]) -> Iterable[DigestLine]:
        """Return a line for each reminder about topics of which somebody still has to say so."""
        if not reminders:
            return
        today = reminders[0].organisation.today()
        rule = ReminderRule.objects.filter(code=USEFULNESS_RULE).first()
        receivers = Receiver.objects.holding(today).filter(
            topic__engagement__public_id__in={reminder.dossier for reminder in reminders}
        )
        topics = _by_person(receivers.select_related("contact", "topic__engagement__freelancer"))
        said = _said(topics)
        for reminder in reminders:
            own = topics.get((reminder.dossier, reminder.contact_id))
            line = _line(reminder, _Person(own, said), rule) if own else None
            if line is not None:
                yield line


@dataclass(frozen=True)
class _Person:
    """Somebody with all that they received of one engagement.

    Attributes:
        own: a row for each topic, never empty.
        said: keys of receivers with the round in which they answered.
    """

    own: Sequence[Receiver]
    said: set[tuple[int, int]]

    @property
    def engagement(self) -> Engagement:
        return self.own[0].topic.engagement

    @property
    def contact(self) -> Contact:
        return self.own[0].contact

    def open_in(self, asked: Round) -> list[Receiver]:
        """Return the topics about which they said nothing in a round."""
        return [one for one in self.own if (one.pk, asked.days) not in self.said]


@dataclass(frozen=True)
class _Desk:
    organisation: Organisation
    at: datetime
    rule: ReminderRule

    def about(self, person: _Person) -> Iterator[ReminderDraft]:
        """Yield the rounds that opened; nothing to somebody whom mail does not reach."""
        organisation, engagement = self.organisation, person.engagement
        if not person.contact.is_reachable:
            return
        for asked in usefulness_rounds(engagement, self.rule):
            due_at = moment_for(
                organisation.calendar,
                organisation.zone,
                organisation.send_time,
                asked.opens_on,
                is_deadline=False,
            )
            if is_ahead(due_at, self.at) or not person.open_in(asked):
                continue
            over = local_moment(
                asked.closes_on + timedelta(days=1), time(0), organisation.time_zone
            )
            yield ReminderDraft(
                rule=self.rule.code,
                band=f"+{asked.days}",
                about_on=engagement.ends_on,
                contact_id=person.contact.pk,
                dossier=engagement.public_id,
                due_at=due_at,
                expires_at=max(over, due_at),
                urgency=URGENCY,
            )


def _by_person(receivers: ReceiverQuerySet) -> dict[tuple[UUID, int], list[Receiver]]:
    """Return the topics of each contact by engagement, the most critical first."""
    people: dict[tuple[UUID, int], list[Receiver]] = defaultdict(list)
    for receiver in receivers.order_by("topic__engagement", "-topic__criticality", "pk"):
        people[receiver.topic.engagement.public_id, receiver.contact_id].append(receiver)
    return people


def _said(people: Mapping[tuple[UUID, int], Sequence[Receiver]]) -> set[tuple[int, int]]:
    keys = [receiver.pk for own in people.values() for receiver in own]
    checks = UsefulnessCheck.objects.filter(receiver__in=keys)
    return set(checks.values_list("receiver", "days_after"))


def _line(reminder: Reminder, person: _Person, rule: ReminderRule | None) -> DigestLine | None:
    engagement = person.engagement
    rounds = {f"+{one.days}": one for one in usefulness_rounds(engagement, rule)}
    asked = rounds.get(reminder.band)
    if asked is None or reminder.about_on != engagement.ends_on:
        return None  # the end moved, or HR asks on other days
    topics = person.open_in(asked)
    if not topics:
        return None
    return DigestLine(
        reminder_id=reminder.pk,
        heading=heading_for(engagement, reminder.contact_id),
        text=_("Say whether it was of use: %(topics)s")
        % {"topics": listed([f"“{one.topic.title}”" for one in topics])},
        when=_("three questions, until %(day)s") % {"day": date_short(asked.closes_on)},
        landing=Landing(
            desk=reverse("knowledge:usefulness", args=[engagement.public_id]),
            portal=reverse("knowledge:portal_usefulness", args=[engagement.public_id]),
            task=TASK,
        ),
    )
