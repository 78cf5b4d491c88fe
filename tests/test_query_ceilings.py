"""However much has piled up, a page asks the database little: 25 times at most, a list 15 times."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.access_table import Page
from tests.busy_worlds import build_busy
from tests.journeys.test_page_weight import LONGEST
from tests.test_unsafe_requests import MOST_QUERIES, READING
from tests.visits import Visitors, somebody_in, url_of

MOST_QUERIES_OF_A_LIST = 15


@pytest.fixture(scope="module")
def busy(django_db_setup: None, django_db_blocker: Any) -> Iterator[Visitors]:
    with django_db_blocker.unblock(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        world = build_busy("Drukveld")
        yield Visitors(own=world, foreign=world)
        transaction.set_rollback(True)


CASES = [(line, query) for line in READING for query in ("", *LONGEST.get(line.name, ()))]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("line", "query"), CASES, ids=[f"{line.name}{query}" for line, query in CASES]
)
def test_a_page_asks_little_of_a_full_database(line: Page, query: str, busy: Visitors):
    with CaptureQueriesContext(connection) as queries:
        answer = busy.ask(somebody_in(line), "GET", url_of(line, busy, "own") + query)

    assert answer.status_code == 200
    asked = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    ceiling = MOST_QUERIES_OF_A_LIST if line.name.endswith("_list") else MOST_QUERIES
    assert len(asked) <= ceiling, "\n".join(sql[:200] for sql in asked)
