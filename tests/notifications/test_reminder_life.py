"""Whatever people and clocks do, a reminder keeps its promises (a state machine, R10)."""

import datetime
import os
from collections import Counter

import pytest
from django.db import transaction
from django.db.models import Q
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.actors import Actor
from core.scoping import organisation_scope
from notifications import operations
from notifications.models import Message, Reminder
from notifications.operations.settling import settle_changed
from notifications.rules import digest_day, group_of
from tests.factories.core import ContactFactory, OrganisationFactory
from tests.notifications.conftest import claim_next
from tests.notifications.sample import backend
from tests.notifications.sample.planner import draft_of

START = datetime.datetime(2099, 3, 2, 8, tzinfo=datetime.UTC)  # a Monday, in sending hours
BANDS = (-7, -2, 0, 1, 3)


class Reminding(RuleBasedStateMachine):
    """One organisation, two contacts, up to three things to do, and a clock that only goes on."""

    planner = None  # set by the test

    def __init__(self):
        super().__init__()
        self.block = transaction.atomic()
        self.block._from_testcase = True  # as the test's own: operations may call it outermost
        self.block.__enter__()
        self.organisation = OrganisationFactory()
        self.scope = organisation_scope(self.organisation)
        self.scope.__enter__()
        operations.ship_rules(organisation=self.organisation)
        self.contacts = ContactFactory.create_batch(2, organisation=self.organisation)
        self.planner.things.clear()
        backend.sent.clear()
        backend.answers.clear()
        self.at = START
        self.told = Counter()
        self.uncertain = 0
        self.days = Counter()

    @initialize(day=st.integers(0, 9), who=st.integers(0, 1))
    def begin(self, day, who):
        self.make_thing(day, who)
        self.plan()

    @rule(day=st.integers(-3, 9), who=st.integers(0, 1))
    @precondition(lambda self: len(self.planner.things) < 3)
    def make_thing(self, day, who):
        due_on = self.at.date() + datetime.timedelta(days=day)
        number = len(self.planner.things)
        self.planner.add(self.contacts[who], due_on, text=f"[thing {number}]")

    @rule(hours=st.sampled_from([1, 13, 24, 24, 48, 72, 120]))
    def time_passes(self, hours):
        self.at += datetime.timedelta(hours=hours)
        self.plan()

    @rule()
    def plan(self):
        operations.plan(organisation=self.organisation, at=self.at)
        self.nothing_due_is_undecided()

    @rule(fault=st.sampled_from([None, None, "later", "vanishes"]))
    def deliver(self, fault):
        backend.answers[:] = [fault] if fault else []
        before = len(backend.sent)
        while operations.deliver_one() is not None:
            for mail in backend.sent[before:]:
                self.look_at(mail)
            before = len(backend.sent)
        self.uncertain += fault == "vanishes" and not backend.answers

    @rule()
    def retries_become_due(self):
        Message.objects.filter(state="retry").update(next_attempt_at=operations.database_now())

    @rule()
    def sender_dies_with_a_message_in_hand(self):
        if claim_next():
            Message.objects.filter(state="leased").update(next_attempt_at=operations.database_now())

    @rule(number=st.integers(0, 2))
    def thing_is_done(self, number):
        for thing in self.planner.things[number : number + 1]:
            thing.is_done = True
            operations.cancel_for_item(item=thing.item)

    @rule(number=st.integers(0, 2))
    def thing_is_reopened(self, number):
        for thing in self.planner.things[number : number + 1]:
            thing.is_done = False

    @rule(number=st.integers(0, 2), days=st.integers(-10, 10))
    def date_moves(self, number, days):
        for thing in self.planner.things[number : number + 1]:
            thing.due_on += datetime.timedelta(days=days)
            operations.cancel_for_dossier(dossier=thing.dossier, reason="end_moved")

    @rule(number=st.integers(0, 2), who=st.integers(0, 1))
    def another_takes_over(self, number, who):
        for thing in self.planner.things[number : number + 1]:
            thing.contact_id = self.contacts[who].pk
            operations.cancel_for_dossier(dossier=thing.dossier, reason="end_moved")

    def look_at(self, mail):
        """Hold a mail that left against what is true at this moment."""
        things = {thing.text: thing for thing in self.planner.things}
        named = [thing for text, thing in things.items() if text in mail.body]
        assert named, "a mail about nothing left"
        for thing in named:
            assert not thing.is_done, "a mail about something done left"
        self.days[mail.to[0], digest_day(self.organisation.zone, self.at)] += 1
        self.told[mail.extra_headers["Message-ID"]] += 1

    def nothing_due_is_undecided(self):
        keys = set(Reminder.objects.exclude(state="cancelled").values_list("key", flat=True))
        for thing in self.planner.things:
            for offset in () if thing.is_done else BANDS:
                draft = draft_of(self.organisation, thing, offset)
                key = operations.deciding.rules.key_of(draft, self.organisation.pk)
                assert draft.due_at > self.at or key in keys

    @invariant()
    def of_one_thing_only_one_reminder_waits(self):
        waiting = Reminder.objects.filter(
            Q(state="planned") | Q(state="bundled", message__state__in=["pending", "retry"])
        )
        groups = Counter(group_of(reminder) for reminder in waiting)
        assert all(count == 1 for count in groups.values())

    @invariant()
    def every_bundled_reminder_has_a_message_that_is_not_settled(self):
        assert not Reminder.objects.filter(
            state="bundled", message__state__in=["sent", "cancelled", "superseded", "expired"]
        ).exists()

    @invariant()
    def no_mail_left_twice_but_for_answers_that_never_came(self):
        assert sum(count - 1 for count in self.told.values()) <= self.uncertain

    def teardown(self):
        self.scope.__exit__(None, None, None)
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)


