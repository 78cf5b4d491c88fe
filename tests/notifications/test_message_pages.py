"""What HR sees of messages and reminders, and what its buttons do."""

import datetime
import html
import time

import pytest
import redis
from django.conf import settings as django_settings
from django.test import Client
from django.utils import translation

from notifications import operations
from notifications.models import Message, MessageAttempt, RelayPause
from tests.factories.accounts import MembershipFactory
from tests.factories.core import ContactFactory
from tests.notifications.conftest import local

State = Message.State


def words_of(response):
    return html.unescape(response.content.decode())


@pytest.fixture
def bounced(contact, letter_for, postbox):
    message = letter_for(contact, params={"subject": "Collect the laptop"})
    postbox.refuse_rcpt = lambda address: "550 5.1.1 no such user"
    operations.deliver_one()
    postbox.refuse_rcpt = lambda address: None
    return message


def test_what_asks_for_attention_stands_first(hr_client, contact, letter_for):
    for state in (State.PENDING, State.RETRY, State.DEAD, State.CANCELLED):
        letter_for(contact, state=state, params={"state": state})

    rows = hr_client.get("/messages/").context["rows"]

    assert [row.message.state for row in rows] == [
        State.DEAD,
        State.RETRY,
        State.CANCELLED,
        State.PENDING,
    ]


@pytest.mark.parametrize("state", [State.DEAD, State.RETRY, State.EXPIRED, State.PENDING])
def test_filter_in_the_address_shows_one_state(hr_client, contact, letter_for, state):
    for other in (State.DEAD, State.RETRY, State.EXPIRED, State.PENDING):
        letter_for(contact, state=other)

    response = hr_client.get(f"/messages/?state={state}")

    assert [row.message.state for row in response.context["rows"]] == [state]
    assert [tab.count for tab in response.context["tabs"] if tab.is_current] == [1]


def test_long_list_has_pages_that_keep_the_filter(hr_client, contact, letter_for):
    for _ in range(30):
        letter_for(contact, state=State.RETRY)

    response = hr_client.get("/messages/?state=retry&page=2")

    assert len(response.context["rows"]) == 5
    assert "state=retry&page=1" in words_of(response).replace("&amp;", "&")


def test_reason_is_told_in_words(hr_client, bounced):
    assert "The address does not exist or takes no mail." in words_of(hr_client.get("/messages/"))


def test_refusal_of_the_mail_server_is_told_on_top(hr_client, organisation):
    now = operations.database_now()
    RelayPause.objects.create(until=now + datetime.timedelta(minutes=5), code="sign-in 535")

    assert "Our mail server refuses us" in words_of(hr_client.get("/messages/"))


def test_message_shows_what_it_would_say_now(hr_client, bounced):
    text = words_of(hr_client.get(f"/messages/{bounced.public_id}/"))

    assert "Collect the laptop" in text
    assert "about the recipient: 550 5.1.1" in text


def test_message_that_cannot_be_written_still_has_a_page(hr_client, contact, letter_for):
    for facts in ({"params": {"is_broken": True}}, {"kind": "from_the_future"}):
        message = letter_for(contact, **facts)

        assert hr_client.get(f"/messages/{message.public_id}/").status_code == 200


def test_looking_opens_no_door_and_changes_nothing(hr_client, bounced, doors):
    before = Message.objects.values().get()
    doors.opened.clear()

    hr_client.get(f"/messages/{bounced.public_id}/")
    hr_client.get("/messages/")

    assert Message.objects.values().get() == before
    assert not doors.opened


@pytest.mark.django_db(transaction=True)
def test_button_sends_the_message_again_and_wakes_the_worker(hr_client, bounced, postbox):
    broker = redis.Redis.from_url(django_settings.REDIS_URL)
    before = broker.llen("celery")

    response = hr_client.post(f"/messages/{bounced.public_id}/again/", follow=True)

    assert response.status_code == 200
    assert broker.llen("celery") == before + 1
    broker.close()
    operations.deliver_one()
    assert postbox.subjects() == ["Collect the laptop"]


def test_button_sends_the_message_to_another_address(hr_client, bounced, postbox):
    response = hr_client.post(
        f"/messages/{bounced.public_id}/elsewhere/", {"email": "right@veldam.example"}, follow=True
    )

    assert "right@veldam.example" in words_of(response)
    operations.deliver_one()
    assert postbox.recipients == [["right@veldam.example"]]


