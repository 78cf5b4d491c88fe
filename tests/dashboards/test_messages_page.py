from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone, translation

from notifications import planning
from notifications.models import Message, MessageAttempt, ReminderRule
from notifications.operations import ship_rules
from tests.factories.accounts import MembershipFactory
from tests.factories.core import ContactFactory
from tests.factories.engagements import EngagementFactory


@pytest.fixture
def dead(organisation):
    contact = ContactFactory(
        organisation=organisation,
        name="Karel Smit",
        email="k.smit@veldam.example",
        bounced_at=timezone.now(),
        bounce_code="550 5.1.1",
    )
    return Message.objects.create(
        organisation=organisation,
        kind="digest",
        dedupe_key="digest:1",
        contact=contact,
        state="dead",
        reason="bounced",
        last_code="550 5.1.1",
        expires_at=timezone.now() + timedelta(days=1),
    )


def test_what_did_not_arrive_stands_on_top_with_its_reason(hr_client, dead, organisation):
    Message.objects.create(
        organisation=organisation,
        kind="digest",
        dedupe_key="digest:2",
        contact=ContactFactory(organisation=organisation),
        expires_at=timezone.now() + timedelta(days=1),
    )

    page = hr_client.get("/messages/")

    assert page.context["rows"][0].message == dead
    assert "k.smit@veldam.example" in page.content.decode()
    assert len(hr_client.get("/messages/?state=dead").context["rows"]) == 1


def test_the_list_costs_the_same_for_many(hr_client, organisation, django_assert_max_num_queries):
    contact = ContactFactory(organisation=organisation)
    for number in range(30):
        Message.objects.create(
            organisation=organisation,
            kind="digest",
            dedupe_key=f"digest:{number}",
            contact=contact,
            expires_at=timezone.now() + timedelta(days=1),
        )
    hr_client.get("/messages/")

    with django_assert_max_num_queries(11):
        hr_client.get("/messages/")


def promised(organisation, state, **more):
    now = timezone.now()
    settled = {
        "sent": {"sent_at": now},
        "leased": {"lease_token": uuid4(), "lease_until": now + timedelta(minutes=5)},
    }.get(state, {})
    return Message.objects.create(
        organisation=organisation,
        kind="digest",
        dedupe_key=f"digest:{state}:{more}",
        state=state,
        expires_at=timezone.now() + timedelta(days=1),
        **{"contact": ContactFactory(organisation=organisation), **settled, **more},
    )


def test_the_views_of_the_list_add_up_to_all_of_it(hr_client, organisation):
    for state in Message.State.values:
        promised(organisation, state)

    every, *views = hr_client.get("/messages/").context["tabs"]

    assert every.count == len(Message.State) == sum(view.count for view in views)
    for view in [every, *views]:
        assert len(hr_client.get(view.url).context["rows"]) == view.count


def test_a_search_finds_who_a_message_is_to_and_which_professional_it_is_about(
    hr_client, organisation
):
    fatima = EngagementFactory(organisation=organisation, freelancer__full_name="Fátima El Idrissi")
    karel = ContactFactory(organisation=organisation, name="Karel Smit", email="k@veldam.example")
    about = promised(organisation, "sent", dossier=fatima.public_id)
    to_karel = promised(organisation, "dead", contact=karel)
    both = promised(organisation, "pending", contact=karel, dossier=fatima.public_id)

    def found(words, state=""):
        page = hr_client.get("/messages/", {"q": words, "state": state})
        return {row.message for row in page.context["rows"]}, page.context["tabs"]

    assert found("fatima")[0] == {about, both}
    assert found("Smit")[0] == found("k@veldam")[0] == {to_karel, both}
    assert found("idrissi smit")[0] == {both}
    rows, tabs = found("smit", "dead")
    assert rows == {to_karel}
    assert [tab.count for tab in tabs if tab.count] == [2, 1, 1]
    assert all("q=smit" in tab.url for tab in tabs)
    assert found("nobody")[0] == set()
    assert b"Show all messages" in hr_client.get("/messages/?q=nobody").content


def test_another_address_takes_the_message_over(hr_client, dead):
    response = hr_client.post(
        f"/messages/{dead.public_id}/elsewhere/", {"email": "karel.smit@veldam.example"}
    )

    assert response.status_code == 302
    dead.refresh_from_db()
    assert dead.state == "superseded"
    copy = Message.objects.exclude(pk=dead.pk).get()
    assert copy.contact.email == "karel.smit@veldam.example"


def test_a_senseless_address_is_refused_and_nothing_changes(hr_client, dead):
    response = hr_client.post(f"/messages/{dead.public_id}/elsewhere/", {"email": "nonsense"})

    assert response.status_code == 422
    dead.refresh_from_db()
    assert dead.state == "dead"


def test_trying_again_puts_it_back_in_the_queue(hr_client, dead):
    hr_client.post(f"/messages/{dead.public_id}/again/")

    dead.refresh_from_db()
    assert dead.state == "pending"


def test_the_steps_of_sending_are_shown(hr_client, dead, organisation):
    MessageAttempt.objects.create(
        organisation=organisation,
        message=dead,
        number=1,
        lease_token=dead.public_id,
        step="refused",
        code="550 5.1.1",
    )

    assert "550 5.1.1" in hr_client.get(f"/messages/{dead.public_id}/").content.decode()


def test_an_auditor_cannot_send_again(client, dead, organisation):
    client.force_login(MembershipFactory(organisation=organisation, role="auditor").user)

    assert client.get(f"/messages/{dead.public_id}/").status_code == 200
    assert client.post(f"/messages/{dead.public_id}/again/").status_code == 403


def test_a_rule_is_changed_by_its_page(client, organisation):
    ship_rules(organisation=organisation)
    client.force_login(MembershipFactory(organisation=organisation, role="admin").user)
    rule = ReminderRule.objects.order_by("pk").first()
    url = f"/settings/reminders/{rule.code}/"
    assert client.get("/settings/reminders/").status_code == 200
    assert client.get(url).status_code == 200

    assert client.post(url, {"is_active": "on", "offsets": ""}).status_code == 422
    assert client.post(url, {"offsets": "-10,-5", "escalate_after": "2"}).status_code == 302

    rule.refresh_from_db()
    assert (rule.is_active, rule.offsets, rule.escalate_after) == (False, [-10, -5], [2])


def test_every_kind_of_message_has_a_name_in_both_languages():
    for kind in planning._answers.composers:
        named = {}
        for language in ("en", "nl"):
            with translation.override(language):
                named[language] = str(planning._answers.names[kind])
        assert named["en"], kind
        assert named["nl"] != named["en"], kind
