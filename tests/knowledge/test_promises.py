"""What the client owes in return: the system knows that it was kept, or somebody says so."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from core.calendars import WorkCalendar
from core.errors import InvalidTransitionError, NotPermittedError
from core.models import AuditEvent
from knowledge import operations, rules
from knowledge.models import KeptPromise, Topic, TransferSession
from knowledge.operations import PromiseError
from tests.knowledge.conftest import (
    accepted_about,
    agreed_topic,
    hand_in,
    meet,
    name,
    promised,
    start,
)
from tests.races import at_once, just_behind

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


def promise(engagement, label):
    found = promised(engagement)
    return next((one for one in found if label in one.label), None)


class TestTheRules:
    @given(done=st.integers(0, 9), wanted=st.integers(1, 9), due_on=DAYS, today=DAYS)
    def test_what_is_done_is_kept_and_what_is_not_is_late_after_its_day(
        self, done, wanted, due_on, today
    ):
        state = rules.promise_state(done, wanted, due_on, today)

        assert (state == "kept") == (done >= wanted)
        assert (state == "late") == (done < wanted and today > due_on)

    @given(due_on=DAYS, today=DAYS)
    def test_nothing_to_do_is_never_late(self, due_on, today):
        assert rules.promise_state(0, 0, due_on, today) == "open"

    def test_receivers_are_named_four_weeks_before_the_end_or_five_days_after_agreeing(self):
        calendar, end = WorkCalendar(), date(2026, 11, 30)

        assert rules.receivers_due_on(date(2026, 3, 2), end, calendar) == date(2026, 11, 2)
        assert rules.receivers_due_on(date(2026, 11, 16), end, calendar) == date(2026, 11, 23)

    @given(starts_on=DAYS, length=st.integers(0, 2000))
    def test_halfway_lies_within_the_engagement(self, starts_on, length):
        ends_on = starts_on + timedelta(days=length)

        assert starts_on <= rules.feedback_due_on(starts_on, ends_on) <= ends_on


class TestWhatTheSystemKnows:
    def test_without_topics_nobody_waits_for_receivers(self, engagement):
        assert promise(engagement, "receiver") is None

    def test_every_topic_gets_a_receiver(self, engagement, topic, author, reviewer):
        agreed_topic(engagement, author, reviewer, title="Archief")
        name(topic, reviewer)
        found = promise(engagement, "receiver")
        assert (found.state, found.note[:15]) == ("open", "1 of 2 topics, ")

        name(Topic.objects.get(title="Archief"), reviewer)

        found = promise(engagement, "receiver")
        assert (found.state, found.note) == ("kept", "2 of 2 topics")

    def test_it_is_late_when_the_end_is_near(self, engagement, topic):
        Topic.objects.update(agreed_at=timezone.now() - timedelta(days=60))
        engagement.ends_on = engagement.organisation.today() + timedelta(days=10)
        engagement.save(update_fields=["ends_on"])

        assert promise(engagement, "receiver").state == "late"

    def test_sessions_that_were_held_are_attended(self, engagement, author):
        hand_in(engagement, author, "workshop", "Herstarten")
        found = promise(engagement, "sessions")
        assert (found.state, found.note) == ("kept", "1 of 1")

    @pytest.mark.parametrize(("days", "state"), [(1, "open"), (20, "late")])
    def test_a_session_to_which_nobody_came_is_not(self, engagement, author, days, state):
        draft = start(engagement, author, "workshop", "Herstarten")
        meet(draft, author, attendees=())
        TransferSession.objects.update(starts_at=timezone.now() - timedelta(days=days))

        found = promise(engagement, "sessions")
        assert (found.state, found.note) == (state, "0 of 1")

    def test_a_session_to_come_says_nothing_yet(self, engagement, author):
        draft = start(engagement, author, "workshop", "Herstarten")
        meet(draft, author, attendees=(), starts_at=timezone.now() + timedelta(days=2))

        assert promise(engagement, "sessions") is None

    def test_what_was_accepted_bears_the_name_of_its_maker(self, topic, author, reviewer):
        assert promise(topic.engagement, "maker's name").state == "open"

        accepted_about(topic, author, reviewer)

        found = promise(topic.engagement, "maker's name")
        assert (found.state, found.note) == ("kept", "1 handover")


class TestWhatPeopleSay:
    @staticmethod
    def keep(engagement, actor, side="client", kind="reference"):
        return operations.keep_promise(
            engagement_id=engagement.pk, kind=kind, side=side, actor=actor
        )

    @staticmethod
    def reopen(engagement, actor, side="client", kind="reference"):
        return operations.reopen_promise(
            engagement_id=engagement.pk, kind=kind, side=side, actor=actor
        )

    def test_it_is_open_until_its_day_and_kept_by_somebodys_word(self, engagement, reviewer):
        assert promise(engagement, "reference").state == "open"

        self.keep(engagement, reviewer)

        found = promise(engagement, "reference")
        assert (found.state, found.note.partition(",")[0]) == ("kept", "Peter Bos")
        assert AuditEvent.objects.filter(action="knowledge.promise.kept").exists()

    def test_it_is_said_once(self, engagement, reviewer, author):
        self.keep(engagement, reviewer)

        with pytest.raises(InvalidTransitionError, match="Peter Bos said so already"):
            self.keep(engagement, author, "freelancer")

    def test_the_client_does_not_take_back_what_the_professional_said(
        self, engagement, reviewer, author
    ):
        self.keep(engagement, author, "freelancer")

        with pytest.raises(NotPermittedError):
            self.reopen(engagement, reviewer)
        self.reopen(engagement, author, "freelancer")
        assert promise(engagement, "reference").state == "open"

    def test_the_professional_may_say_that_it_was_not_kept_after_all(
        self, engagement, reviewer, author
    ):
        self.keep(engagement, reviewer)
        self.reopen(engagement, author, "freelancer")

        with pytest.raises(InvalidTransitionError):
            self.reopen(engagement, reviewer)

    @pytest.mark.parametrize("say", ["keep", "reopen"])
    def test_nobody_speaks_for_the_other_side(self, say, engagement, reviewer, author):
        with pytest.raises(NotPermittedError):
            getattr(self, say)(engagement, author, "client")
        with pytest.raises(NotPermittedError):
            getattr(self, say)(engagement, reviewer, "freelancer")

    @pytest.mark.parametrize("say", ["keep", "reopen"])
    def test_only_what_was_promised_is_kept(self, say, engagement, reviewer):
        with pytest.raises(PromiseError):
            getattr(self, say)(engagement, reviewer, kind="party")

    def test_the_database_keeps_it_once(self, engagement, reviewer):
        kept = self.keep(engagement, reviewer)
        kept.pk = None
        with pytest.raises(IntegrityError, match="promise_kept_once"), transaction.atomic():
            kept.save(force_insert=True)

    @pytest.mark.django_db(transaction=True)
    def test_two_who_say_so_at_once_say_it_once(self, organisation, engagement, reviewer, author):
        late = just_behind(
            organisation,
            lambda: self.keep(engagement, reviewer),
            lambda: self.keep(engagement, author, "freelancer"),
        )

        assert isinstance(late, InvalidTransitionError)
        assert KeptPromise.objects.get().said_by == "Peter Bos"

    @pytest.mark.django_db(transaction=True)
    def test_two_who_take_it_back_at_once_take_it_back_once(
        self, organisation, engagement, reviewer
    ):
        self.keep(engagement, reviewer)

        answers = at_once(
            organisation,
            lambda: operations.reopen_promise(
                engagement_id=engagement.pk, kind="reference", side="client", actor=reviewer
            ),
            lambda: self.reopen(engagement, reviewer),
        )

        assert sorted(type(answer).__name__ for answer in answers) == [
            "InvalidTransitionError",
            "NoneType",
        ]


def test_hr_says_so_on_the_page_of_the_engagement(hr_client, engagement):
    page = engagement.get_absolute_url()
    say = reverse("knowledge:promise_say", args=[engagement.public_id, "reference"])
    assert say in hr_client.get(page).content.decode()

    assert hr_client.post(say)["Location"] == page
    assert KeptPromise.objects.get().kind == "reference"

    hr_client.post(say, {"again": "1"})
    assert not KeptPromise.objects.exists()
    assert hr_client.post(say.replace("reference", "party"), follow=True).status_code == 200


def test_the_professional_says_so_at_home(engagement):
    client = Client()
    client.force_login(engagement.freelancer.user)
    say = reverse("portal:promise_say", args=[engagement.public_id, "feedback"])
    home = reverse("portal:engagement_detail", args=[engagement.public_id])
    assert say in client.get(home).content.decode()

    client.post(say)

    kept = KeptPromise.objects.get()
    assert (kept.said_by, kept.said_by_side) == ("Fatima El Idrissi", "freelancer")
    client.post(say, {"again": "1"})
    assert not KeptPromise.objects.exists()
