"""What a receiver finds about their topics, and what nobody received although time is up."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.models import Contact
from engagements.models import Engagement
from knowledge import rules
from knowledge.models import (
    Confirmation,
    Deliverable,
    DeliverableFile,
    LedgerEntry,
    Receiver,
    Topic,
    TopicHandover,
    basis_of,
    policies_of,
)
from knowledge.queries.topics import RANKS, received_by

Answer = Confirmation.Answer
State = Deliverable.State
LEVELS = (Answer.RECEIVED, Answer.EXPLAINED, Answer.PERFORMED)


@dataclass(frozen=True, slots=True)
class ReceivedTopic:
    """A topic as its receiver sees it: everything fetched, nothing left to query.

    Attributes:
        receiver: who gets it; `topic` is fetched.
        words: what they said, newest first, words taken back left out.
        handovers: what they can confirm, oldest first.
    """

    receiver: Receiver
    words: tuple[Confirmation, ...]
    handovers: tuple[Deliverable, ...]

    @property
    def topic(self) -> Topic:
        """What there is to know."""
        return self.receiver.topic

    @property
    def best(self) -> Confirmation | None:
        """The highest that they said; None when nothing counts yet."""
        proven = [word for word in self.words if RANKS[word.answer]]
        return max(proven, key=lambda word: RANKS[word.answer], default=None)

    @property
    def question(self) -> Confirmation | None:
        """What they ask the professional and was not answered yet."""
        newest = self.words[0] if self.words else None
        if newest is None or newest.answer != Answer.NOT_YET or newest.replied_at is not None:
            return None
        return newest

    @property
    def explanations(self) -> list[Deliverable]:
        """Short explanations to them that they did not confirm yet."""
        return [one for one in self.handovers if one.is_quick_log and not self._rank(one.pk)]

    @property
    def is_asked(self) -> bool:
        """Whether their word on the topic as a whole is awaited."""
        if self.receiver.asked_at is None:
            return False
        plain = [one for one in self.handovers if not one.is_quick_log]
        return not self.explanations or any(not self._rank(one.pk) for one in plain)

    @property
    def answers(self) -> list[str]:
        """Levels that would be news about a handover, or without one; empty when all is said."""
        ranks = [self._rank(one.pk) for one in self._told] or [self._rank(None)]
        return [level.value for level in LEVELS if RANKS[level] > min(ranks)]

    @property
    def choices(self) -> list[Deliverable]:
        """Handovers about which there is more to say, those without a word on top."""
        most = RANKS[Answer.PERFORMED]
        told = [one for one in self._told if self._rank(one.pk) < most]
        return sorted(told, key=lambda one: self._rank(one.pk))

    @property
    def _told(self) -> list[Deliverable]:
        """Handovers about which the topic's own question goes; a new explanation has another."""
        return [one for one in self.handovers if one not in self.explanations]

    def _rank(self, deliverable_id: int | None) -> int:
        about = [word for word in self.words if word.deliverable_id == deliverable_id]
        return max((RANKS[word.answer] for word in about), default=0)


def received_topics(contact: Contact, engagement: Engagement) -> list[ReceivedTopic]:
    """Return what somebody receives of one engagement, what waits for them on top."""
    return as_received(list(received_by(contact, engagement)))


def as_received(receivers: Sequence[Receiver]) -> list[ReceivedTopic]:
    """Return what each of these receivers said and can confirm, in the same order."""
    words: dict[int, list[Confirmation]] = defaultdict(list)
    said = Confirmation.objects.in_force().filter(receiver__in=receivers)
    for word in said.select_related("deliverable").order_by("-at", "-pk"):
        words[word.receiver_id].append(word)
    handovers = _confirmable(receivers)
    return [
        ReceivedTopic(receiver, tuple(words[receiver.pk]), tuple(handovers.get(receiver.pk, ())))
        for receiver in receivers
    ]


def files_for_receiver(contact: Contact, engagement: Engagement) -> QuerySet[DeliverableFile]:
    """Return the files that somebody may have: those of what they can confirm, as it stands."""
    shown = [one.pk for topic in received_topics(contact, engagement) for one in topic.handovers]
    return DeliverableFile.objects.filter(
        version__deliverable__in=shown,
        version__submitted_at__isnull=False,
        dropped_in=None,
        is_withdrawn=False,
    )


