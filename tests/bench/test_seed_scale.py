"""A database for measuring is filled with what people could have made."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import translation

from accounts.models import Membership
from core.models import Organisation
from core.scoping import organisation_scope
from dashboards.management.scale.seeding import Seeded, seed
from engagements.models import Engagement, Freelancer
from knowledge import operations, queries
from knowledge.models import Deliverable, LibraryItem
from notifications.models import Message
from offboarding.models import ChecklistItem

pytestmark = pytest.mark.django_db
SILENT = {"say": lambda _text: None}


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: Any) -> Iterator[Seeded]:
    """Some hundreds of engagements, made once for all tests of this module."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield seed(organisations=3, engagements=400, seed=7, **SILENT)
        transaction.set_rollback(True)


@pytest.fixture
def largest(seeded: Seeded) -> Organisation:
    return Organisation.objects.get(slug="schaal-7-0001")


def test_the_ledger_is_right(seeded):
    out = StringIO()

    call_command("check_ledger", stdout=out)

    assert "entries of 3 organisations are right" in out.getvalue()
    assert seeded.counts["knowledge_ledgerentry"] > 200


def test_what_lists_read_of_topics_is_right(seeded):
    out = StringIO()

    call_command("check_standings", stdout=out)

    assert "topics of 3 organisations are right" in out.getvalue()
    assert not out.getvalue().startswith("0 ")


def test_the_library_has_nothing_to_do(largest):
    with organisation_scope(largest):
        accepted = Deliverable.objects.filter(state="accepted").count()

        assert operations.refresh_names(organisation=largest) == 0
        assert operations.sync_library(organisation=largest) == accepted > 50


def test_the_library_has_the_words_that_reading_would_write(seeded):
    smallest = Organisation.objects.get(slug="schaal-7-0003")
    with organisation_scope(smallest), transaction.atomic(), translation.override("nl"):
        before = dict(LibraryItem.objects.values_list("pk", "body"))

        operations.sync_library(organisation=smallest, anew=True)

        assert dict(LibraryItem.objects.values_list("pk", "body")) == before
        transaction.set_rollback(True)


def test_every_row_passes_the_product_s_own_validation(largest):
    with organisation_scope(largest):
        for model in (Engagement, Freelancer, Deliverable, ChecklistItem, Message):
            for row in model.objects.order_by("pk")[:40]:
                row.full_clean()


def test_coverage_is_between_nothing_and_all(largest):
    with organisation_scope(largest):
        figures = queries.engagement_figures(largest)

    assert figures
    assert all(0 <= one.leak <= 100 for one in figures.values())


def test_most_ended_some_run_few_end_soon(seeded):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE ends_on < current_date),"
            " count(*) FILTER (WHERE ends_on >= current_date AND cancelled_at IS NULL),"
            " count(*) FILTER (WHERE ends_on BETWEEN current_date AND current_date + 30)"
            " FROM engagements_engagement"
        )
        ended, running, soon = cursor.fetchone()

    assert ended > 340
    assert 10 < running < 60
    assert 0 < soon < running
    assert seeded.counts["engagements_engagement"] == 400
    assert 36 * 400 < seeded.counts["offboarding_checklistitem"] < 46 * 400


PAGES = (
    "/",
    "/engagements/",
    "/attention/",
    "/professionals/",
    "/messages/",
    "/offboarding/items/",
)


def test_pages_open_for_a_member(largest):
    client = Client()
    with organisation_scope(largest):
        client.force_login(Membership.objects.hr().select_related("user").first().user)
        one = Engagement.objects.order_by("-ends_on").first()

    for page in (
        *PAGES,
        "/knowledge/map/",
        "/knowledge/library/?q=koppeling",
        one.get_absolute_url(),
    ):
        assert client.get(page).status_code == 200, page
