"""What another policy would have meant: replayed, it books what the ledger booked."""

import contextlib
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.actors import Actor
from core.errors import DomainError
from core.scoping import organisation_scope
from engagements.operations.refusals import RefusedError
from knowledge import operations, queries, rules
from knowledge.models import Deliverable, LedgerEntry, TransferPolicy
from knowledge.queries import changes_under, points_of
from knowledge.rules import FormTerms, StageEvent, replay
from tests.factories.core import OrganisationFactory
from tests.factories.engagements import EngagementFactory
from tests.factories.knowledge import (
    PROVEN,
    SIMPLE,
    KnowledgeAgreementFactory,
    next_version,
    policy_of,
)
from tests.knowledge.conftest import accepted_about, agreed_topic, hand_in, name, say

D = Decimal
HR = Actor(label="Marieke Visser")
CODES = ("handover-document", "runbook", "knowledge-base", "workshop")
RUNBOOK = {"runbook": FormTerms(D(8), D("0.30"), is_written=True)}
DOCUMENT = {"handover-document": FormTerms(D(20), is_once=True, is_written=True)}


def event(deliverable=1, stage="accepted", form="runbook", **more):
    return StageEvent(deliverable, form, stage, more.pop("target", 100), **more)


# The rule by itself ----------------------------------------------------------------------------


def test_each_stage_earns_its_share():
    stages = [event(stage=stage) for stage in rules.STAGES]

    assert replay(stages, PROVEN, RUNBOOK) == [D("2.40"), D("3.20"), D("2.40")]
    assert replay(stages, SIMPLE, RUNBOOK) == [D("8.00"), 0, 0]


def test_a_form_that_is_off_earns_nothing():
    assert replay([event()], PROVEN, {}) == [0]


def test_caps_hold_in_the_order_of_events():
    booked = replay([event(number) for number in range(8)], PROVEN, RUNBOOK)

    assert booked[:4] == [D("2.40"), D("2.40"), D("2.40"), D("1.80")]  # 30 % of 30 % of 100
    assert sum(booked) == 9


def test_what_is_taken_back_makes_room_again():
    events = [event(1, target=10), event(1, target=10, is_taken_back=True), event(2, target=10)]

    assert replay(events, PROVEN, RUNBOOK) == [D("0.90"), D("-0.90"), D("0.90")]
    assert replay([events[1]], PROVEN, RUNBOOK) == [0]


def test_of_a_form_that_counts_once_the_second_earns_nothing():
    events = [event(number, form="handover-document") for number in (1, 2)]

    assert replay(events, PROVEN, DOCUMENT) == [D("6.00"), 0]


def test_what_another_policy_weighed_stays_and_takes_its_room():
    kept = event(1, kept=D(12), is_written=True)

    assert replay([kept, event(2)], PROVEN, RUNBOOK) == [D(12), 0]


def test_a_stage_is_earned_once():
    assert replay([event(), event()], PROVEN, RUNBOOK) == [D("2.40"), 0]


TERMS = {
    "runbook": FormTerms(D(8), D("0.30"), is_written=True),
    "odd": FormTerms(D("3.33"), D("0.07"), is_written=True),
    "workshop": FormTerms(D(20), D("0.40")),
    "document": FormTerms(D(20), is_once=True, is_written=True),
}
EVENTS = st.lists(
    st.builds(
        lambda number, stage, is_taken_back: StageEvent(
            number, sorted(TERMS)[number % 4], stage, 100, is_taken_back
        ),
        st.integers(1, 12),
        st.sampled_from(rules.STAGES),
        st.booleans(),
    ),
    max_size=40,
)


@given(EVENTS)
def test_whatever_happened_no_stage_exceeds_its_share_of_a_cap(events):
    amounts = replay(events, PROVEN, TERMS)

    assert len(amounts) == len(events)
    for stage in rules.STAGES:
        bound = rules.stage_cap(100, PROVEN.written_share, stage, PROVEN.shares)
        written = [
            amount
            for one, amount in zip(events, amounts, strict=True)
            if one.stage == stage and TERMS[one.form].is_written
        ]
        assert 0 <= sum(written) <= bound
    assert sum(amounts) >= 0


# Against the real ledger -----------------------------------------------------------------------


