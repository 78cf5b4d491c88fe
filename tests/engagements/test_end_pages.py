"""Changing the end in two steps, deciding on requests, closing and cancelling on pages."""

import datetime

import pytest
from lxml import html

from core.actors import Actor
from engagements.events import Blocker, Effect
from engagements.models import EngagementChange, Waiver
from engagements.operations import move_end, request_change
from tests.factories.engagements import EngagementFactory

pytestmark = pytest.mark.usefixtures("monday")

END = datetime.date(2026, 12, 1)
LATER = datetime.date(2026, 12, 15)


@pytest.fixture
def engagement(organisation, heard):
    return EngagementFactory(
        organisation=organisation, starts_on=datetime.date(2026, 3, 2), ends_on=END
    )


def page(response):
    return html.fromstring(response.content.decode())


def text(response):
    return " ".join(page(response).xpath("//main")[0].text_content().split())


def asked(engagement, kind="extension"):
    asker = Actor(label=engagement.manager.name, kind="link", contact_id=engagement.manager_id)
    return request_change(
        engagement_id=engagement.pk,
        kind=kind,
        new_ends_on=LATER,
        reason="Phase two",
        actor=asker,
    )


def url(engagement, name="end"):
    return f"/engagements/{engagement.public_id}/{name}/"


def test_the_kinds_of_change_start_with_a_capital(hr_client, engagement):
    response = hr_client.get(url(engagement), {"new_ends_on": LATER.isoformat()})

    labels = [label for _kind, label in response.context["form"].fields["kind"].choices]
    assert "Extension" in labels
    assert all(label[0].isupper() for label in labels)


def test_the_first_question_is_the_day(hr_client, engagement):
    response = hr_client.get(url(engagement))

    assert response.status_code == 200
    assert "the last day is Tuesday 1 December" in text(response)
    assert page(response).xpath("//input[@name='new_ends_on']")


def test_the_preview_shows_old_and_new_by_owner_and_changes_nothing(hr_client, engagement, heard):
    heard.effects = [
        Effect(label="Revoke access", old_on=END, new_on=LATER, owner="IT desk"),
        Effect(label="Hand in laptop", old_on=END, new_on=LATER, owner="Peter Bos"),
        Effect(label="Say goodbye", old_on=END, new_on=None, owner="Peter Bos"),
        Effect(label="Read the agreement", old_on=END, new_on=END, owner="Peter Bos"),
    ]

    response = hr_client.get(url(engagement), {"new_ends_on": "2026-12-15"})

    rows = [" ".join(row.text_content().split()) for row in page(response).xpath("//tbody/tr")]
    assert rows == [
        "IT desk",
        "Revoke access Tue 1 Dec Tue 15 Dec",
        "Peter Bos",
        "Hand in laptop Tue 1 Dec Tue 15 Dec",
        "Say goodbye Tue 1 Dec no longer needed",
    ]
    assert "1 open task keeps its day" in text(response)
    assert page(response).xpath("//input[@name='kind'][@checked]/@value") == ["extension"]
    engagement.refresh_from_db()
    assert engagement.ends_on == END


@pytest.mark.parametrize(
    ("day", "kinds", "chosen"),
    [
        ("2026-12-15", ["extension", "correction"], "extension"),
        ("2026-11-27", ["shortening", "early_end", "correction"], "shortening"),
        ("2026-11-23", ["shortening", "early_end", "correction"], "early_end"),
    ],
)
def test_only_the_kinds_that_fit_are_offered(hr_client, engagement, day, kinds, chosen):
    found = page(hr_client.get(url(engagement), {"new_ends_on": day}))

    assert found.xpath("//input[@name='kind']/@value") == kinds
    assert found.xpath("//input[@name='kind'][@checked]/@value") == [chosen]


@pytest.mark.parametrize(
    ("day", "message"),
    [
        ("2026-01-01", "cannot be before the first day"),
        ("2026-12-01", "the last day already"),
        ("soon", "Enter a valid date"),
        ("", "required"),
    ],
)
def test_an_impossible_day_is_asked_again(hr_client, engagement, day, message):
    response = hr_client.get(url(engagement), {"new_ends_on": day})

    assert response.status_code == 422
    assert message in text(response)