@pytest.mark.django_db
def test_reminders_keep_their_promises(planner, settings_of_mail):
    Reminding.planner = planner
    run_state_machine_as_test(
        Reminding,
        settings=settings(
            max_examples=int(os.environ.get("REMINDER_LIVES", "25")),
            stateful_step_count=30,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db
@pytest.mark.parametrize("fault", ["vanishes", "later"])
def test_what_was_in_hand_is_overtaken_by_what_was_decided_meanwhile(
    planner, settings_of_mail, fault
):
    Reminding.planner = planner
    life = Reminding()
    life.begin(day=1, who=0)
    life.sender_dies_with_a_message_in_hand()
    life.time_passes(hours=120)  # to a Saturday: no digest takes up both
    assert Reminder.objects.filter(state="planned").exists()

    life.deliver(fault=fault)

    life.of_one_thing_only_one_reminder_waits()
    assert Reminder.objects.filter(state="planned").count() == 1
    life.teardown()


@pytest.mark.django_db
@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["older first", "newer first"])
def test_of_two_in_hand_at_once_the_more_urgent_waits(planner, settings_of_mail, order):
    Reminding.planner = planner
    life = Reminding()
    life.begin(day=1, who=0)
    claims = [claim_next()]
    life.time_passes(hours=24)
    claims.append(claim_next())
    messages = [Message.objects.get(pk=claim.message_id) for claim in claims]

    for number in order:
        settle_changed(claim=claims[number], message=messages[number])

    states = dict(Reminder.objects.values_list("band", "state").filter(message__in=messages))
    assert states == {"-2": "superseded", "+0": "bundled"}
    life.teardown()


@pytest.mark.django_db
def test_what_comes_back_is_not_told_after_something_more_urgent_was(planner, settings_of_mail):
    Reminding.planner = planner
    life = Reminding()
    life.begin(day=1, who=0)
    claim = claim_next()
    message = Message.objects.get(pk=claim.message_id)
    life.time_passes(hours=24)
    operations.deliver_one()
    assert Reminder.objects.get(band="+0").state == "sent"

    settle_changed(claim=claim, message=message)

    assert Reminder.objects.get(band="-2").state == "superseded"
    life.teardown()


@pytest.mark.django_db
def test_what_hr_sent_elsewhere_goes_there_whatever_was_decided_since(planner, settings_of_mail):
    Reminding.planner = planner
    life = Reminding()
    life.begin(day=1, who=0)
    Message.objects.update(state="dead", reason="refused")
    copy = operations.redirect_message(
        message_id=Message.objects.get().pk,
        actor=Actor(label="Marieke"),
        contact_id=life.contacts[1].pk,
    )
    claim = claim_next()
    life.time_passes(hours=24)

    settle_changed(claim=claim, message=copy)

    assert Reminder.objects.get(message=copy).state == "bundled"
    assert Reminder.objects.get(band="+0").state == "bundled"
    life.teardown()


@pytest.fixture
def settings_of_mail(settings):
    settings.EMAIL_BACKEND = "tests.notifications.sample.backend.EmailBackend"
