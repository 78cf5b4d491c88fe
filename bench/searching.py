"""Searching the library, against the same questions in plain SQL."""

import http.client
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from django.db import connection
from django.test import Client
from django.urls import reverse

from bench.report import Figure, Report
from bench.timing import percentile
from bench.visitors import Visit
from core.models import Organisation
from core.pages import MOST_COUNTED
from knowledge.queries.library import MOST_RANKED
from knowledge.queries.searching import Wanted, wanted_of

ROUNDS: Final = 5
ASKED: Final = ("koppeling", "overdracht beheer", "storing", "wachtlijst", "release", "")
# Ranked and counted as far as the page does (decision 23).
PLAIN: Final = f"""
    SELECT found.id, ts_rank(found.search, %(exact)s::tsquery, 1)
                     + ts_rank(found.search, %(query)s::tsquery, 1) * 0.5 AS rank,
           count(*) OVER () AS total
      FROM (SELECT item.id, item.search, item.accepted_at
              FROM knowledge_libraryitem item
              JOIN knowledge_deliverable deliverable ON deliverable.id = item.deliverable_id
             WHERE item.organisation_id = %(organisation)s AND item.retired_at IS NULL
               AND deliverable.state = 'accepted' AND item.search @@ %(query)s::tsquery
             ORDER BY item.accepted_at DESC, item.id DESC LIMIT {MOST_RANKED}) found
     ORDER BY rank DESC, found.accepted_at DESC, found.id DESC LIMIT 20
"""  # noqa: S608 - constants
PLAIN_LIST: Final = f"""
    WITH shown AS (
        SELECT item.id, item.accepted_at
          FROM knowledge_libraryitem item
          JOIN knowledge_deliverable deliverable ON deliverable.id = item.deliverable_id
         WHERE item.organisation_id = %(organisation)s AND item.retired_at IS NULL
           AND deliverable.state = 'accepted'
    )
    SELECT shown.id,
           (SELECT count(*) FROM (SELECT FROM shown LIMIT {MOST_COUNTED}) counted) AS total
      FROM shown
     ORDER BY shown.accepted_at DESC, shown.id DESC LIMIT 20
"""  # noqa: S608 - constants


def add_searching(report: Report, visit: Visit) -> None:
    """Ask the page and the bare statement by turns: both meet the same machine."""
    client = Client(headers={"host": "127.0.0.1", "cookie": visit.cookies["hr"]})
    pages: list[float] = []
    plain: list[float] = []
    found = 0
    for text in ASKED:
        wanted = wanted_of(text)
        found += ask(visit.organisation, wanted)
        _open(client, text)  # as somebody else did before
        for _round in range(ROUNDS):
            pages.append(timed(partial(_open, client, text)))
            plain.append(timed(partial(ask, visit.organisation, wanted)))
    slow, bare = percentile(pages, 0.95), percentile(plain, 0.95)
    times = f"{slow * 1000:.0f} ms against {bare * 1000:.0f} ms"
    note = f"{times}; {found} found by {len(ASKED)} questions"
    report.add("Library, in plain SQL", Figure("search page, p95", slow / bare, 2.0, note=note))


def _open(client: Client, text: str) -> None:
    answer = client.get(reverse("knowledge:library"), {"q": text})
    if answer.status_code != http.client.OK:
        raise RuntimeError(f"the library answers {answer.status_code} to {text!r}")


def ask(organisation: Organisation, wanted: Wanted | None) -> int:
    """Ask the library in plain SQL, and return how much there is."""
    values: dict[str, Any] = {"organisation": organisation.pk}
    if wanted is not None:
        values |= {
            name: getattr(wanted, name).get_source_expressions()[-1].value
            for name in ("query", "exact")
        }
    with connection.cursor() as cursor:
        cursor.execute(PLAIN if wanted is not None else PLAIN_LIST, values)
        rows = cursor.fetchall()
    return int(rows[0][-1]) if rows else 0


def timed(act: Callable[[], object]) -> float:
    """Return how many seconds something took."""
    started = time.perf_counter()
    act()
    return time.perf_counter() - started
