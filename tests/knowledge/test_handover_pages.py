import hashlib
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from lxml import html

from core.actors import Actor
from core.scoping import organisation_scope
from knowledge import operations
from knowledge.models import Deliverable, LedgerEntry
from tests.factories.accounts import MembershipFactory
from tests.factories.core import ContactFactory, OrganisationFactory
from tests.factories.engagements import EngagementFactory
from tests.factories.knowledge import DeliverableFactory, DeliverableVersionFactory
from tests.factories.uploads import make_pdf
from tests.knowledge.conftest import attach, hand_in, start, write

LIST = reverse("knowledge:deliverable_list")


@pytest.fixture
def auditor(organisation):
    member = MembershipFactory(organisation=organisation, role="auditor")
    client = Client()
    client.force_login(member.user)
    return client


def page_of(client, deliverable):
    return client.get(deliverable.get_absolute_url())


def url_of(name, thing):
    return reverse(f"knowledge:{name}", args=[thing.public_id])


def words_of(response):
    return " ".join(response.content.decode().split())


def test_what_waits_for_review_stands_on_top_the_oldest_first(organisation, hr_client):
    engagement = EngagementFactory(organisation=organisation)
    now = timezone.now()
    for title, state, days in [
        ("Klaar", "accepted", 9),
        ("Nieuw", "submitted", 1),
        ("Oud", "submitted", 5),
        ("Terug", "changes_asked", 7),
    ]:
        DeliverableFactory(
            engagement=engagement,
            title=title,
            state=state,
            submitted_at=now - timedelta(days=days),
            review_due_on=timezone.localdate() - timedelta(days=days - 3),
            decided_at=now if state in ("accepted", "changes_asked") else None,
        )

    response = hr_client.get(LIST)

    assert [d.title for d in response.context["page_obj"]] == ["Oud", "Nieuw", "Terug", "Klaar"]
    assert "2 days late" in words_of(response)


def test_the_filter_stands_in_the_address(organisation, hr_client, engagement, author):
    hand_in(engagement, author, title="Koppelingen")
    start(engagement, author, title="Concept")

    waiting = hr_client.get(LIST, {"state": "submitted"})
    assert [d.title for d in waiting.context["page_obj"]] == ["Koppelingen"]
    tabs = {tab.label: (tab.count, tab.is_current) for tab in waiting.context["tabs"]}
    assert tabs["Waiting for review"] == (1, True)
    assert tabs["All"] == (2, False)

    found = hr_client.get(LIST, {"q": "conc"})
    assert [d.title for d in found.context["page_obj"]] == ["Concept"]
    by_name = hr_client.get(LIST, {"q": "el idrissi"})
    assert len(by_name.context["page_obj"]) == 2

    nothing = hr_client.get(LIST, {"state": "accepted"})
    assert "No handover fits" in words_of(nothing)
    nonsense = hr_client.get(LIST, {"state": "x' OR 1=1", "page": "-3"})
    assert len(nonsense.context["page_obj"]) == 2


def test_a_closed_file_waits_for_nobody(hr_client, engagement, submitted):
    engagement.closed_at = timezone.now()
    engagement.save()

    response = hr_client.get(LIST, {"state": "submitted"})

    assert list(response.context["page_obj"]) == []


def test_an_empty_list_says_what_to_do(hr_client, organisation):
    assert "Nothing was handed over yet" in words_of(hr_client.get(LIST))


def test_the_list_needs_few_queries(organisation, hr_client, django_assert_max_num_queries):
    for _number in range(30):
        DeliverableFactory(engagement__organisation=organisation, submitted=True)

    with django_assert_max_num_queries(12):
        response = hr_client.get(LIST)

    assert len(response.context["page_obj"]) == 25


def test_the_page_shows_what_accepting_would_book(hr_client, submitted):
    response = page_of(hr_client, submitted)

    text = words_of(response)
    assert "Accept: 2.4 points" in text
    assert "Accepting books 30% of 8 points, cap not reached." in text
    assert "no agreement yet" in text
    assert "Zo start u de koppeling opnieuw." in text


def test_markdown_is_shown_and_html_stays_text(hr_client, engagement, author):
    deliverable = start(engagement, author)
    write(deliverable, author, text="**Let op** <script>alert(1)</script> <img src=x onerror=y>")
    operations.submit_deliverable(deliverable_id=deliverable.pk, actor=author)

    html = page_of(hr_client, deliverable).content.decode()

    assert "<strong>Let op</strong>" in html
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<img src=x" not in html


def test_grades_start_with_a_capital_and_the_best_comes_first(hr_client, submitted):
    page = html.fromstring(page_of(hr_client, submitted).content.decode())

    for name in ("is_complete", "is_usable"):
        labels = page.xpath(f"//label[input[@name='{name}']] | //input[@name='{name}']/../label")
        assert [label.text_content().strip() for label in labels] == ["Yes", "Partly", "No"]


