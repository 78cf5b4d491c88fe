"""How fast the library is with 100,000 handovers, beside the same questions in plain SQL.

    make test T=tests/measure_library_search.py O="-s"

Not collected by itself: its name does not begin with test_. It prints the 95th percentile of the
page, of the bare statement, and how many times the one is of the other.
"""

import random
import statistics
import sys
import time

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from bench.searching import ask, timed
from bench.timing import percentile
from knowledge.queries.searching import wanted_of
from tests.factories.accounts import MembershipFactory
from tests.factories.engagements import DepartmentFactory, EngagementFactory, FreelancerFactory
from tests.factories.knowledge import form_of

ITEMS = 100_000
ROUNDS = 5
SYLLABLES = "ka lo mi ne pu ra so ti va wer den bel zin gor hal tem pos rik lun daf".split()  # noqa: SIM905
ASKED = [
    "wachtlijst",
    "wachtwoord",
    "koppeling storing",
    "certificaat",
    "overdracht beheer",
    "deployment",
    "gemeente",
    "",
]
COMMON = [
    *("wachtlijst", "koppeling", "storing", "beheer", "overdracht"),
    *("gemeente", "dossier", "afspraak", "proces"),
]
RARE = ["wachtwoordbeheer", "certificaat", "deployment", "subsidieproces"]


@pytest.mark.django_db
def test_measure(organisation):
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET idle_in_transaction_session_timeout = 0")
    started = time.perf_counter()
    fill(organisation)
    say(f"{ITEMS} handovers made in {time.perf_counter() - started:.0f} s")
    client = Client()
    client.force_login(MembershipFactory(organisation=organisation, role="hr").user)
    url = reverse("knowledge:library")
    pages: list[float] = []
    plain: list[float] = []
    for text in ASKED:
        wanted = wanted_of(text)
        found = ask(organisation, wanted)
        for _round in range(ROUNDS):  # one after the other: both meet the same busy machine
            pages.append(timed(lambda text=text: client.get(url, {"q": text})))
            plain.append(timed(lambda wanted=wanted: ask(organisation, wanted)))
        page, bare = pages[-ROUNDS:], plain[-ROUNDS:]
        say(f"{text or '(all)':20} {found:7} found  page {ms(page)}  SQL {ms(bare)}")
    slow, bare = percentile(pages, 0.95), percentile(plain, 0.95)
    say(f"p95: page {slow * 1000:.0f} ms, SQL {bare * 1000:.0f} ms, {slow / bare:.2f} times")


def say(text: str) -> None:
    sys.stdout.write(f"\n{text}")
    sys.stdout.flush()


def fill(organisation):
    """Make handovers as the operations would leave them, by one statement per table."""
    dice = random.Random(20_26)
    words = ["".join(dice.choices(SYLLABLES, k=dice.randint(2, 4))) for _ in range(20_000)]
    engagements = [
        EngagementFactory(
            organisation=organisation,
            department=department,
            freelancer=FreelancerFactory(organisation=organisation),
        )
        for department in [DepartmentFactory(organisation=organisation) for _ in range(20)]
        for _ in range(10)
    ]
    form = form_of(organisation)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO knowledge_deliverable (organisation_id, public_id, engagement_id, form_id,
                title, outcome, state, created_at, submitted_at, decided_at, is_quick_log)
            SELECT %s, gen_random_uuid(), (%s::bigint[])[1 + n %% %s], %s, 'Overdracht ' || n, '',
                'accepted', now(), now(), now() - n * interval '10 minutes', false
              FROM generate_series(1, %s) n
            """,
            [organisation.pk, [e.pk for e in engagements], len(engagements), form.pk, ITEMS],
        )
        cursor.execute(
            """
            INSERT INTO knowledge_deliverableversion (organisation_id, public_id, deliverable_id,
                number, kind, link, text, sections, change_note, created_at, submitted_at)
            SELECT organisation_id, gen_random_uuid(), id, 1, 'text', '', '', '{}', '', now(), now()
              FROM knowledge_deliverable
            """
        )
        cursor.execute(
            """
            SELECT version.id, deliverable.id, deliverable.engagement_id, deliverable.form_id
              FROM knowledge_deliverableversion version
              JOIN knowledge_deliverable deliverable ON deliverable.id = version.deliverable_id
            """
        )
        rows = cursor.fetchall()
        insert = """
            COPY knowledge_libraryitem (organisation_id, deliverable_id, version_id,
                engagement_id, form_id, credit, licence, accepted_at, checked_by, change_wanted,
                change_wanted_by, retired_by, retired_reason, text_state, names, body) FROM STDIN
        """
        with cursor.copy(insert) as copy:
            for number, (version, deliverable, *facts) in enumerate(rows):
                text = dice.choices(words, k=120)
                text += dice.sample(COMMON, k=1 if number % 4 else 3)
                text += dice.sample(RARE, k=1) if number % 50 == 0 else []
                dice.shuffle(text)
                moment = "2026-01-01 00:00:00+00"
                kept = (organisation.pk, deliverable, version, *facts, "Fatima", "internal", moment)
                said = ("", "", "", "", "", "searchable")
                copy.write_row((*kept, *said, f"Overdracht {number}", " ".join(text)))
        cursor.execute("ANALYZE")


def ms(times):
    return f"{statistics.median(times) * 1000:5.0f} ms"
