"""The SQL for lists says what the rules say: compared on a thousand random engagements."""

import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from core.models import Contact
from knowledge import rules
from knowledge.models import (
    Confirmation,
    Deliverable,
    Receiver,
    Topic,
    TopicHandover,
)
from knowledge.queries import engagement_figures, figures_of, topic_figures
from tests.factories.core import ContactFactory
from tests.factories.engagements import EngagementFactory, FreelancerFactory
from tests.factories.knowledge import (
    ConfirmationFactory,
    ReceiverFactory,
    TopicFactory,
    TopicHandoverFactory,
    form_of,
)

ENGAGEMENTS = 1000
LEVELS = ("received", "explained", "performed")
D = Decimal


class Weighed:
    """What the rules say of every engagement, from the rows themselves."""

    def __init__(self, organisation, on):
        self.on = on
        self.weight = D(organisation.external_receiver_percent) / 100
        self.gone = {contact.pk: self._is_gone(contact) for contact in Contact.objects.all()}
        self.topics = defaultdict(list)  # engagement: [(topic, coverage)]
        artefacts = self._artefacts()
        holdings = self._holdings()
        for topic in Topic.objects.agreed().order_by("engagement_id", "-criticality", "pk"):
            covered = rules.coverage(
                topic.criticality, holdings[topic.pk], artefacts.get(topic.pk, ""), self.weight
            )
            self.topics[topic.engagement_id].append((topic, covered))

    def _artefacts(self):
        found = {}
        links = TopicHandover.objects.filter(deliverable__state="accepted")
        for link in links.select_related("deliverable"):
            check_on = link.deliverable.check_on
            is_stale = check_on is not None and check_on < self.on
            if not is_stale or link.topic_id not in found:
                found[link.topic_id] = "stale" if is_stale else "fresh"
        return found

    def _holdings(self):
        best = {}
        said = Confirmation.objects.filter(
            withdrawn_at=None, receiver__released_at=None, receiver__contact__is_active=True
        ).exclude(answer="not_yet")
        for confirmation in said.select_related("receiver__contact"):
            if self.gone[confirmation.receiver.contact_id]:
                continue
            level = max(best.get(confirmation.receiver, ""), confirmation.answer, key=self._rank)
            best[confirmation.receiver] = level
        holdings = defaultdict(list)
        for receiver, level in best.items():
            holdings[receiver.topic_id].append(rules.Holding(level, receiver.contact.is_external))
        return holdings

    def _rank(self, level):
        return LEVELS.index(level) if level else -1

    def _is_gone(self, contact):
        people = [*contact.freelancers.all(), *contact.freelancers_privately.all()]
        if not people:
            return False
        return not any(
            engagement.ends_on >= self.on
            for person in people
            for engagement in person.engagements.filter(cancelled_at=None)
        )


@pytest.fixture
def many(organisation):
    """A thousand engagements with topics, receivers and handovers of every kind."""
    dice = random.Random(20261128)
    today = organisation.today()
    form = form_of(organisation)
    first = EngagementFactory(organisation=organisation)
    copies = [
        type(first)(
            organisation=organisation,
            freelancer=first.freelancer,
            department=first.department,
            manager=first.manager,
            title=f"Opdracht {number}",
            starts_on=today - timedelta(days=400),
            ends_on=today + timedelta(days=dice.randint(-60, 400)),
            may_overlap=True,
        )
        for number in range(ENGAGEMENTS)
    ]
    engagements = type(first).objects.bulk_create(copies)
    topics = Topic.objects.bulk_create(
        Topic(
            organisation=organisation,
            engagement=engagement,
            title=f"Onderwerp {number}",
            criticality=dice.randint(1, 5),
            state=dice.choice(["agreed", "agreed", "agreed", "proposed"]),
            proposed_by_side="client",
            proposed_by="Peter Bos",
            agreed_at=timezone.now(),
        )
        for engagement in engagements
        for number in range(dice.randint(0, 4))
    )
    _receive(organisation, dice, topics)
    _hand_over(organisation, dice, topics, form, today)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as autovacuum would have done by the time anybody looks
    return engagements