def test_accepting_on_the_page_books(hr_client, hr, submitted):
    answers = {"is_complete": "yes", "is_usable": "partly", "comment": "Dank!"}

    response = hr_client.post(url_of("deliverable_accept", submitted), answers, follow=True)

    submitted.refresh_from_db()
    assert submitted.state == "accepted"
    assert LedgerEntry.objects.get().booked_by == str(hr.user)
    text = words_of(response)
    assert "The handover is accepted." in text
    assert "30% of 8 points" in text


def test_asking_for_changes_without_a_comment_keeps_what_was_answered(hr_client, submitted):
    response = hr_client.post(
        url_of("deliverable_ask_changes", submitted), {"is_complete": "no", "comment": " "}
    )

    assert response.status_code == 422
    assert "Say what is missing or unclear" in words_of(response)
    assert response.context["review_form"]["is_complete"].value() == "no"
    submitted.refresh_from_db()
    assert submitted.state == "submitted"


def test_asking_for_changes_gives_it_back(hr_client, submitted):
    response = hr_client.post(
        url_of("deliverable_ask_changes", submitted), {"comment": "Mis foutafhandeling"}
    )

    assert response.status_code == 302
    submitted.refresh_from_db()
    assert submitted.state == "changes_asked"
    text = words_of(page_of(hr_client, submitted))
    assert "Mis foutafhandeling" in text
    assert "Your review" not in text


def test_an_answer_that_comes_too_late_says_so(hr_client, submitted, reviewer):
    operations.accept_deliverable(deliverable_id=submitted.pk, actor=reviewer)

    response = hr_client.post(url_of("deliverable_accept", submitted), follow=True)

    assert "does not wait for review any more" in words_of(response)
    assert LedgerEntry.objects.count() == 1


@pytest.mark.parametrize("name", ["deliverable_accept", "deliverable_ask_changes"])
def test_no_answer_reaches_a_version_that_the_page_did_not_show(
    hr_client, submitted, author, reviewer, name
):
    seen = page_of(hr_client, submitted).context["review_form"]["version"].value()
    operations.ask_changes(deliverable_id=submitted.pk, comment="Meer graag", actor=reviewer)
    write(submitted, author, text="Uitgebreider")
    operations.submit_deliverable(deliverable_id=submitted.pk, actor=author)

    response = hr_client.post(
        url_of(name, submitted), {"comment": "Goed", "version": seen}, follow=True
    )

    submitted.refresh_from_db()
    assert submitted.state == "submitted"
    assert "handed in a newer version" in words_of(response)
    now = html.fromstring(response.content).xpath("//input[@name='version']/@value")
    assert now == ["2"]


def test_a_review_is_handed_on_to_a_colleague_of_the_organisation(
    hr_client, organisation, engagement, submitted
):
    colleague = ContactFactory(organisation=organisation, name="Samira Haddou")
    outsider = ContactFactory(organisation=organisation, is_external=True)
    find = page_of(hr_client, submitted).context["hand_on_form"].fields["contact"].find
    assert find("Samira") == [colleague]
    assert find(engagement.manager.email) == []
    assert find(outsider.email) == []

    response = hr_client.post(
        url_of("deliverable_hand_on", submitted), {"contact": colleague.email}, follow=True
    )

    submitted.refresh_from_db()
    assert submitted.reviewer == colleague
    assert "Samira Haddou is asked to review." in words_of(response)

    for wrong in (outsider.email, engagement.freelancer.full_name, "", "nonsense"):
        refused = hr_client.post(url_of("deliverable_hand_on", submitted), {"contact": wrong})
        assert refused.status_code == 422
    submitted.refresh_from_db()
    assert submitted.reviewer == colleague


def test_a_draft_is_the_professionals_own(hr_client, engagement, author):
    draft = start(engagement, author)
    write(draft, author, text="Nog niet af")
    file = attach(draft, author)

    text = words_of(page_of(hr_client, draft))

    assert "Drafts are theirs alone" in text
    assert "Nog niet af" not in text
    assert hr_client.get(url_of("file_download", file)).status_code == 404


def test_older_versions_stay_readable(hr_client, submitted, author, reviewer):
    operations.ask_changes(deliverable_id=submitted.pk, comment="Meer graag", actor=reviewer)
    write(submitted, author, text="Uitgebreider")
    operations.submit_deliverable(deliverable_id=submitted.pk, actor=author)

    newest = page_of(hr_client, submitted)
    older = hr_client.get(newest.request["PATH_INFO"], {"version": 1})

    assert "Uitgebreider" in words_of(newest)
    for words in ("Zo start u de koppeling opnieuw.", "Meer graag"):
        assert words in words_of(older)


