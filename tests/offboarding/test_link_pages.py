from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

import engagements.operations
import knowledge.operations
import offboarding.operations
from core.actors import SYSTEM, Actor
from core.models import Contact
from engagements.models import EngagementChange
from knowledge.models import Deliverable, LedgerEntry, TransferForm
from offboarding.models import ChecklistItem
from tests.factories.core import ContactFactory
from tests.factories.engagements import EngagementFactory


@pytest.fixture
def engagement(organisation):
    today = organisation.today()
    return EngagementFactory(
        organisation=organisation,
        freelancer__full_name="Fatima El Idrissi",
        starts_on=today - timedelta(days=200),
        ends_on=today + timedelta(days=8),
    )


@pytest.fixture
def started(engagement, organisation):
    offboarding.operations.ship_procedure(organisation=organisation)
    offboarding.operations.start_checklists(engagement=engagement, actor=SYSTEM)
    return engagement


def client_of(engagement, contact=None) -> Client:
    contact = contact or engagement.manager
    _grant, token = engagements.operations.issue_grant(
        contact_id=contact.pk,
        engagement_id=engagement.pk,
        scopes=engagements.operations.scopes_for(contact, engagement),
    )
    client = Client()
    response = client.post(reverse("engagements:grant_open", args=[token]))
    assert response["Location"] == reverse("offboarding:link_tasks")
    return client


def an_item(engagement, **wanted) -> ChecklistItem:
    return ChecklistItem.objects.filter(
        engagement=engagement, owner=engagement.manager, state="open", **wanted
    ).first()


def test_a_manager_sees_their_own_questions(started):
    page = client_of(started).get("/link/").content.decode()

    assert "Fatima El Idrissi" in page
    assert an_item(started).text_nl in page


def test_welcome_tasks_from_before_the_list_are_listed_and_not_asked(started):
    early = ChecklistItem.objects.filter(engagement=started, is_backlog=True)
    early = early.filter(owner=started.manager).first()
    client = client_of(started)

    page = client.get("/link/").content.decode()

    listed = page.index("Van vóór deze lijst")
    assert early.text_nl in page[listed:]
    assert early.text_nl not in page[:listed]
    assert "te laat" not in client.get(f"/link/items/{early.public_id}/").content.decode()


def test_without_a_live_session_every_page_says_to_open_the_mail_again(started):
    item = an_item(started)
    for path in ("/link/", "/link/done/", "/link/end/", f"/link/items/{item.public_id}/"):
        response = Client().get(path)
        assert response.status_code == 404
        assert "Fatima" not in response.content.decode()


def test_a_tick_is_saved_at_once_under_the_name_of_the_holder(started):
    item = an_item(started, needs_evidence=False)
    client = client_of(started)

    response = client.post(f"/link/items/{item.public_id}/", {"answer": "done"})

    assert response.status_code == 302
    item.refresh_from_db()
    assert item.state == "done"
    assert item.settled_by == started.manager.name


def test_not_yet_asks_when(started):
    item = an_item(started)
    client = client_of(started)
    url = f"/link/items/{item.public_id}/"
    later = started.organisation.today() + timedelta(days=3)

    assert 'type="date"' in client.get(url + "?answer=not_yet").content.decode()
    assert client.post(url, {"answer": "not_yet", "expected_on": "2001-01-01"}).status_code == 422
    client.post(url, {"answer": "not_yet", "expected_on": later.isoformat()})

    item.refresh_from_db()
    assert item.state == "open"
    assert item.expected_on == later


def test_not_applicable_needs_a_reason_and_is_no_way_around_the_gate(started):
    client = client_of(started)
    free, gate = an_item(started, is_gate=False), an_item(started, is_gate=True)

    url = f"/link/items/{free.public_id}/"
    assert client.post(url, {"answer": "not_applicable", "reason": ""}).status_code == 422
    client.post(url, {"answer": "not_applicable", "reason": "There is no successor."})
    refused = client.post(
        f"/link/items/{gate.public_id}/", {"answer": "not_applicable", "reason": "Too busy."}
    )

    free.refresh_from_db()
    gate.refresh_from_db()
    assert (free.state, gate.state) == ("waived", "open")
    assert refused.status_code == 403