def terms_of(policy):
    return policy.terms, {form.code: form.terms for form in policy.forms.all()}


def compared(policy, organisation, terms=None):
    return changes_under(policy.code, *(terms or terms_of(policy)), organisation)


def end(engagement, days=30):
    today = engagement.organisation.today()
    engagement.starts_on = today - timedelta(days=days + 200)
    engagement.ends_on = today - timedelta(days=days)
    engagement.save()


def only(comparison):
    (outcome,) = comparison.outcomes
    return outcome.before, outcome.after


steps = st.lists(
    st.one_of(
        st.tuples(st.just("accept"), st.sampled_from(CODES)),
        st.tuples(st.just("say"), st.sampled_from(("received", "explained", "performed"))),
        st.tuples(st.just("nobody"), st.integers(0, 5)),
        st.tuples(st.just("withdraw"), st.integers(0, 3)),
        st.tuples(st.just("reverse"), st.integers(0, 12)),
        st.tuples(st.just("target"), st.integers(1, 150)),
    ),
    min_size=1,
    max_size=14,
)


class History:
    """One engagement in which things happen as drawn, through the real operations."""

    def __init__(self, organisation, code):
        policy = policy_of(organisation, code)
        self.policy = policy
        self.engagement = EngagementFactory(organisation=organisation, knowledge_target=60)
        self.author = Actor(
            label="Fatima", contact_id=self.engagement.freelancer.business_contact_id
        )
        self.reviewer = Actor(label="Peter", kind="link", contact_id=self.engagement.manager_id)
        self.agree(60)
        self.topic = agreed_topic(self.engagement, self.author, self.reviewer)
        self.receiver = name(self.topic, self.reviewer)
        self.words = []

    def agree(self, target):
        agreements = self.engagement.agreements
        agreements.update(state="superseded")
        KnowledgeAgreementFactory(
            engagement=self.engagement,
            policy=self.policy,
            target=target,
            version=agreements.count() + 1,
            reason="Anders",
            in_force=True,
        )

    def play(self, history):
        for number, (what, which) in enumerate(history):
            with contextlib.suppress(DomainError, RefusedError, LookupError):
                getattr(self, what)(which, number)

    def accept(self, code, number):
        accepted_about(self.topic, self.author, self.reviewer, code, f"Stuk {number}")

    def say(self, answer, number):
        open_ones = Deliverable.objects.filter(state="accepted").order_by("-pk")
        self.words.append(
            say(
                self.receiver,
                answer,
                f"Dit kan ik nu zelf, {number}.",
                deliverable_id=open_ones[0].pk,
            )
        )

    def nobody(self, which, _number):
        deliverable = Deliverable.objects.filter(state="accepted").order_by("pk")[which]
        with time_machine.travel(timezone.now() + timedelta(days=14)):
            operations.book_without_receiver(
                deliverable_id=deliverable.pk, reason="Niemand", actor=self.reviewer
            )

    def withdraw(self, which, _number):
        operations.withdraw_confirmation(
            confirmation_id=self.words[which].pk, reason="Toch niet", actor=HR
        )

    def reverse(self, which, _number):
        entry = LedgerEntry.objects.order_by("pk")[which]
        operations.reverse_entry(entry_id=entry.pk, reason="Onterecht", actor=HR)

    def target(self, points, _number):
        self.agree(points)


@settings(
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=steps, code=st.sampled_from(("proven", "simple")))
@pytest.mark.django_db
def test_the_unchanged_policy_gives_exactly_the_balances_of_today(history, code):
    organisation = OrganisationFactory()
    with organisation_scope(organisation):
        past = History(organisation, code)
        past.play(history)
        end(past.engagement)

        comparison = compared(past.policy, organisation)

        balance = points_of(past.engagement).balance
        assert only(comparison) == (balance, balance)
        assert (comparison.same, comparison.more, comparison.fewer) == (1, 0, 0)


