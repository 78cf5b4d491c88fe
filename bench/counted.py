"""Counted things, which are the same on a slow machine: queries, rows, bytes and lost indexes."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from django.db import connection
from django.test import Client

from bench.counting import Counter
from bench.pages import Page
from bench.plans import large_tables, read_whole
from bench.visitors import Visit

CEILINGS = Path(__file__).parent / "ceilings.json"
# Dates move with the day of the run: so much more than on the day of writing is still the same.
SLACK = 1.25
SLACK_ROWS, SLACK_BYTES = 60, 1_500
SLACK_QUERIES = 2  # what has nothing to show today is not looked up
MOST_QUERIES, MOST_BYTES = 25, 15_000  # of any page; bytes are of the page alone, compressed


@dataclass(frozen=True)
class Cost:
    """What one page costs.

    Attributes:
        queries: that it asks.
        rows: that come into Python.
        bytes: of the answer, compressed.
        scans: large tables that are read as a whole.
    """

    queries: int
    rows: int
    bytes: int
    scans: list[str]


def costs(visit: Visit, pages: Iterable[Page]) -> dict[str, Cost]:
    """Ask each page once, in this process, and count."""
    large = large_tables()
    return {page.name: _cost(visit, page, large) for page in pages}


def _cost(visit: Visit, page: Page, large: set[str]) -> Cost:
    client = Client(headers={"host": "127.0.0.1", "cookie": visit.cookies[page.who]})
    client.get(page.path)  # what is remembered from the first time on is not counted
    counter = Counter()
    with connection.execute_wrapper(counter):
        answer = client.get(page.path, headers={"accept-encoding": "gzip"})
    if answer.status_code != 200:  # noqa: PLR2004
        raise RuntimeError(f"{page.name} answers {answer.status_code}: {page.path}")
    return Cost(
        counter.queries,
        counter.rows,
        len(answer.content),
        read_whole(counter.statements, large),
    )


def faults(found: dict[str, Cost], ceilings: Path = CEILINGS) -> Iterator[str]:
    """Return where a page costs more than is written down for it."""
    written = json.loads(ceilings.read_text(encoding="utf-8"))
    for name, cost in found.items():
        if name not in written:
            yield f"{name} is new: write its cost down with KEEP=1"
            continue
        ceiling = Cost(**written[name])
        yield from (f"{name}: {what}" for what in _faults(cost, ceiling))
    yield from (f"{name} is not measured any more" for name in written.keys() - found.keys())


def _faults(cost: Cost, ceiling: Cost) -> Iterator[str]:
    if cost.queries > ceiling.queries + SLACK_QUERIES:
        yield f"{cost.queries} queries, {ceiling.queries} before"
    if cost.queries > MOST_QUERIES:
        yield f"{cost.queries} queries, at most {MOST_QUERIES} for any page"
    if cost.rows > ceiling.rows * SLACK + SLACK_ROWS:
        yield f"{cost.rows} rows come into Python, {ceiling.rows} before"
    if cost.bytes > ceiling.bytes * SLACK + SLACK_BYTES:
        yield f"{cost.bytes} bytes, {ceiling.bytes} before"
    if cost.bytes > MOST_BYTES:
        yield f"{cost.bytes} bytes, at most {MOST_BYTES} for any page"
    if lost := sorted(set(cost.scans) - set(ceiling.scans)):
        yield f"reads all of {', '.join(lost)}: a plan lost its index"


def write_down(found: dict[str, Cost], ceilings: Path = CEILINGS) -> None:
    """Keep what pages cost now, as the ceiling of later runs."""
    text = json.dumps({name: asdict(cost) for name, cost in found.items()}, indent=1)
    ceilings.write_text(text + "\n", encoding="utf-8")