def test_the_task_of_somebody_else_is_not_there(started):
    other = ContactFactory(organisation=started.organisation)
    item = an_item(started)
    client = client_of(started, other)

    assert client.get(f"/link/items/{item.public_id}/").status_code == 404
    assert client.post(f"/link/items/{item.public_id}/", {"answer": "done"}).status_code == 404
    assert client.get("/link/end/").status_code == 403


@pytest.mark.parametrize(
    ("kind", "days"), [("end_as_planned", None), ("swap", None), ("extension", 60)]
)
def test_deciding_asks_hr_and_ticks_the_step(started, kind, days):
    client = client_of(started)
    new_end = started.ends_on + timedelta(days=days) if days else None

    response = client.post(
        "/link/end/",
        {"kind": kind, "new_ends_on": new_end.isoformat() if new_end else "", "reason": "x"},
    )

    assert response.status_code == 302
    change = EngagementChange.objects.get()
    assert (change.kind, change.new_ends_on) == (kind, new_end)
    assert change.requested_by == started.manager.name
    assert not ChecklistItem.objects.open().filter(engagement=started, code="OF01").exists()
    started.refresh_from_db()
    assert started.ends_on != new_end


def test_an_extension_without_a_date_is_refused_beside_the_date(started):
    response = client_of(started).post("/link/end/", {"kind": "extension", "new_ends_on": ""})

    assert response.status_code == 422
    assert "new_ends_on" in response.context["form"].errors
    assert not EngagementChange.objects.exists()


def test_the_questions_follow_each_other_and_end_with_thanks(started):
    client = client_of(started)
    response = client.get("/link/")
    pages = 0
    url = response.context["asked"][0].url
    while url != "/link/done/" and pages < 40:
        data = {"answer": "done", "kind": "end_as_planned", "note": "Gedaan, zie dossier."}
        response = client.post(url, data)
        assert response.status_code == 302, response.context["form"].errors
        url, pages = response["Location"], pages + 1

    assert url == "/link/done/"
    assert pages > 1
    assert client.get(url).status_code == 200
    assert not client.get("/link/").context["asked"]


def test_a_colleague_acts_for_who_handed_the_questions_on(started):
    client = client_of(started)
    client.post("/link/hand-on/", {"name": "Samira Haddou", "email": "s.haddou@veldam.example"})
    samira = Contact.objects.get(email="s.haddou@veldam.example")
    first = started.grants.get(contact=started.manager)
    _grant, token = engagements.operations.issue_grant(
        contact_id=samira.pk,
        engagement_id=started.pk,
        scopes=engagements.operations.scopes_for(samira, started),
        handed_on_by_id=first.pk,
    )
    colleague = Client()
    colleague.post(f"/l/{token}/")
    item = an_item(started, needs_evidence=False)

    colleague.post(f"/link/items/{item.public_id}/", {"answer": "done"})

    item.refresh_from_db()
    assert item.settled_by == "Samira Haddou"


def test_the_calendar_file_has_the_last_day(started):
    response = client_of(started).get("/link/calendar.ics")

    assert response["Content-Type"].startswith("text/calendar")
    assert f"{started.ends_on:%Y%m%d}" in response.content.decode()


def test_a_link_page_asks_few_queries(started, django_assert_max_num_queries):
    client = client_of(started)
    client.get("/link/")

    with django_assert_max_num_queries(15):
        client.get("/link/")