def test_a_stage_that_earned_nothing_counts_from_the_receivers_word(
    organisation, topic, author, reviewer
):
    simple = policy_of(organisation, "simple")
    KnowledgeAgreementFactory(engagement=topic.engagement, policy=simple, in_force=True)
    accepted_about(topic, author, reviewer)
    say(name(topic, reviewer), "performed", "Ik deed het helemaal alleen.")
    end(topic.engagement)
    proven = terms_of(policy_of(organisation, "proven"))

    comparison = compared(simple, organisation, proven)

    assert points_of(topic.engagement).balance == 8
    assert only(comparison) == (8, D("8.00"))
    half = (rules.PolicyTerms({**SIMPLE.shares, "accepted": D("0.5")}, None, 1), proven[1])
    assert only(compared(simple, organisation, half)) == (8, D("4.00"))


def test_a_word_that_was_taken_back_earns_nothing_under_another_policy_either(
    organisation, topic, author, reviewer
):
    simple = policy_of(organisation, "simple")
    KnowledgeAgreementFactory(engagement=topic.engagement, policy=simple, in_force=True)
    accepted_about(topic, author, reviewer)
    word = say(name(topic, reviewer), "received", "Ik kan dit nu herstarten.")
    operations.withdraw_confirmation(confirmation_id=word.pk, reason="Niet waar", actor=HR)
    end(topic.engagement)

    comparison = compared(simple, organisation, terms_of(policy_of(organisation, "proven")))

    assert only(comparison) == (8, D("2.40"))


def test_work_that_was_accepted_for_nothing_earns_under_a_policy_that_pays_it(
    organisation, policy, engagement, author, reviewer
):
    free = next_version(policy, accepted_share=D(0), received_share=D("0.70"))
    deliverable = hand_in(engagement, author)
    operations.accept_deliverable(deliverable_id=deliverable.pk, actor=reviewer)
    end(engagement)

    assert only(compared(free, organisation)) == (0, 0)
    assert only(compared(free, organisation, terms_of(policy))) == (0, D("2.40"))


def test_what_another_policy_booked_stays(organisation, engagement, author, reviewer):
    proven, simple = policy_of(organisation), policy_of(organisation, "simple")
    first = hand_in(engagement, author)
    operations.accept_deliverable(deliverable_id=first.pk, actor=reviewer)
    KnowledgeAgreementFactory(engagement=engagement, policy=simple, in_force=True)
    second = hand_in(engagement, author, "workshop", "Workshop")
    operations.accept_deliverable(deliverable_id=second.pk, actor=reviewer)
    end(engagement)

    nothing = (proven.terms, {})

    assert only(compared(proven, organisation, nothing)) == (D("22.40"), D("20.00"))
    assert only(compared(simple, organisation, nothing)) == (D("22.40"), D("2.40"))


def test_engagements_of_the_last_twelve_months_count_and_no_others(organisation, policy):
    today = organisation.today()
    simple = policy_of(organisation, "simple")
    counted = EngagementFactory(organisation=organisation)
    end(counted, days=1)
    for days in (0, -20, 380):
        other = EngagementFactory(organisation=organisation)
        end(other, days=days)
    cancelled = EngagementFactory(organisation=organisation, cancelled_at=timezone.now())
    end(cancelled)
    of_simple = EngagementFactory(organisation=organisation)
    KnowledgeAgreementFactory(engagement=of_simple, policy=simple, in_force=True)
    end(of_simple)

    keys = [outcome.engagement for outcome in compared(policy, organisation).outcomes]

    assert keys == [counted.pk]
    assert [one.engagement for one in compared(simple, organisation).outcomes] == [of_simple.pk]
    assert queries.looked_back(organisation)[1] == today


def test_counts_and_order_of_a_comparison():
    outcomes = [
        rules.Outcome(engagement=number, target=10, before=D(before), after=D(after))
        for number, before, after in [(1, 8, 12), (2, 12, 3), (3, 5, 5), (4, 11, 9), (5, 1, 5)]
    ]

    comparison = rules.compare(outcomes)

    assert [one.engagement for one in comparison.changed] == [2, 5, 1, 4]
    assert (comparison.more, comparison.fewer, comparison.same) == (2, 2, 1)
    assert (comparison.newly_met, comparison.newly_missed) == (1, 2)


def test_the_preview_writes_nothing_and_asks_as_much_for_one_as_for_many(
    organisation, policy, django_assert_num_queries
):
    for _number in range(5):
        end(EngagementFactory(organisation=organisation))
    terms = terms_of(policy)

    with django_assert_num_queries(8):
        changes_under("proven", *terms, organisation)

    assert TransferPolicy.objects.count() == 2