def test_confirming_moves_the_end(hr_client, engagement, hr):
    response = hr_client.post(
        url(engagement),
        {"new_ends_on": "2026-12-15", "kind": "extension", "reason": "Phase two", "version": "1"},
    )

    assert response["Location"] == engagement.get_absolute_url()
    change = EngagementChange.objects.get()
    assert (change.new_ends_on, change.kind, change.reason) == (LATER, "extension", "Phase two")
    assert change.decided_by == hr.user.full_name


def test_confirming_without_a_kind_shows_the_preview_again(hr_client, engagement):
    response = hr_client.post(url(engagement), {"new_ends_on": "2026-12-15", "version": "1"})

    assert response.status_code == 422
    assert "New last day" in text(response)
    assert not EngagementChange.objects.exists()


def test_a_refused_move_is_explained_on_the_preview(hr_client, engagement):
    EngagementFactory(
        organisation=engagement.organisation,
        freelancer=engagement.freelancer,
        department=engagement.department,
        starts_on=datetime.date(2026, 12, 2),
        ends_on=LATER,
    )

    response = hr_client.post(
        url(engagement), {"new_ends_on": "2026-12-15", "kind": "extension", "version": "1"}
    )

    assert response.status_code == 409
    assert "already has an engagement at this department" in text(response)


def test_a_move_from_an_older_page_shows_what_is_so_now(hr_client, engagement, actor):
    move_end(
        engagement_id=engagement.pk,
        new_ends_on=datetime.date(2026, 12, 31),
        kind="extension",
        reason="",
        actor=actor,
    )

    response = hr_client.post(
        url(engagement),
        {"new_ends_on": "2026-12-15", "kind": "extension", "version": "1"},
        follow=True,
    )

    assert "Somebody else changed this engagement" in text(response)
    assert "Last day now Thu 31 Dec" in text(response)
    assert page(response).xpath("//input[@name='version']/@value") == ["2"]


@pytest.mark.parametrize(("kind", "leads_to"), [("end_as_planned", ""), ("swap", "successor")])
def test_that_the_date_stays_takes_one_button(hr_client, engagement, kind, leads_to):
    response = hr_client.post(url(engagement, "end/confirm"), {"kind": kind})

    assert response["Location"] == (
        url(engagement, leads_to) if leads_to else engagement.get_absolute_url()
    )
    change = EngagementChange.objects.get()
    assert (change.kind, change.state) == (kind, "applied")


def test_that_the_date_stays_is_refused_after_the_end(hr_client, ended):
    hr_client.post(url(ended, "end/confirm"), {"kind": "end_as_planned"})

    assert not EngagementChange.objects.exists()


def test_a_button_that_does_not_exist_changes_nothing(hr_client, engagement):
    hr_client.post(url(engagement, "end/confirm"), {"kind": "extension"})

    assert not EngagementChange.objects.exists()


def test_a_closed_file_offers_no_change_of_its_end(hr_client, organisation, heard):
    closed = EngagementFactory(
        organisation=organisation, closed_at=datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
    )

    response = hr_client.get(url(closed))

    assert "Its dates stay as they are" in text(response)
    assert not page(response).xpath("//input[@name='new_ends_on']")


def test_a_waiting_request_is_pointed_at(hr_client, engagement):
    change = asked(engagement)

    links = page(hr_client.get(url(engagement))).xpath("//main//a/@href")

    assert change.get_absolute_url() in links


def test_a_request_is_shown_with_what_it_would_shift_and_carried_out(hr_client, engagement, heard):
    heard.effects = [Effect(label="Hand in laptop", old_on=END, new_on=LATER, owner="P. Bos")]
    change = asked(engagement)

    shown = text(hr_client.get(change.get_absolute_url()))
    assert "Extension" in shown
    assert "Phase two" in shown
    assert "Hand in laptop Tue 1 Dec Tue 15 Dec" in shown

    response = hr_client.post(
        change.get_absolute_url(), {"answer": "approve", "reason": ""}, follow=True
    )

    engagement.refresh_from_db()
    assert engagement.ends_on == LATER
    assert "Carried out" in text(response)
    assert not page(response).xpath("//main//form[@method='post']")


def test_declining_needs_an_answer(hr_client, engagement):
    change = asked(engagement)

    response = hr_client.post(change.get_absolute_url(), {"answer": "decline", "reason": " "})
    assert response.status_code == 422
    assert "Say why" in text(response)

    hr_client.post(change.get_absolute_url(), {"answer": "decline", "reason": "No budget"})
    change.refresh_from_db()
    assert (change.state, change.decision_note) == ("declined", "No budget")


