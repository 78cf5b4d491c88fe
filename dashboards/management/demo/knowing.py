"""What there is to know in the story: topics, who gets them, and what they say they can do now."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import time_machine

import knowledge.operations
from core.models import Contact
from dashboards.management.demo.cast import Cast, freelancer_actor, manager_actor
from dashboards.management.demo.plot import DAY, Part, at
from engagements.models import Engagement
from knowledge.models import Deliverable, Receiver, Topic, usefulness_round

SILENT: Final = 5  # of every so many engagements, one in which nobody said what there is to know
MOST_TOPICS: Final = 3
FULL: Final = frozenset({0, 33, 34, 35})  # Fatima, and those who left long ago
OUTSIDE: Final = 5  # of every so many engagements, one first topic goes to an outsider
# What receivers say some time after the end: used, enough, had to call, hours lost.
USEFUL: Final = (
    (True, True, False, "0"),
    (True, False, True, "3.5"),
    (True, True, False, "0"),
    (False, None, False, "0"),
)


def tell_what_is_known(cast: Cast, parts: Sequence[tuple[Part, Engagement]], today: date) -> None:
    """Give most engagements that started their topics, and a few of those their receivers."""
    for part, engagement in parts:
        began_on = part.starts_on + 8 * DAY
        is_silent = part.number % SILENT == SILENT - 1 and part.number not in FULL
        if began_on >= today or is_silent:
            continue
        engagement.refresh_from_db()
        if not engagement.is_running:
            continue
        last = min(today, part.ends_on)
        is_long_gone = part.ends_on < today - 30 * DAY
        for place, entry in enumerate(_topics_for(cast, part)):
            learnt = entry.pop("learnt")
            if is_long_gone:  # and so asked by now whether it was of use
                learnt = ("performed", "explained")
            topic = _agree_on(cast, part, engagement, entry, began_on)
            if learnt:
                _hand_on(cast, part, topic, (place, learnt), last)


def _topics_for(cast: Cast, part: Part) -> list[dict[str, Any]]:
    """Return copies of the next topics of the department, with how far its own colleagues are."""
    own = [
        {**entry, "learnt": entry["learnt"][part.department.name]}
        for entry in cast.script["topics"]
        if part.department.name in entry["learnt"]
    ]
    count = MOST_TOPICS if part.number in FULL else 1 + part.number % MOST_TOPICS
    return [own[(part.number // len(cast.managers) + place) % len(own)] for place in range(count)]


def _agree_on(
    cast: Cast, part: Part, engagement: Engagement, entry: dict[str, Any], day: date
) -> Topic:
    with time_machine.travel(at(cast, day, 11), tick=True):
        topic = knowledge.operations.propose_topic(
            engagement_id=engagement.pk,
            facts=knowledge.operations.TopicFacts(**entry),
            side="freelancer",
            actor=freelancer_actor(part.freelancer),
        )
    with time_machine.travel(at(cast, day, 16), tick=True):
        return knowledge.operations.agree_topic(
            topic_id=topic.pk, side="client", actor=manager_actor(part.manager)
        )


def _hand_on(
    cast: Cast, part: Part, topic: Topic, what: tuple[int, Sequence[str | None]], last: date
) -> None:
    """Tie the topic to what was accepted, name receivers, and let them say how far they are."""
    place, learnt = what
    accepted = list(
        Deliverable.objects.filter(
            engagement=topic.engagement, state=Deliverable.State.ACCEPTED
        ).order_by("decided_at")
    )
    about = accepted[place::MOST_TOPICS] or accepted[-1:]
    for handover in about:
        others = handover.topic_links.values_list("topic", flat=True)
        with time_machine.travel(at(cast, last - 8 * DAY, 10), tick=True):
            knowledge.operations.set_topics(
                deliverable_id=handover.pk,
                topic_ids=[*others, topic.pk],
                side="client",
                actor=manager_actor(part.manager),
            )
    for (name, email), level in zip(_who_get_it(cast, part, place), learnt, strict=False):
        with time_machine.travel(at(cast, last - 7 * DAY, 11), tick=True):
            receiver = knowledge.operations.name_receiver(
                topic_id=topic.pk, email=email, name=name, side="client", actor=cast.hr
            )
        if level is not None and about:
            _say(cast, receiver, level, about[0], last)


def _who_get_it(cast: Cast, part: Part, place: int) -> list[tuple[str, str]]:
    """Return names and addresses: mostly colleagues, sometimes another professional."""
    people = [(one["name"], one["email"]) for one in cast.script["receivers"][part.department.name]]
    if place == 0 and part.number % OUTSIDE == OUTSIDE - 2:
        other = cast.freelancers[(part.number + len(cast.managers)) % len(cast.freelancers)]
        people[0] = (other.full_name, other.business_contact.email)
    return people


def look_back(cast: Cast, today: date) -> None:
    """Let receivers of those who left say whether it was of use, when they were asked."""
    rows = Receiver.objects.holding(today).filter(topic__engagement__ends_on__lt=today)
    asked = rows.select_related("contact", "topic__engagement").order_by("pk")
    for number, receiver in enumerate(asked):
        engagement = receiver.topic.engagement
        if usefulness_round(engagement, today) is None:
            continue
        used, enough, called, hours = USEFUL[number % len(USEFUL)]
        with time_machine.travel(at(cast, today - DAY, 10), tick=True):
            knowledge.operations.answer_usefulness(
                engagement_id=engagement.pk,
                answers={
                    receiver.pk: knowledge.operations.UsefulnessAnswer(
                        was_used=used,
                        was_enough=enough,
                        had_to_call=called,
                        hours_lost=Decimal(hours),
                    )
                },
                actor=manager_actor(receiver.contact),
            )


def _say(cast: Cast, receiver: Receiver, level: str, handover: Deliverable, last: date) -> None:
    words = cast.script["words"][level].format(
        topic=receiver.topic.title, maker=receiver.topic.engagement.freelancer.full_name
    )
    contact: Contact = receiver.contact
    with time_machine.travel(
        at(cast, last - 5 * DAY, 9) + timedelta(minutes=receiver.pk % 400), tick=True
    ):
        knowledge.operations.confirm_topic(
            receiver_id=receiver.pk,
            answer=level,
            words=words,
            deliverable_id=handover.pk,
            actor=manager_actor(contact),
        )