def unreceived_handovers(engagement: Engagement, today: date) -> list[Deliverable]:
    """Return accepted handovers whose receivers had their time and that nobody received.

    Source: domain.md section 2: after 8 working days the manager decides.
    """
    booked = LedgerEntry.objects.filter(deliverable=OuterRef("pk"), stage="received", reverses=None)
    waiting = (
        Deliverable.objects.filter(
            ~Exists(booked), engagement=engagement, state=State.ACCEPTED, decided_at__isnull=False
        )
        .select_related("form")
        .order_by("decided_at", "pk")
    )
    late = [one for one in waiting if _is_time_up(one.decided_at, engagement, today)]
    return late if late and basis_of(engagement).policy.received_share else []


def decided_without(received: Sequence[ReceivedTopic], today: date) -> set[int]:
    """Return the keys of receivers without whom the manager decides about something by now.

    Nothing is left to decide where another receiver confirmed what these are asked about.

    Args:
        received: receivers whose word is awaited; `topic.engagement.organisation` is fetched.
        today: where the organisation is.
    """
    handovers = {one.pk for topic in received for one in topic.handovers}
    booked = set(
        LedgerEntry.objects.filter(
            deliverable__in=handovers, stage="received", reverses=None
        ).values_list("deliverable", flat=True)
    )
    silent = {one.receiver.pk for one in received if _is_silent(one, today)}
    late = [one for one in received if _is_unreceived(one, booked, today)]
    policies = policies_of({one.topic.engagement_id for one in late})
    shared = {one.receiver.pk for one in late if policies[one.topic.engagement_id].received_share}
    return silent | shared


def silent_explanations(engagement: Engagement, today: date) -> list[Deliverable]:
    """Return short explanations of which the receiver said nothing although their time is up."""
    word = Confirmation.objects.in_force().filter(deliverable=OuterRef("pk"))
    waiting = Deliverable.objects.filter(
        ~Exists(word), engagement=engagement, state=State.SUBMITTED, is_quick_log=True
    ).order_by("submitted_at", "pk")
    return [one for one in waiting if _is_time_up(one.submitted_at, engagement, today)]


def _confirmable(receivers: Sequence[Receiver]) -> Mapping[int, list[Deliverable]]:
    """Return what `confirmable_by` gives each of several receivers, in one query."""
    links = (
        TopicHandover.objects.filter(
            Q(deliverable__state=State.ACCEPTED, deliverable__is_quick_log=False)
            | Q(
                deliverable__state__in=[State.SUBMITTED, State.ACCEPTED],
                deliverable__explained_to__in=receivers,
            ),
            topic__in=[receiver.topic_id for receiver in receivers],
        )
        .select_related("deliverable__form")
        .order_by("deliverable__decided_at", "deliverable__pk")
    )
    found: dict[int, list[Deliverable]] = defaultdict(list)
    by_topic: dict[int, list[Receiver]] = defaultdict(list)
    for receiver in receivers:
        by_topic[receiver.topic_id].append(receiver)
    for link in links:
        for receiver in by_topic[link.topic_id]:
            if link.deliverable.explained_to_id in (None, receiver.pk):
                found[receiver.pk].append(link.deliverable)
    return found


def _is_silent(one: ReceivedTopic, today: date) -> bool:
    """Say whether a short explanation waited too long for the one who heard it."""
    engagement = one.topic.engagement
    return any(_is_time_up(told.submitted_at, engagement, today) for told in one.explanations)


def _is_unreceived(one: ReceivedTopic, booked: set[int], today: date) -> bool:
    """Say whether a handover waited too long for anybody who received it."""
    engagement = one.topic.engagement
    return any(
        not handover.is_quick_log
        and handover.pk not in booked
        and _is_time_up(handover.decided_at, engagement, today)
        for handover in one.handovers
    )


def _is_time_up(since: datetime | None, engagement: Engagement, today: date) -> bool:
    organisation = engagement.organisation
    decided_on = rules.receiver_decided_on(
        organisation.today(since), organisation.calendar, organisation.receiver_decide_working_days
    )
    return decided_on <= today