def test_a_swap_leads_to_naming_or_planning_the_successor(hr_client, engagement):
    change = asked(engagement, kind="swap")

    decided = hr_client.post(change.get_absolute_url(), {"answer": "approve"}, follow=True)

    successor = url(engagement, "successor")
    assert successor in page(decided).xpath("//main//a/@href")
    links = page(hr_client.get(successor)).xpath("//main//a/@href")
    assert f"/engagements/new/?after={engagement.public_id}" in links


def test_deciding_twice_is_refused(hr_client, engagement):
    change = asked(engagement)
    hr_client.post(change.get_absolute_url(), {"answer": "approve"})

    response = hr_client.post(change.get_absolute_url(), {"answer": "approve"})

    assert response.status_code == 409


def test_a_file_closes_when_nothing_is_missing(hr_client, ended):
    assert "Nothing is missing" in text(hr_client.get(url(ended, "close")))

    response = hr_client.post(url(ended, "close"))

    assert response["Location"] == ended.get_absolute_url()
    ended.refresh_from_db()
    assert ended.closed_at is not None


def test_what_is_missing_is_listed_with_its_place_and_a_reason_each(hr_client, ended, heard, hr):
    heard.blockers = [
        Blocker(code="item:1", label="Hand in laptop", url="/offboarding/items/1/"),
        Blocker(code="points", label="62 of 100 points"),
    ]

    found = page(hr_client.get(url(ended, "close")))
    assert "/offboarding/items/1/" in found.xpath("//main//a/@href")
    assert found.xpath("//textarea/@name") == ["waive-item:1", "waive-points"]

    response = hr_client.post(url(ended, "close"), {"waive-item:1": "Stolen"})
    assert response.status_code == 422
    ended.refresh_from_db()
    assert ended.closed_at is None

    hr_client.post(url(ended, "close"), {"waive-item:1": "Stolen", "waive-points": "Agreed"})
    ended.refresh_from_db()
    assert ended.closed_at is not None
    assert dict(Waiver.objects.values_list("blocker", "reason")) == {
        "item:1": "Stolen",
        "points": "Agreed",
    }
    assert {waiver.approved_by for waiver in Waiver.objects.all()} == {hr.user.full_name}


def test_a_running_engagement_shows_what_is_missing_but_cannot_be_closed(
    hr_client, engagement, heard
):
    heard.blockers = [Blocker(code="item:1", label="Hand in laptop")]

    response = hr_client.get(url(engagement, "close"))
    assert "has not ended yet" in text(response)
    assert "Hand in laptop" in text(response)
    assert not page(response).xpath("//main//form[@method='post']")

    refused = hr_client.post(url(engagement, "close"), {"waive-item:1": "Stolen"})
    assert refused.status_code == 409
    engagement.refresh_from_db()
    assert engagement.closed_at is None


def test_a_planned_engagement_is_cancelled_with_a_reason(hr_client, organisation, heard):
    planned = EngagementFactory(
        organisation=organisation,
        starts_on=datetime.date(2026, 12, 1),
        ends_on=datetime.date(2027, 6, 1),
    )
    edit = page(hr_client.get(url(planned, "edit")))
    assert url(planned, "cancel") in edit.xpath("//main//a/@href")

    assert hr_client.post(url(planned, "cancel"), {"reason": ""}).status_code == 422
    response = hr_client.post(url(planned, "cancel"), {"reason": "No budget"})

    assert response["Location"] == planned.get_absolute_url()
    planned.refresh_from_db()
    assert planned.cancel_reason == "No budget"


def test_a_running_engagement_is_not_cancelled(hr_client, engagement):
    assert "has not started can be cancelled" in text(hr_client.get(url(engagement, "cancel")))

    refused = hr_client.post(url(engagement, "cancel"), {"reason": "No budget"})

    assert refused.status_code == 409


@pytest.mark.parametrize("name", ["edit", "end", "close", "cancel"])
def test_an_auditor_looks_but_does_not_change(hr, hr_client, engagement, name):
    hr.role = "auditor"
    hr.save()

    assert hr_client.get(url(engagement, name)).status_code == 403
    assert hr_client.post(url(engagement, name)).status_code == 403
