import pytest
from django.core.paginator import Paginator
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from core.scoping import organisation_scope
from knowledge import operations, queries
from knowledge.models import LedgerEntry
from tests.factories.accounts import MembershipFactory
from tests.factories.core import OrganisationFactory
from tests.factories.engagements import EngagementFactory
from tests.factories.knowledge import LedgerEntryFactory
from tests.knowledge.conftest import hand_in

POLICIES = reverse("knowledge:policy_list")


def words_of(response):
    return " ".join(response.content.decode().split())


def ledger(engagement):
    return reverse("knowledge:ledger_detail", args=[engagement.public_id])


def reverse_url(entry):
    return reverse("knowledge:entry_reverse", args=[entry.public_id])


@pytest.fixture
def entry(submitted, reviewer):
    operations.accept_deliverable(deliverable_id=submitted.pk, actor=reviewer)
    return LedgerEntry.objects.get()


def test_every_booking_is_explained(hr_client, engagement, entry):
    text = words_of(hr_client.get(ledger(engagement)))

    assert "accepted, 30% of 8 points, cap not reached" in text
    assert "+2.4" in text
    assert "Peter Bos" in text
    assert "2.4 of 100 points" in text


def test_an_empty_ledger_says_where_points_come_from(hr_client, engagement):
    assert "Points come when a handover is accepted" in words_of(hr_client.get(ledger(engagement)))


def test_a_booking_is_taken_back_with_a_reason(hr_client, hr, engagement, entry):
    page = hr_client.get(reverse_url(entry))
    assert "Take back 2.4 points" in words_of(page)

    refused = hr_client.post(reverse_url(entry), {"reason": ""})
    assert refused.status_code == 422

    response = hr_client.post(reverse_url(entry), {"reason": "Dubbel"}, follow=True)

    counter = LedgerEntry.objects.get(reverses=entry)
    assert (counter.reason, counter.booked_by) == ("Dubbel", str(hr.user))
    text = words_of(response)
    assert "The booking is taken back." in text
    assert "Taken back:" in text
    assert "Reason: Dubbel" in text
    assert reverse_url(entry) not in response.content.decode()


def test_a_booking_that_was_taken_back_says_so(hr_client, entry, reviewer):
    operations.reverse_entry(entry_id=entry.pk, reason="Onterecht", actor=reviewer)

    response = hr_client.post(reverse_url(entry), {"reason": "Nog eens"})

    assert response.status_code == 409
    assert "taken back before" in words_of(response)
    assert LedgerEntry.objects.count() == 2


def test_an_auditor_reads_and_mends_nothing(organisation, engagement, entry):
    member = MembershipFactory(organisation=organisation, role="auditor")
    client = Client()
    client.force_login(member.user)

    response = client.get(ledger(engagement))
    assert response.status_code == 200
    assert "Take back" not in words_of(response)
    assert client.get(reverse_url(entry)).status_code == 403
    assert client.post(reverse_url(entry), {"reason": "x"}).status_code == 403
    assert client.get(POLICIES).status_code == 200


def test_another_organisation_finds_nothing(hr_client, db):
    other = OrganisationFactory()
    with organisation_scope(other):
        engagement = EngagementFactory(organisation=other)
        entry = LedgerEntryFactory(deliverable__engagement=engagement)

    assert hr_client.get(ledger(engagement)).status_code == 404
    assert hr_client.get(reverse_url(entry)).status_code == 404
    assert hr_client.post(reverse_url(entry), {"reason": "x"}).status_code == 404


def test_the_policies_are_shown_with_all_their_forms(hr_client, policy):
    response = hr_client.get(POLICIES)

    text = words_of(response)
    assert [shown.code for shown in response.context["policies"]] == ["proven", "simple"]
    assert "30% of the points when accepted" in text
    assert "written and recorded forms together at most 40% of the target" in text
    assert text.count("Handover document") == 2
    assert "100% of the points when accepted" in text


def test_the_pages_need_few_queries(hr_client, engagement, entry, django_assert_max_num_queries):
    for url in (ledger(engagement), reverse_url(entry), POLICIES):
        with django_assert_max_num_queries(20):
            hr_client.get(url)


def test_the_card_shows_figures_handovers_and_the_next_step(hr_client, engagement, entry, author):
    hand_in(engagement, author, "workshop", "Workshop koppelingen")

    card = queries.card_of(engagement)
    context = {
        "card": card,
        "handovers": Paginator(card.deliverables, 10).page(1),
        "organisation": engagement.organisation,
    }
    text = " ".join(render_to_string("knowledge/_knowledge_card.html", context).split())

    assert '2.4<span class="number-of"> / 100</span>' in text
    assert "Workshop koppelingen" in text
    assert "1 handover waits for review." in text
    assert "What we promised" in text