def _receive(organisation, dice, topics):
    leaver = EngagementFactory(
        organisation=organisation,
        ends_on=organisation.today() + timedelta(days=30),
        freelancer=FreelancerFactory(organisation=organisation),
    )
    gone = EngagementFactory(
        organisation=organisation,
        starts_on=organisation.today() - timedelta(days=300),
        ends_on=organisation.today() - timedelta(days=30),
    )
    contacts = [
        *ContactFactory.create_batch(4, organisation=organisation),
        *ContactFactory.create_batch(3, organisation=organisation, is_external=True),
        ContactFactory(organisation=organisation, is_active=False),
        leaver.freelancer.business_contact,
        gone.freelancer.business_contact,
    ]
    receivers = Receiver.objects.bulk_create(
        Receiver(
            organisation=organisation,
            topic=topic,
            contact=contact,
            named_by_side="client",
            named_by="Peter Bos",
            **(
                {"released_at": timezone.now(), "released_reason": "Weg"}
                if dice.random() < 0.1
                else {}
            ),
        )
        for topic in topics
        for contact in dice.sample(contacts, dice.randint(0, 4))
    )
    Confirmation.objects.bulk_create(
        Confirmation(
            organisation=organisation,
            receiver=receiver,
            answer=answer,
            words="Ik kan het nu zelf.",
            is_external=receiver.contact.is_external,
            said_by="x",
            **(
                {"withdrawn_at": timezone.now(), "withdrawn_reason": "Nee"}
                if dice.random() < 0.1
                else {}
            ),
        )
        for receiver in receivers
        for answer in dice.sample([*LEVELS, "not_yet"], dice.randint(0, 3))
    )


def _hand_over(organisation, dice, topics, form, today):
    chosen = [topic for topic in topics if dice.random() < 0.6]
    deliverables = Deliverable.objects.bulk_create(
        Deliverable(
            organisation=organisation,
            engagement_id=topic.engagement_id,
            form=form,
            title="Handleiding",
            state=state,
            submitted_at=timezone.now(),
            decided_at=timezone.now() if state == "accepted" else None,
            check_on=dice.choice([None, today - timedelta(days=1), today, date(2099, 1, 1)]),
        )
        for topic in chosen
        for state in ["accepted" if dice.random() < 0.8 else "submitted"]
    )
    TopicHandover.objects.bulk_create(
        TopicHandover(organisation=organisation, topic=topic, deliverable=deliverable)
        for topic, deliverable in zip(chosen, deliverables, strict=True)
    )


@pytest.mark.parametrize("ahead", [0, 90])
def test_lists_show_what_the_rules_say_on_a_thousand_engagements(organisation, many, ahead):
    organisation.external_receiver_percent = 40
    organisation.save()
    on = organisation.today() + timedelta(days=ahead)
    weighed = Weighed(organisation, on)

    by_topic = {row.topic_id: row for row in topic_figures(organisation, on=on)}
    by_engagement = engagement_figures(organisation, on=on)

    assert len(by_topic) > 1000
    assert set(by_engagement) == set(weighed.topics)
    for engagement in many:
        pairs = weighed.topics.get(engagement.pk, [])
        risks = [rules.TopicRisk(topic.criticality, covered) for topic, covered in pairs]
        factor = rules.time_factor((engagement.ends_on - on).days)
        for topic, covered in pairs:
            row = by_topic[topic.pk]
            assert row.covered == covered
            assert row.risk == rules.residual_risk(topic.criticality, covered, factor)
        if pairs:
            figures = by_engagement[engagement.pk]
            assert figures.leak == rules.leak_percent(risks)
            assert figures.risk == rules.highest_risk(risks, factor)
            assert figures.safe == sum(covered == 1 for _topic, covered in pairs)


def test_departures_take_what_they_hold_along(organisation):
    topic = TopicFactory(engagement__organisation=organisation, criticality=2)
    successor = EngagementFactory(
        organisation=organisation, ends_on=organisation.today() + timedelta(days=60)
    )
    contact = successor.freelancer.business_contact
    contact.is_external = True
    contact.save()
    ConfirmationFactory(receiver=ReceiverFactory(topic=topic, contact=contact))

    now = topic_figures(organisation)[0]
    later = topic_figures(organisation, on=organisation.today() + timedelta(days=61))[0]

    assert (now.covered, now.outsiders, now.insiders) == (D("0.5"), 1, 0)
    assert (later.covered, later.outsiders) == (0, 0)


def test_a_handover_past_its_day_of_checking_is_worth_half(organisation):
    topic = TopicFactory(engagement__organisation=organisation, criticality=1)
    link = TopicHandoverFactory(topic=topic)
    link.deliverable.check_on = organisation.today() - timedelta(days=1)
    link.deliverable.save()

    row = topic_figures(organisation)[0]

    assert (row.covered, row.is_written, row.is_stale, row.percent) == (D("0.25"), True, True, 25)


def test_without_topics_nobody_knows_what_leaks(organisation):
    figures = figures_of(EngagementFactory(organisation=organisation))

    assert (figures.leak, figures.topics, figures.band) == (None, 0, "watch")


def test_what_was_only_proposed_does_not_count(organisation):
    TopicFactory(engagement__organisation=organisation, state="proposed", agreed_at=None)

    assert topic_figures(organisation) == []


def test_closed_files_are_left_out_of_lists_and_can_be_asked_for(organisation):
    topic = TopicFactory(engagement__organisation=organisation)
    topic.engagement.closed_at = timezone.now()
    topic.engagement.save()

    assert topic_figures(organisation) == []
    assert figures_of(topic.engagement).topics == 1