@pytest.fixture
def handed_in(started, organisation):
    knowledge.operations.ship_policies(organisation=organisation)
    fatima = Actor(label="Fatima El Idrissi", contact_id=started.freelancer.business_contact_id)
    form = TransferForm.objects.get(policy__is_default=True, code__contains="runbook")
    deliverable = knowledge.operations.start_deliverable(
        engagement_id=started.pk, form_id=form.pk, title="Koppelingen", outcome="", actor=fatima
    )
    knowledge.operations.save_draft(
        deliverable_id=deliverable.pk,
        content=knowledge.operations.Content(kind="text", text="# Start\n\nLees eerst dit."),
        actor=fatima,
    )
    return knowledge.operations.submit_deliverable(deliverable_id=deliverable.pk, actor=fatima)


def test_accepting_behind_the_link_books_points(handed_in, started):
    url = f"/link/handovers/{handed_in.public_id}/"
    client = client_of(started)
    assert "Lees eerst dit" in client.get(url).content.decode()

    verdict = {"verdict": "accepted", "is_complete": "yes", "is_usable": "yes"}
    answer = client.post(url, verdict, follow=True)

    assert "U hebt dit aanvaard." in answer.content.decode()
    handed_in.refresh_from_db()
    assert handed_in.state == Deliverable.State.ACCEPTED
    assert LedgerEntry.objects.get().booked_by == started.manager.name


@pytest.mark.parametrize("verdict", ["accepted", "changes_asked"])
def test_no_answer_reaches_a_version_that_the_page_did_not_show(handed_in, started, verdict):
    url = f"/link/handovers/{handed_in.public_id}/"
    client = client_of(started)
    assert 'name="version" value="1"' in client.get(url).content.decode()
    a_newer_version(handed_in, started)

    answer = {"verdict": verdict, "comment": "Goed.", "version": "1"}
    response = client.post(url, answer, follow=True)

    handed_in.refresh_from_db()
    assert handed_in.state == Deliverable.State.SUBMITTED
    assert "nieuwer" in response.content.decode() or "newer version" in response.content.decode()
    assert 'name="version" value="2"' in response.content.decode()

    client.post(url, {**answer, "version": "2"})
    handed_in.refresh_from_db()
    assert handed_in.state == verdict


def a_newer_version(handed_in, started):
    fatima = Actor(label="Fatima El Idrissi", contact_id=started.freelancer.business_contact_id)
    manager = Actor(label="Peter Bos", contact_id=started.manager_id)
    facts = {"deliverable_id": handed_in.pk}
    knowledge.operations.ask_changes(**facts, comment="Meer.", actor=manager)
    content = knowledge.operations.Content(kind="text", text="Iets heel anders.")
    knowledge.operations.save_draft(**facts, content=content, actor=fatima)
    knowledge.operations.submit_deliverable(**facts, actor=fatima)


def test_asking_for_changes_needs_a_comment(handed_in, started):
    url = f"/link/handovers/{handed_in.public_id}/"
    client = client_of(started)

    assert client.post(url, {"verdict": "changes_asked", "comment": ""}).status_code == 422
    client.post(url, {"verdict": "changes_asked", "comment": "Mis foutafhandeling."})

    handed_in.refresh_from_db()
    assert handed_in.state == Deliverable.State.CHANGES_ASKED
    assert not LedgerEntry.objects.exists()


def test_grades_start_with_a_capital_and_the_best_comes_first(handed_in, engagement):
    page = client_of(engagement).get(f"/link/handovers/{handed_in.public_id}/")

    for name in ("is_complete", "is_usable"):
        labels = [str(label) for _value, label in page.context["form"].fields[name].choices]
        assert labels == ["Ja", "Deels", "Nee"]


def test_a_handover_of_another_engagement_is_not_there(handed_in, organisation):
    other = EngagementFactory(organisation=organisation)

    client = client_of(other)

    assert client.get(f"/link/handovers/{handed_in.public_id}/").status_code == 404


def test_the_link_cookie_is_not_the_session_cookie(started):
    client = client_of(started)

    assert settings.LINK_COOKIE_NAME in client.cookies
    assert settings.SESSION_COOKIE_NAME not in client.cookies
