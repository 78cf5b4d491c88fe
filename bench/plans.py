"""Whether the database finds rows by an index, or reads a whole table for a page."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection

# A table of fewer rows is read at once anyway, or is not, as the day's numbers fall.
LARGE = 10_000


def large_tables() -> set[str]:
    """Return the tables that no page should read from beginning to end."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace AND reltuples >= %s",
            [LARGE],
        )
        return {name for (name,) in cursor.fetchall()}


def read_whole(statements: Iterable[tuple[str, Any]], large: set[str]) -> list[str]:
    """Return the large tables that plans of these statements read as a whole, in order.

    Args:
        statements: SQL with what it is given.
        large: names of tables.
    """
    found = set()
    with connection.cursor() as cursor:
        for statement, given in statements:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", given)
            answer = cursor.fetchone()[0]
            plan = json.loads(answer) if isinstance(answer, str) else answer
            found |= set(_scanned(plan[0]["Plan"])) & large
    return sorted(found)


def _scanned(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for child in node.get("Plans", ()):
        yield from _scanned(child)
