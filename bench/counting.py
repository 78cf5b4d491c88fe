"""Counts what a page asks of the database, for those who say that they want to know."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

ASKED = "X-Bench-Count"
QUERIES, ROWS = "X-Bench-Queries", "X-Bench-Rows"
READING = ("SELECT", "WITH", "(SELECT")


@dataclass
class Counter:
    """What was asked: a wrapper for a connection's `execute_wrapper`.

    Attributes:
        statements: those that read, with what they were given; no savepoints.
        queries: all that was asked, savepoints apart.
        rows: that came back into Python.
    """

    statements: list[tuple[str, Any]] = field(default_factory=list)
    queries: int = 0
    rows: int = 0

    def __call__(
        self, execute: Callable[..., Any], sql: str, given: Any, many: bool, context: Any
    ) -> Any:
        result = execute(sql, given, many, context)
        if "SAVEPOINT" in sql:
            return result
        self.queries += 1
        if sql.lstrip().startswith(READING):
            self.statements.append((sql, given))
            self.rows += max(0, context["cursor"].rowcount)
        return result


class CountingMiddleware:
    """Tells in two headers what a request cost; without being asked it does nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if ASKED not in request.headers:
            return self.get_response(request)
        counter = Counter()
        with connection.execute_wrapper(counter):
            response = self.get_response(request)
        response[QUERIES], response[ROWS] = str(counter.queries), str(counter.rows)
        return response
