"""Filling a database for measuring: only where that is meant, and the same each time."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from dashboards.management.scale.seeding import Seeded, seed, sizes
from tests.factories.core import OrganisationFactory

pytestmark = pytest.mark.django_db
SILENT = {"say": lambda _text: None}


def test_all_constraints_and_indexes_are_there_afterwards():
    before = structure()

    seed(organisations=1, engagements=5, seed=7, **SILENT)

    assert structure() == before


def structure() -> list[tuple[str, ...]]:
    """What keeps rows right; PostgreSQL moves brackets and casts when it reads its own words."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
            " UNION ALL SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " ORDER BY 1, 2"
        )
        rows = cursor.fetchall()
    return [(kind, name, re.sub(r"::[a-z ]+|[][()]", "", text)) for kind, name, text in rows]


def test_the_same_seed_makes_the_same_rows():
    once, again, other = (made_and_undone(number) for number in (7, 7, 8))

    assert again == once
    assert other.fingerprint != once.fingerprint


def made_and_undone(number: int) -> Seeded:
    with transaction.atomic():
        made = seed(organisations=2, engagements=60, seed=number, **SILENT)
        transaction.set_rollback(True)
    return made


def test_small_organisations_get_their_engagement_too():
    assert sizes(3, 100) == [55, 27, 18]
    assert sizes(5, 5) == [1, 1, 1, 1, 1]
    assert sum(sizes(40, 100_000)) == 100_000


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "these are production settings"),
        ({"in_production": True}, "there are organisations here"),
        ({"in_production": True, "organisations": 0}, "at least one organisation"),
        ({"in_production": True, "organisations": 3, "engagements": 2}, "an engagement for each"),
    ],
)
def test_nothing_is_added_to_what_people_made(options, says):
    OrganisationFactory()

    with pytest.raises(CommandError, match=says):
        call_command("seed_scale", **options)


def test_the_command_counts_what_it_made_and_does_it_once():
    options = {"in_production": True, "organisations": 1, "engagements": 3, "verbosity": 2}
    out = StringIO()

    call_command("seed_scale", **options, stdout=out)

    assert "3 of 3 engagements" in out.getvalue()
    assert "1 organisations, 3 engagements" in out.getvalue()
    with pytest.raises(CommandError, match="this seed was used here before"):
        call_command("seed_scale", **options, beside_others=True)