@pytest.mark.parametrize("code", ["workshop", "handover-document", "runbook"])
def test_every_kind_of_handover_has_a_page(code, hr_client, engagement, author):
    deliverable = hand_in(engagement, author, code)
    response = page_of(hr_client, deliverable)

    assert response.status_code == 200
    if code == "workshop":
        assert "Samira Haddou, Peter Bos" in words_of(response)
    if code == "handover-document":
        assert "The first week" in words_of(response)


def test_the_page_needs_few_queries(hr_client, submitted, django_assert_max_num_queries):
    with django_assert_max_num_queries(25):
        page_of(hr_client, submitted)


def test_an_auditor_reads_and_decides_nothing(auditor, submitted):
    response = page_of(auditor, submitted)
    assert response.status_code == 200
    assert "Your review" not in words_of(response)

    for name in ("deliverable_accept", "deliverable_ask_changes", "deliverable_hand_on"):
        assert auditor.post(url_of(name, submitted), {"comment": "x"}).status_code == 403
    submitted.refresh_from_db()
    assert submitted.state == "submitted"


def test_somebody_of_hr_who_wrote_it_does_not_review_it(organisation, engagement, submitted):
    contact = engagement.freelancer.business_contact
    member = MembershipFactory(organisation=organisation, contact=contact)
    client = Client()
    client.force_login(member.user)

    text = words_of(page_of(client, submitted))
    assert "This is your own work" in text
    assert "Your review" not in text

    answer = client.post(url_of("deliverable_accept", submitted))
    submitted.refresh_from_db()
    assert submitted.state == "submitted"
    assert answer.status_code == 403


def test_another_organisation_finds_nothing(hr_client, db):
    other = OrganisationFactory()
    with organisation_scope(other):
        engagement = EngagementFactory(organisation=other)
        author = Actor(label="x", contact_id=engagement.freelancer.business_contact_id)
        deliverable = DeliverableFactory(engagement=engagement, submitted=True)
        DeliverableVersionFactory(deliverable=deliverable, submitted_at=timezone.now())
        file = attach(start(engagement, author), author)

    assert page_of(hr_client, deliverable).status_code == 404
    assert hr_client.get(url_of("file_download", file)).status_code == 404
    assert hr_client.post(url_of("deliverable_accept", deliverable)).status_code == 404
    assert deliverable.title not in words_of(hr_client.get(LIST))


def test_a_visitor_is_asked_to_sign_in(client, submitted):
    for url in (LIST, submitted.get_absolute_url()):
        assert client.get(url).status_code == 302
    assert client.post(url_of("deliverable_accept", submitted)).status_code == 302
    assert Deliverable.objects.get().state == "submitted"


def test_a_file_leaves_as_a_download_that_no_browser_runs(hr_client, engagement, author):
    content = make_pdf()
    deliverable = start(engagement, author)
    file = attach(deliverable, author, "Overdracht café “nieuw”.pdf", content)
    operations.submit_deliverable(deliverable_id=deliverable.pk, actor=author)

    response = hr_client.get(url_of("file_download", file))

    body = b"".join(response.streaming_content)
    assert hashlib.sha256(body).hexdigest() == file.sha256
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Length"] == str(len(content))
    disposition = response["Content-Disposition"]
    assert disposition.startswith("attachment; filename*=utf-8''")
    assert unquote(disposition.split("''")[1]) == "Overdracht café “nieuw”.pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response["Cache-Control"] == "no-store"


def test_a_download_is_not_packed_again(hr_client, engagement, author):
    deliverable = start(engagement, author)
    file = attach(deliverable, author)
    operations.submit_deliverable(deliverable_id=deliverable.pk, actor=author)

    response = hr_client.get(url_of("file_download", file), headers={"accept-encoding": "gzip"})

    assert response["Content-Encoding"] == "identity"
    assert b"".join(response.streaming_content).startswith(b"%PDF")


def test_a_review_that_was_decided_meanwhile_is_not_handed_on(
    hr_client, organisation, submitted, reviewer
):
    colleague = ContactFactory(organisation=organisation)
    operations.accept_deliverable(deliverable_id=submitted.pk, actor=reviewer)

    response = hr_client.post(
        url_of("deliverable_hand_on", submitted), {"contact": colleague.email}, follow=True
    )

    assert "This page shows how it is now." in words_of(response)
    submitted.refresh_from_db()
    assert submitted.reviewer is None


def test_a_comment_that_is_too_long_comes_back(hr_client, submitted):
    response = hr_client.post(url_of("deliverable_accept", submitted), {"comment": "x" * 4001})

    assert response.status_code == 422
    assert "at most 4000 characters" in words_of(response)
