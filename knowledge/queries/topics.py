"""Topics with everything that a page shows of them: receivers, how far they are, questions."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.models import Contact
from engagements.models import Engagement
from knowledge import rules
from knowledge.models import (
    Confirmation,
    Deliverable,
    Receiver,
    ReceiverQuerySet,
    Topic,
    TopicHandover,
)
from knowledge.queries.asking import days_of_asking
from knowledge.queries.coverage import (
    EngagementFigures,
    TopicFigures,
    added_up,
    topic_figures,
)

Answer = Confirmation.Answer
RANKS: Mapping[str, int] = {
    Answer.NOT_YET: 0,
    Answer.RECEIVED: 1,
    Answer.EXPLAINED: 2,
    Answer.PERFORMED: 3,
}
MOST_SUGGESTIONS = 8
# What a new topic takes over from an earlier one.
TAKEN_OVER = ("title", "criticality", "why", "time_to_learn", "nature")


@dataclass(frozen=True, slots=True)
class ShownReceiver:
    """A receiver of a topic, with how far they are by their own word.

    Attributes:
        receiver: who; `contact` is fetched.
        words: what they said, newest first, words taken back left out.
        best: the highest they said; None when nothing counts yet.
        is_asked_on: day on which the mail leaves that asks them, while that is still ahead.
        can_say: whether there is something of which they can say that they received it.
    """

    receiver: Receiver
    words: tuple[Confirmation, ...]
    best: Confirmation | None
    is_asked_on: date | None = None
    can_say: bool = False

    @property
    def may_be_asked_again(self) -> bool:
        """Whether asking once more can bring news, while the engagement runs."""
        is_done = self.best is not None and self.best.answer == Answer.PERFORMED
        return self.can_say and not (self.is_waiting or is_done or self.question)

    @property
    def is_waiting(self) -> bool:
        """Whether their word is awaited."""
        return self.receiver.asked_at is not None

    @property
    def question(self) -> Confirmation | None:
        """What they ask the professional and was not answered yet."""
        newest = self.words[0] if self.words else None
        if newest is None or newest.answer != Answer.NOT_YET or newest.replied_at is not None:
            return None
        return newest


@dataclass(frozen=True, slots=True)
class ShownTopic:
    """A topic as a page shows it: everything fetched, nothing left to query.

    Attributes:
        topic: which one.
        figures: how well it is covered; None until both sides agreed.
        receivers: who gets it now, the furthest on top.
        handovers: accepted and open ones about it, oldest first.
    """

    topic: Topic
    figures: TopicFigures | None
    receivers: tuple[ShownReceiver, ...]
    handovers: tuple[Deliverable, ...]

    @property
    def questions(self) -> list[Confirmation]:
        """What receivers ask and nobody answered yet."""
        return [one.question for one in self.receivers if one.question is not None]


def topics_of(engagement: Engagement) -> list[ShownTopic]:
    """Return the live topics of an engagement, the most critical first."""
    topics = list(Topic.objects.live().filter(engagement=engagement))
    keys = [topic.pk for topic in topics]
    figures = {
        row.topic_id: row
        for row in topic_figures(engagement.organisation, engagements=[engagement.pk])
    }
    handovers = _handovers_by_topic(keys)
    live = Receiver.objects.live().filter(topic__in=keys)
    receivers = _receivers_by_topic(engagement, live, handovers)
    return [
        ShownTopic(
            topic=topic,
            figures=figures.get(topic.pk),
            receivers=tuple(receivers.get(topic.pk, ())),
            handovers=tuple(handovers.get(topic.pk, ())),
        )
        for topic in topics
    ]


def topic_as_shown(topic: Topic) -> ShownTopic:
    """Return one live topic with everything that its page shows; fetch its `engagement`."""
    return next(one for one in topics_of(topic.engagement) if one.topic.pk == topic.pk)


def next_topics_of(shown: Sequence[ShownTopic]) -> list[ShownTopic]:
    """Return the three topics to transfer next, the most urgent first."""
    agreed = [one for one in shown if one.figures is not None]
    risks = [one.figures.as_risk for one in agreed if one.figures is not None]
    return [agreed[at] for at in rules.next_topics(risks)]


def figures_together(shown: Sequence[ShownTopic]) -> EngagementFigures:
    """Return the figures of an engagement from topics that are at hand already."""
    return added_up([one.figures for one in shown if one.figures is not None])


def questions_of(engagement: Engagement) -> QuerySet[Confirmation]:
    """Return what receivers ask the professional and was not answered yet, oldest first."""
    return (
        Confirmation.objects.questions()
        .filter(receiver__topic__engagement=engagement, receiver__released_at=None)
        .select_related("receiver__contact", "receiver__topic", "deliverable")
        .order_by("at", "pk")
    )


def received_by(contact: Contact, engagement: Engagement | None = None) -> ReceiverQuerySet:
    """Return what somebody receives in running engagements, what waits for them on top."""
    found = Receiver.objects.live().filter(
        contact=contact,
        topic__state=Topic.State.AGREED,
        topic__engagement__cancelled_at=None,
        topic__engagement__closed_at=None,
    )
    if engagement is not None:
        found = found.filter(topic__engagement=engagement)
    return found.select_related("topic__engagement__freelancer", "contact").order_by(
        "asked_at", "-topic__criticality", "pk"
    )


def said_on_agreeing(topic: Topic) -> str:
    """Say what agreeing brings about and what follows, in the active language.

    Args:
        topic: as it was before.
    """
    if topic.state == Topic.State.AGREED and topic.asked_criticality is not None:
        return _("Both sides agree: the criticality of “%(topic)s” is “%(level)s” from now on.") % {
            "topic": topic.title,
            "level": Topic.Criticality(topic.asked_criticality).label,
        }
    if Receiver.objects.live().filter(topic=topic).exists():
        return _(
            "Both sides agree on “%(topic)s”. It counts from now on, and who receives it is asked "
            "as soon as there is something to confirm."
        ) % {"topic": topic.title}
    return _(
        "Both sides agree on “%(topic)s”. It counts from now on. Nobody receives it yet: name a "
        "receiver."
    ) % {"topic": topic.title}


def needed_for(topic: Topic) -> str:
    """Say in words what a topic needs to be safe, in the active language.

    Source: domain.md section 3, "Required".
    """
    needed = rules.requirement_for(topic.criticality)
    level = next(name for name in rules.LEVELS if rules.LEVEL_VALUES[name] == needed.value)
    words = {
        "received": ngettext(
            "%(count)d colleague who received it",
            "%(count)d colleagues who received it",
            needed.receivers,
        ),
        "explained": ngettext(
            "%(count)d colleague who can explain it back",
            "%(count)d colleagues who can explain it back",
            needed.receivers,
        ),
        "performed": ngettext(
            "%(count)d colleague who does it alone",
            "%(count)d colleagues who do it alone",
            needed.receivers,
        ),
    }
    return words[level] % {"count": needed.receivers}


def topic_suggestions(engagement: Engagement) -> list[Topic]:
    """Return topics of earlier engagements at the department that are not on the list yet.

    The most critical and the newest first; a title that came back several times is given once.
    """
    known = {title.casefold() for title in _titles_of(engagement)}
    earlier = (
        Topic.objects.agreed()
        .filter(engagement__department=engagement.department_id)
        .exclude(engagement=engagement)
        .order_by("-criticality", "-pk")
    )
    found: dict[str, Topic] = {}
    for topic in earlier[:200]:
        found.setdefault(topic.title.casefold(), topic)
    return [topic for title, topic in found.items() if title not in known][:MOST_SUGGESTIONS]


def topic_like(engagement: Engagement, title: str) -> dict[str, Any]:
    """Return what an earlier topic of the department says, as first values of a new one.

    Args:
        engagement: for which the new one is.
        title: of the earlier one; nothing comes back when it is no suggestion.
    """
    for topic in topic_suggestions(engagement):
        if topic.title.casefold() == title.casefold():
            return {name: getattr(topic, name) for name in TAKEN_OVER}
    return {}


def receiver_suggestions(topic: Topic) -> list[Contact]:
    """Return who could receive a topic: insiders first who hold a neighbouring one.

    A neighbouring topic is another one of the same department. Then come colleagues who received
    anything in the department, its managers, and after all insiders whoever takes over.
    """
    department = topic.engagement.department_id
    here = Receiver.objects.filter(topic__engagement__department=department).order_by()
    own_words = Confirmation.objects.in_force().exclude(answer=Answer.NOT_YET)
    held = own_words.filter(
        receiver__contact=OuterRef("pk"),
        receiver__topic__engagement__department=department,
        receiver__released_at=None,
    )
    taking_over = Engagement.objects.filter(succeeds=topic.engagement_id, cancelled_at=None)
    managing = Engagement.objects.filter(department=department)
    # By department and by themselves: in one statement every contact that there is would be read.
    known = set(
        here.values_list("contact", flat=True).union(
            managing.values_list("manager", flat=True),
            taking_over.values_list("freelancer__business_contact", flat=True),
        )
    )
    of_contact = here.filter(contact=OuterRef("pk")).values("contact")
    candidates = (
        Contact.objects.reachable()
        .filter(pk__in=known)
        .exclude(pk__in=topic.engagement.freelancer.contact_ids)
        .exclude(pk__in=Receiver.objects.live().filter(topic=topic).values("contact"))
        .annotate(
            holds=Exists(held),
            takes_over=Exists(taking_over.filter(freelancer__business_contact=OuterRef("pk"))),
            received=Coalesce(Subquery(of_contact.annotate(count=Count("pk")).values("count")), 0),
        )
        .order_by("is_external", "-takes_over", "-holds", "-received", "name", "pk")
    )
    return list(candidates[:MOST_SUGGESTIONS])


def _titles_of(engagement: Engagement) -> Iterable[str]:
    return Topic.objects.live().filter(engagement=engagement).values_list("title", flat=True)


def _receivers_by_topic(
    engagement: Engagement,
    receivers: ReceiverQuerySet,
    handovers: Mapping[int, Sequence[Deliverable]],
) -> dict[int, list[ShownReceiver]]:
    found = list(receivers.select_related("contact").order_by("named_at", "pk"))
    words: dict[int, list[Confirmation]] = defaultdict(list)
    said = (
        Confirmation.objects.in_force()
        .filter(receiver__in=found)
        .select_related("deliverable")
        .order_by("-at", "-pk")
    )
    for confirmation in said:
        words[confirmation.receiver_id].append(confirmation)
    days = days_of_asking(engagement.organisation, found)
    by_topic: dict[int, list[ShownReceiver]] = defaultdict(list)
    for receiver in found:
        own = words[receiver.pk]
        proven = [confirmation for confirmation in own if confirmation.answer != Answer.NOT_YET]
        best = max(proven, key=lambda one: RANKS[one.answer], default=None)
        can_say = bool(own) or any(
            one.is_confirmable_by(receiver) for one in handovers.get(receiver.topic_id, ())
        )
        by_topic[receiver.topic_id].append(
            ShownReceiver(receiver, tuple(own), best, days.get(receiver.pk), can_say)
        )
    for group in by_topic.values():
        group.sort(key=lambda one: -(RANKS[one.best.answer] if one.best else 0))
    return by_topic


def _handovers_by_topic(topics: Sequence[int]) -> dict[int, list[Deliverable]]:
    links = (
        TopicHandover.objects.filter(topic__in=topics)
        .exclude(deliverable__state=Deliverable.State.WITHDRAWN)
        .select_related("deliverable__form")
        .order_by("deliverable__created_at", "pk")
    )
    by_topic: dict[int, list[Deliverable]] = defaultdict(list)
    for link in links:
        by_topic[link.topic_id].append(link.deliverable)
    return by_topic
