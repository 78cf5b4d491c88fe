from datetime import UTC, datetime

import pytest
import time_machine

from knowledge import operations
from knowledge.models import LedgerEntry
from tests.knowledge.conftest import hand_in
from tests.portal.conftest import (
    actor_of,
    manager_of,
    planned,
    professional,
    signed_in,
    url,
    words_of,
)


@pytest.fixture
def accepted(engagement, author, reviewer):
    deliverable = hand_in(engagement, author, title="Restart the link")
    return operations.accept_deliverable(deliverable_id=deliverable.pk, actor=reviewer)


def book(client):
    return client.get(url("ledger"))


def test_every_booking_is_explained_and_summed(accepted, client):
    words = words_of(book(client))

    assert (
        "Restart the link Procedure or runbook “Restart the link”, accepted, 30% of 8 points,"
        " cap not reached +2.4"
    ) in words
    assert "2.4 of 100" in words
    assert "Accepted 2.4 Received 0 Applied 0 Still to go 97.6" in words


@time_machine.travel(datetime(2026, 11, 20, 13, 12, tzinfo=UTC), tick=False)
def test_the_book_speaks_the_language_of_the_reader(organisation, policy):
    fatima = professional(organisation, "Fatima El Idrissi", language="nl")
    engagement = planned(fatima)
    deliverable = hand_in(engagement, actor_of(fatima), title="Koppeling herstarten")
    operations.accept_deliverable(deliverable_id=deliverable.pk, actor=manager_of(engagement))

    words = words_of(book(signed_in(fatima)))

    assert "vr 20 nov" in words
    assert "Werkinstructie of runbook “Koppeling herstarten”" in words
    assert "+2,4" in words


def test_a_booking_that_was_taken_back_shows_as_such(accepted, reviewer, client):
    entry = LedgerEntry.objects.get()
    operations.reverse_entry(entry_id=entry.pk, reason="Belongs to a colleague.", actor=reviewer)

    words = words_of(book(client))

    assert "taken back Taken back: Procedure or runbook “Restart the link”" in words
    assert "“Belongs to a colleague.” — Peter Bos -2.4" in words
    assert "taken back later" in words
    assert "Still to go 100" in words


def test_the_page_of_a_handover_tells_what_it_earned(accepted, client):
    words = words_of(client.get(url("deliverable_detail", accepted)))

    assert "accepted, 30% of 8 points, cap not reached +2.4" in words


def test_an_empty_book_says_when_points_come(engagement, client):
    response = book(client)

    assert "Nothing was booked yet." in words_of(response)
    assert url("deliverable_create", engagement) in response.content.decode()


def test_somebody_without_an_engagement_has_no_points(organisation):
    joost = professional(organisation, "Joost de Vries")

    assert "so there are no points" in words_of(book(signed_in(joost)))


def test_the_book_needs_few_queries(
    engagement, author, reviewer, client, django_assert_max_num_queries
):
    for number in range(5):
        deliverable = hand_in(engagement, author, title=f"Runbook {number}")
        operations.accept_deliverable(deliverable_id=deliverable.pk, actor=reviewer)
    book(client)

    with django_assert_max_num_queries(12):
        book(client)