def test_sent_message_offers_no_buttons_and_refuses_them(hr_client, contact, letter_for, postbox):
    message = letter_for(contact)
    operations.deliver_one()

    page = words_of(hr_client.get(f"/messages/{message.public_id}/"))

    assert "/again/" not in page
    assert hr_client.post(f"/messages/{message.public_id}/again/").status_code == 409
    message.refresh_from_db()
    assert message.state == State.SENT


@pytest.mark.parametrize("action", ["again", "elsewhere"])
def test_following_a_link_changes_nothing(hr_client, bounced, action):
    assert hr_client.get(f"/messages/{bounced.public_id}/{action}/").status_code == 405


def test_message_of_another_organisation_is_not_there(bounced):
    stranger = Client()
    stranger.force_login(MembershipFactory(role="hr").user)

    for method, action in (("get", ""), ("post", "again/"), ("post", "elsewhere/")):
        response = getattr(stranger, method)(f"/messages/{bounced.public_id}/{action}")
        assert response.status_code == 404
    assert not stranger.get("/messages/").context["rows"]


def test_auditor_sees_no_buttons(organisation, bounced):
    auditor = Client()
    auditor.force_login(MembershipFactory(organisation=organisation, role="auditor").user)

    assert "/again/" not in words_of(auditor.get(f"/messages/{bounced.public_id}/"))


@pytest.mark.django_db(transaction=True)
def test_page_does_not_wait_for_a_broker_that_is_away(hr_client, bounced, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    started = time.monotonic()

    response = hr_client.post(f"/messages/{bounced.public_id}/again/")

    assert response.status_code == 302
    assert time.monotonic() - started < 4


def test_changed_days_hold_from_the_next_plan_on(organisation, planner, rules_shipped, contact):
    admin = Client()
    admin.force_login(MembershipFactory(organisation=organisation, role="admin").user)
    planner.add(contact, datetime.date(2026, 12, 1))

    response = admin.post(
        "/settings/reminders/thing_due/", {"is_active": "on", "offsets": "-4", "escalate_after": ""}
    )
    operations.plan(organisation=organisation, at=local(2026, 11, 27))

    assert response.status_code == 302
    assert Message.objects.get().reminders.get().band == "-4"
    admin.post("/settings/reminders/thing_due/", {"offsets": "-4", "escalate_after": ""})
    assert Message.objects.get().reminders.get().state == "cancelled"


def test_rules_are_listed_with_their_words(hr_client, planner, rules_shipped):
    page = words_of(hr_client.get("/settings/reminders/"))

    assert "Thing due" in page
    assert "Its owner" in page
    assert "7 days before, 2 days before, on the day, 1 day after and 3 days after" in page


def test_preview_shows_what_a_contact_would_get(
    hr_client, organisation, planner, rules_shipped, contact
):
    other = ContactFactory(organisation=organisation, language="en")
    planner.add(contact, datetime.date(2026, 6, 1), text="Collect the laptop")
    planner.add(other, datetime.date(2026, 6, 1), text="Plan the exit talk")
    now = operations.database_now()
    operations.plan(organisation=organisation, at=local(2026, 5, 27))
    type(contact).objects.get(pk=contact.pk).reminders.update(
        due_at=now, expires_at=now + datetime.timedelta(days=1)
    )
    type(other).objects.get(pk=other.pk).reminders.update(
        due_at=now, expires_at=now + datetime.timedelta(days=1)
    )

    response = hr_client.get(f"/settings/reminders/preview/?contact={other.public_id}")

    assert "Plan the exit talk" in words_of(response)
    assert "Collect the laptop" not in response.context["text"]


def test_preview_without_anything_due_shows_an_example(hr_client, planner, rules_shipped):
    response = hr_client.get("/settings/reminders/preview/?contact=nonsense")

    assert "Collect the laptop (4 days late) and 1 more" in response.context["sample"]
    assert "Collect the laptop (4 days late) and 1 more" in words_of(response)
    assert "This is an example." in words_of(response)


def test_a_message_that_was_not_tried_says_why_in_words():
    with translation.override("nl"):
        assert "daarom is dit niet geprobeerd" in MessageAttempt(code="suppressed").answer
        assert MessageAttempt(code="recipient 550").answer.endswith("550")
