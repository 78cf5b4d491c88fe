"""Receivers whose word is awaited, and questions that they ask the professional."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.models import Contact, Organisation
from core.wording import date_short
from engagements.models import Engagement
from engagements.planners import engagements_near_people, heading_for
from knowledge.models import (
    Confirmation,
    ConfirmationQuerySet,
    Deliverable,
    Receiver,
    ReceiverQuerySet,
    Topic,
)
from knowledge.planners.landings import landing_on_explanation, landing_on_word
from knowledge.queries import ReceivedTopic, as_received, decided_without
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

RECEIVER: Final = "receiver_asked"
QUESTION: Final = "receiver_question"

STAYS_OF_USE: Final = timedelta(days=60)
URGENCY: Final = {RECEIVER: 45, QUESTION: 50, "escalated": 70}
MANAGER: Final = "manager"


class ReceiverPlanner:
    """Asks receivers for their word, the professional for an answer, and the manager to decide."""

    is_repeatable = True
    rules: tuple[RuleDefault, ...] = (
        RuleDefault(
            code=RECEIVER,
            name=gettext_lazy("Word of a receiver"),
            audience=gettext_lazy("receiver, then the hiring manager"),
            offsets=(0, 5),
            unit="working",
            escalate_after=(8,),
        ),
        RuleDefault(
            code=QUESTION,
            name=gettext_lazy("Question of a receiver"),
            audience=gettext_lazy("professional"),
            offsets=(0, 3),
            unit="working",
        ),
    )

    def due(
        self, organisation: Organisation, at: datetime, rules: Mapping[str, ReminderRule]
    ) -> Iterable[ReminderDraft]:
        """Yield what is due at a moment, told before or not.

        Source: domain.md section 2: after 5 working days a reminder, after 8 the manager decides.
        """
        if (asking := rules.get(RECEIVER)) and asking.is_active:
            waiting = list(Receiver.objects.waiting().select_related("contact", "topic"))
            _set_engagements([receiver.topic for receiver in waiting])
            received = as_received(waiting)
            late = decided_without(received, organisation.today(at))
            about = partial(
                _about_received, late=late, organisation=organisation, at=at, rule=asking
            )
            yield from drafts_of_each(received, about)
        if (answering := rules.get(QUESTION)) and answering.is_active:
            about_question = partial(
                _about_question, organisation=organisation, at=at, rule=answering
            )
            questions = list(_open_questions().select_related("receiver__topic"))
            _set_engagements([one.receiver.topic for one in questions])
            yield from drafts_of_each(questions, about_question)

    def lines(self, reminders: Sequence[Reminder]) -> Iterable[DigestLine]:
        """Return a line for each reminder about which somebody still has to say something."""
        items = [reminder.item for reminder in reminders if reminder.item is not None]
        asked = _Asked.about(items)
        questions = _by_id(_questions().filter(public_id__in=items))
        for reminder in reminders:
            if received := asked.topics.get(reminder.item):
                line = _receiver_line(reminder, received, asked.late)
            elif told := asked.explanations.get(reminder.item):
                line = _explanation_line(reminder, *told)
            elif question := questions.get(reminder.item):
                line = _question_line(reminder, question)
            else:
                line = None
            if line is not None:
                yield line


@dataclass(frozen=True)
class _Asked:
    """What receivers are asked, by what a reminder is about.

    Attributes:
        topics: by receiver.
        explanations: those without an answer, each with who heard it.
        late: keys of receivers without whom the manager decides by now.
    """

    topics: Mapping[UUID | None, ReceivedTopic]
    explanations: Mapping[UUID | None, tuple[Deliverable, ReceivedTopic]]
    late: Collection[int]

    @classmethod
    def about(cls, items: Sequence[UUID]) -> "_Asked":
        named = Q(public_id__in=items) | Q(explanations__public_id__in=items)
        received = as_received(list(_waiting().filter(named).distinct()))
        told: dict[UUID | None, tuple[Deliverable, ReceivedTopic]] = {
            explanation.public_id: (explanation, one)
            for one in received
            for explanation in one.explanations
        }
        late = set()
        if received:
            organisation = received[0].topic.engagement.organisation
            late = decided_without(received, organisation.today())
        return cls({one.receiver.public_id: one for one in received}, told, late)


def _set_engagements(topics: Sequence[Topic]) -> None:
    """Look up the engagement of each topic, with everybody who hears about it."""
    engagements = engagements_near_people({topic.engagement_id for topic in topics})
    for topic in topics:
        topic.engagement = engagements[topic.engagement_id]


def _waiting() -> ReceiverQuerySet:
    return Receiver.objects.waiting().select_related(
        "contact", "topic__engagement__manager", "topic__engagement__freelancer"
    )


def _open_questions() -> ConfirmationQuerySet:
    return Confirmation.objects.questions().filter(
        receiver__released_at=None,
        receiver__topic__engagement__cancelled_at=None,
        receiver__topic__engagement__closed_at=None,
    )


def _questions() -> ConfirmationQuerySet:
    return _open_questions().select_related(
        "receiver__contact",
        "receiver__topic__engagement__freelancer__business_contact",
        "receiver__topic__engagement__freelancer__private_contact",
    )


def _about_received(
    received: ReceivedTopic,
    late: Collection[int],
    organisation: Organisation,
    at: datetime,
    rule: ReminderRule,
) -> Iterator[ReminderDraft]:
    """Yield the same questions as the page behind the link, each with days of its own."""
    receiver, engagement = received.receiver, received.topic.engagement
    steps = _Steps(organisation, at, rule, receiver.public_id, engagement)
    asked_on = organisation.today(receiver.asked_at)
    for offset in rule.offsets if received.is_asked else ():
        yield from steps.of(receiver.contact, asked_on, offset, f"{offset:+d}")
    for explanation in received.explanations:
        told_on = organisation.today(explanation.submitted_at)
        own = replace(steps, item=explanation.public_id)
        for offset in rule.offsets:
            yield from own.of(receiver.contact, told_on, offset, f"{offset:+d}")
    # Where somebody else confirmed everything, there is nothing to decide without them.
    for days in rule.escalate_after[:1] if receiver.pk in late else ():
        yield from steps.of(engagement.manager, asked_on, days, f"{MANAGER}+{days}")


def _about_question(
    question: Confirmation, organisation: Organisation, at: datetime, rule: ReminderRule
) -> Iterator[ReminderDraft]:
    engagement = question.receiver.topic.engagement
    reader = engagement.freelancer.address_after(
        has_ended=engagement.ends_on < organisation.today(at)
    )
    steps = _Steps(organisation, at, rule, question.public_id, engagement)
    for offset in rule.offsets:
        yield from steps.of(reader, organisation.today(question.at), offset, f"{offset:+d}")


@dataclass(frozen=True)
class _Steps:
    """The steps of one thing that waits; told before or not."""

    organisation: Organisation
    at: datetime
    rule: ReminderRule
    item: UUID
    engagement: Engagement

    def of(self, reader: Contact, on: date, offset: int, band: str) -> Iterator[ReminderDraft]:
        """Yield a step once its moment came; nothing to somebody whom mail does not reach."""
        organisation = self.organisation
        calendar = organisation.calendar
        is_working = self.rule.unit == ReminderRule.Unit.WORKING or band.startswith(MANAGER)
        day = calendar.add_working_days(on, offset) if is_working else on + timedelta(days=offset)
        due_at = moment_for(
            calendar, organisation.zone, organisation.send_time, day, is_deadline=False
        )
        if is_ahead(due_at, self.at) or not reader.is_reachable:
            return
        yield ReminderDraft(
            rule=self.rule.code,
            band=band,
            about_on=on,
            contact_id=reader.pk,
            dossier=self.engagement.public_id,
            item=self.item,
            due_at=due_at,
            expires_at=due_at + STAYS_OF_USE,
            urgency=URGENCY["escalated" if band.startswith(MANAGER) else self.rule.code],
        )


def _receiver_line(
    reminder: Reminder, received: ReceivedTopic, late: Collection[int]
) -> DigestLine | None:
    receiver, engagement = received.receiver, received.topic.engagement
    is_manager = reminder.band.startswith(MANAGER)
    reader = engagement.manager_id if is_manager else receiver.contact_id
    is_needed = receiver.pk in late if is_manager else received.is_asked
    if reminder.contact_id != reader or not is_needed:
        return None  # somebody else by now, or nothing is left to say or to decide
    text = _("Say what you can do now with “%(topic)s”")
    if is_manager:
        text = _("%(name)s said nothing yet about “%(topic)s”: ask, or decide without a receiver")
    return _asked_line(
        reminder,
        received,
        text % {"topic": receiver.topic.title, "name": receiver.contact.name},
        landing=None if is_manager else landing_on_word(receiver),
    )


def _explanation_line(
    reminder: Reminder, explanation: Deliverable, received: ReceivedTopic
) -> DigestLine | None:
    if reminder.contact_id != received.receiver.contact_id:
        return None
    text = _("Is this right: “%(title)s”?") % {"title": explanation.title}
    landing = landing_on_explanation(explanation)
    return _asked_line(reminder, received, text, landing=landing, asked_at=explanation.submitted_at)


def _asked_line(
    reminder: Reminder,
    received: ReceivedTopic,
    text: str,
    *,
    landing: Landing | None,
    asked_at: datetime | None = None,
) -> DigestLine | None:
    engagement, since = received.topic.engagement, asked_at or received.receiver.asked_at
    if since is None:
        return None
    return DigestLine(
        reminder_id=reminder.pk,
        heading=heading_for(engagement, reminder.contact_id),
        text=text,
        when=_("asked %(day)s") % {"day": date_short(since, engagement.organisation.today())},
        is_late=reminder.band not in ("+0", "-0"),
        landing=landing,
    )


def _question_line(reminder: Reminder, question: Confirmation) -> DigestLine | None:
    engagement = question.receiver.topic.engagement
    if not engagement.freelancer.is_contact(reminder.contact_id):
        return None
    today = engagement.organisation.today()
    return DigestLine(
        reminder_id=reminder.pk,
        heading=heading_for(engagement, reminder.contact_id),
        text=_("Answer the question of %(name)s about “%(topic)s”")
        % {"name": question.receiver.contact.name, "topic": question.receiver.topic.title},
        when=_("asked %(day)s") % {"day": date_short(question.at, today)},
    )


def _by_id(rows: Iterable[Confirmation]) -> dict[UUID | None, Confirmation]:
    return {row.public_id: row for row in rows}
