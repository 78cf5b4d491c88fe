"""The part of the benchmark that may fail: what it counts, and when it complains."""

import pytest
from django.db import connection

from bench import counted, plans
from bench.counted import Cost
from bench.counting import Counter
from bench.full import measures_growth
from bench.report import Figure, Report
from bench.timing import percentile
from core.models import Organisation
from tests.factories.core import OrganisationFactory

CHEAP = Cost(queries=10, rows=100, bytes=4_000, scans=[])


@pytest.mark.django_db
def test_queries_and_rows_are_counted_and_savepoints_are_not():
    OrganisationFactory.create_batch(3)
    counter = Counter()

    with connection.execute_wrapper(counter):
        list(Organisation.objects.all())
        with connection.cursor() as cursor:
            cursor.execute("SAVEPOINT here")
        Organisation.objects.update(desk_name="Balie")

    assert (counter.queries, counter.rows, len(counter.statements)) == (2, 3, 1)


@pytest.mark.django_db
def test_a_plan_that_reads_a_whole_table_is_seen():
    statements = [("SELECT * FROM core_contact WHERE name LIKE %s", ["%x%"])]

    assert plans.read_whole(statements, {"core_contact"}) == ["core_contact"]
    assert plans.read_whole(statements, {"core_auditevent"}) == []


@pytest.mark.django_db
def test_tables_of_few_rows_may_be_read_as_a_whole():
    assert "core_contact" not in plans.large_tables()


@pytest.mark.parametrize(
    ("cost", "says"),
    [
        (Cost(13, 100, 4_000, []), "13 queries, 10 before"),
        (Cost(10, 400, 4_000, []), "400 rows come into Python, 100 before"),
        (Cost(10, 100, 9_000, []), "9000 bytes, 4000 before"),
        (
            Cost(10, 100, 4_000, ["core_contact"]),
            "reads all of core_contact: a plan lost its index",
        ),
    ],
)
def test_what_costs_more_is_named(cost, says, tmp_path):
    ceilings = tmp_path / "ceilings.json"
    counted.write_down({"a:page": CHEAP}, ceilings)

    assert list(counted.faults({"a:page": cost}, ceilings)) == [f"a:page: {says}"]
    assert list(counted.faults({"a:page": CHEAP}, ceilings)) == []


def test_what_no_page_may_cost_is_named_whatever_it_cost_before(tmp_path):
    ceilings = tmp_path / "ceilings.json"
    counted.write_down({"a:page": Cost(25, 100, 14_000, [])}, ceilings)

    assert list(counted.faults({"a:page": Cost(26, 100, 15_001, [])}, ceilings)) == [
        "a:page: 26 queries, at most 25 for any page",
        "a:page: 15001 bytes, at most 15000 for any page",
    ]


def test_a_page_that_nobody_wrote_down_or_measures_is_named(tmp_path):
    ceilings = tmp_path / "ceilings.json"
    counted.write_down({"old:page": CHEAP}, ceilings)

    first, second = counted.faults({"new:page": CHEAP}, ceilings)

    assert "new:page is new" in first
    assert "old:page is not measured any more" in second


@pytest.mark.parametrize(
    ("reuse", "wanted", "is_measured"),
    [
        ("", None, True),
        ("", ["pages", "growth"], True),
        ("", ["growth"], False),
        ("", ["pages"], False),
        ("1", None, False),
        ("1", ["pages", "growth"], False),
    ],
)
def test_growth_is_measured_where_there_are_two_databases_and_pages(
    reuse, wanted, is_measured, monkeypatch
):
    monkeypatch.setenv("REUSE", reuse)

    assert measures_growth(wanted) is is_measured


@pytest.mark.parametrize(
    ("value", "is_least", "verdict"),
    [
        (2.0, False, "ambition"),
        (3.0, False, "bar"),
        (5.0, False, "MISSED"),
        (5.0, True, "ambition"),
        (1.0, True, "MISSED"),
    ],
)
def test_a_figure_says_what_was_reached(value, is_least, verdict):
    bar, ambition = (2.0, 4.0) if is_least else (4.0, 2.5)

    assert Figure("x", value, bar, ambition, is_least=is_least).verdict == verdict


def test_the_table_names_every_figure():
    report = Report(size=10)
    home = Figure("home", 3.2, 4.0, 2.5, note="12 queries")
    report.add("Pages", home, Figure("search", 1.5, 2.0), Figure("plain", 1.0))

    text = "\n".join(report.lines())

    assert "home" in text
    assert "4 / 2.5" in text
    assert "2 / " not in text
    assert text.endswith("1.00")


def test_the_95th_percentile_is_of_what_was_measured():
    assert percentile(range(1, 101), 0.95) == 95
    assert percentile([7], 0.95) == 7
