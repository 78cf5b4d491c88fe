"""When a receiver is asked, of what the mail tells, and when the manager decides instead."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

import notifications.operations
from core.errors import InvalidTransitionError
from knowledge import operations
from knowledge.models import Deliverable
from knowledge.planners.receivers import ReceiverPlanner
from knowledge.queries import topic_as_shown
from notifications.models import Message, Reminder, ReminderRule
from notifications.planning import Landing
from tests.knowledge.conftest import accepted_about, agreed_topic, name, say

WEDNESDAY = datetime(2026, 9, 9, 12, 0, tzinfo=UTC)
SATURDAY = datetime(2026, 9, 12, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _on_wednesday():
    with time_machine.travel(WEDNESDAY, tick=True):
        yield


@pytest.fixture
def engagement(engagement):
    engagement.starts_on, engagement.ends_on = (
        WEDNESDAY.date() - 99 * DAY,
        WEDNESDAY.date() + 99 * DAY,
    )
    engagement.save()
    return engagement


@pytest.fixture
def rules(organisation):
    notifications.operations.ship_rules(organisation=organisation)
    return {rule.code: rule for rule in ReminderRule.objects.all()}


@pytest.fixture
def receiver(topic, reviewer):
    return name(topic, reviewer)


@pytest.fixture
def handover(topic, author, reviewer):
    return accepted_about(topic, author, reviewer)


@pytest.fixture
def asked(receiver, handover):
    receiver.refresh_from_db()
    return receiver


def explain(receiver, author, what="Herstart bij nacht"):
    return operations.log_explanation(receiver_id=receiver.pk, what=what, minutes=20, actor=author)


def drafts(organisation, rules, at=None):
    return list(ReceiverPlanner().due(organisation, at or timezone.now(), rules))


def bands(organisation, rules, at):
    return [draft.band for draft in drafts(organisation, rules, at)]


def reminded(draft):
    return Reminder.objects.create(
        organisation=ReminderRule.objects.first().organisation,
        key=f"{draft.item}{draft.band}{draft.contact_id}",
        **{
            field: getattr(draft, field)
            for field in ("rule", "band", "about_on", "contact_id", "dossier", "item", "due_at")
        },
        expires_at=draft.expires_at,
    )


def lines(organisation, rules, at=None):
    found = [reminded(draft) for draft in drafts(organisation, rules, at)]
    return list(ReceiverPlanner().lines(found))


def shown(receiver):
    (one,) = topic_as_shown(receiver.topic).receivers
    return one


class TestWhatTheMailTells:
    def test_an_explanation_logged_after_the_first_mail_is_told_as_well(
        self, asked, author, organisation, rules
    ):
        before = {draft.item for draft in drafts(organisation, rules)}
        with time_machine.travel(WEDNESDAY + DAY, tick=True):
            explanation = explain(asked, author)
            after = {draft.item for draft in drafts(organisation, rules)}

        assert before == {asked.public_id}
        assert after == {asked.public_id, explanation.public_id}

    def test_each_question_of_the_page_has_a_line_that_leads_to_it(
        self, asked, author, organisation, rules
    ):
        explanation = explain(asked, author)

        told = {line.text: line.landing for line in lines(organisation, rules)}

        assert list(told) == [
            "Say what you can do now with “Koppelingen”",
            "Is this right: “Herstart bij nacht”?",
        ]
        assert [landing.task for landing in told.values()] == [
            str(asked.public_id),
            str(explanation.public_id),
        ]
        assert told["Is this right: “Herstart bij nacht”?"] == Landing(
            desk=f"/offboarding/explanations/{explanation.public_id}/",
            task=str(explanation.public_id),
        )

    def test_with_nothing_but_an_explanation_only_that_is_told(
        self, receiver, author, organisation, rules
    ):
        explain(receiver, author)

        assert [line.text for line in lines(organisation, rules)] == [
            "Is this right: “Herstart bij nacht”?"
        ]

    def test_what_was_answered_meanwhile_is_not_told(self, asked, author, organisation, rules):
        explanation = explain(asked, author)
        found = [reminded(draft) for draft in drafts(organisation, rules)]
        say(asked, words="Ja, dat klopt zo.", deliverable_id=explanation.pk)

        told = [line.text for line in ReceiverPlanner().lines(found)]

        assert told == ["Say what you can do now with “Koppelingen”"]

    def test_a_mail_to_somebody_else_tells_nothing(self, asked, author, organisation, rules):
        explain(asked, author)
        for draft in drafts(organisation, rules):
            reminder = reminded(draft)
            reminder.contact = asked.topic.engagement.manager
            assert list(ReceiverPlanner().lines([reminder])) == []


class TestTheManager:
    LATE = WEDNESDAY + 30 * DAY

    def test_decides_when_nobody_received_it(self, asked, organisation, rules):
        with time_machine.travel(self.LATE, tick=True):
            texts = [line.text for line in lines(organisation, rules)]

        assert bands(organisation, rules, self.LATE) == ["+0", "+5", "manager+8"]
        assert texts[-1].startswith("Samira Haddou said nothing yet about “Koppelingen”")

    def test_has_nothing_to_decide_once_another_receiver_confirmed(
        self, asked, topic, reviewer, organisation, rules
    ):
        with time_machine.travel(self.LATE, tick=True):
            (waiting,) = [reminded(d) for d in drafts(organisation, rules) if "man" in d.band]
            omar = name(topic, reviewer, "omar@veldam.example", called="Omar Bakkali")
            say(omar, words="Ik heb het helemaal gelezen.")

            assert bands(organisation, rules, self.LATE) == ["+0", "+5"]
            assert list(ReceiverPlanner().lines([waiting])) == []

    def test_decides_about_an_explanation_of_which_nothing_was_said(
        self, receiver, author, organisation, rules
    ):
        explain(receiver, author)

        assert bands(organisation, rules, WEDNESDAY + DAY) == ["+0"]
        assert bands(organisation, rules, self.LATE) == ["+0", "+5", "manager+8"]


class TestWhenTheyAreAsked:
    def test_on_a_working_day_they_are_asked_at_once(self, asked):
        assert shown(asked).is_asked_on is None

    def test_in_the_weekend_the_question_waits_for_monday(self, receiver, topic, author, reviewer):
        with time_machine.travel(SATURDAY, tick=True):
            accepted_about(topic, author, reviewer)

            assert shown(receiver).is_asked_on == (SATURDAY + 2 * DAY).date()
        with time_machine.travel(SATURDAY + 2 * DAY, tick=True):
            assert shown(receiver).is_asked_on is None

    def test_after_the_mail_of_the_day_it_waits_for_the_next(
        self, receiver, topic, author, reviewer, organisation
    ):
        Message.objects.create(
            organisation=organisation,
            kind="digest",
            dedupe_key="digest:today",
            contact=receiver.contact,
            state="sent",
            sent_at=WEDNESDAY - timedelta(hours=3),
            expires_at=WEDNESDAY + DAY,
        )
        accepted_about(topic, author, reviewer)

        assert shown(receiver).is_asked_on == (WEDNESDAY + DAY).date()

    def test_whom_no_mail_reaches_is_promised_no_day(self, receiver, topic, author, reviewer):
        receiver.contact.is_active = False
        receiver.contact.save()
        with time_machine.travel(SATURDAY, tick=True):
            accepted_about(topic, author, reviewer)

            assert shown(receiver).is_asked_on is None

    def test_the_page_says_on_which_day(self, receiver, topic, author, reviewer, hr):
        with time_machine.travel(SATURDAY, tick=True):
            accepted_about(topic, author, reviewer)
            client = Client()
            client.force_login(hr.user)
            page = client.get(topic.get_absolute_url()).content.decode()

        assert "Will be asked on Mon 14 Sep" in page


class TestAskingAgain:
    def test_is_no_use_before_there_is_something_to_confirm(self, receiver, reviewer):
        assert not shown(receiver).may_be_asked_again
        with pytest.raises(InvalidTransitionError, match="nothing to confirm yet"):
            operations.ask_again(receiver_id=receiver.pk, side="client", actor=reviewer)

    def test_waits_until_they_answered(self, asked):
        assert not shown(asked).may_be_asked_again

    def test_helps_after_a_first_word(self, asked):
        say(asked)

        assert shown(asked).may_be_asked_again

    def test_is_over_once_they_did_it_alone(self, asked):
        say(asked, "performed")

        assert not shown(asked).may_be_asked_again

    def test_waits_for_the_answer_to_their_question(self, asked):
        say(asked, "not_yet", "Waar staat de map?")

        assert not shown(asked).may_be_asked_again

    def test_is_not_offered_on_a_page_where_it_cannot_work(self, receiver, topic, hr_client):
        page = hr_client.get(topic.get_absolute_url()).content.decode()

        assert "/ask/" not in page


def test_the_page_knows_as_the_database_what_can_be_confirmed(
    receiver, handover, author, reviewer, topic
):
    other = name(topic, reviewer, "omar@veldam.example", called="Omar Bakkali")
    explain(receiver, author)
    explain(other, author, "Iets anders")
    accepted_about(
        agreed_topic(topic.engagement, author, reviewer, title="Ander"), author, reviewer
    )
    about = Deliverable.objects.filter(topic_links__topic=topic)
    assert about.count() == 3

    for one in (receiver, other):
        in_database = set(Deliverable.objects.confirmable_by(one))
        assert {handover for handover in about if handover.is_confirmable_by(one)} == in_database
