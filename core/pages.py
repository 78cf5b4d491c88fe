"""Pages of long lists."""

import re
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import Count, Model, QuerySet, Value, Window
from django.db.models.expressions import RawSQL

from core.scoping import organisation_at_hand

M = TypeVar("M", bound=Model)
T = TypeVar("T")
# Whoever has more before them looks for something, and filters. Counting a hundred thousand rows
# costs more than all else on their page.
MOST_COUNTED: Final = 10_000
# The number of a page that may be there; anything else in an address asks for the first.
FEW_DIGITS: Final = re.compile(r"[1-9][0-9]{0,5}")


def counts_of(lists: Mapping[str, QuerySet[Any]]) -> dict[str, int]:
    """Count several lists of the organisation whose scope is open, in one statement.

    Args:
        lists: by name; their order does not matter.

    Returns:
        how many each has; one more than `MOST_COUNTED` where it has more than that.
    """
    organisation_at_hand()  # else lists of every organisation would be counted
    counts = dict.fromkeys(lists, 0)
    asked: dict[str, str] = {}
    given: list[Any] = []
    for name, rows in lists.items():
        try:
            asked[name], values = _counting(rows)
        except EmptyResultSet:  # a list that Django knows to be empty is not asked for
            continue
        given += values
    if asked:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(asked.values())}", given)
            counts.update(zip(asked, cursor.fetchone(), strict=True))
    return counts


def keys_and_count(rows: QuerySet[Any], places: slice) -> tuple[list[int], int]:
    """Return the keys of some rows of a list, and how many it has, in one statement.

    For a list of which an index has the keys in order, so that few are read and many counted.

    Args:
        rows: all of them, in order.
        places: where in the list; past its end there are no keys and the count is 0.

    Returns:
        the keys, and the count as `counts_of` has it.
    """
    try:
        sql, values = _counting(rows)
    except EmptyResultSet:
        return [], 0
    found = rows.annotate(of_all=RawSQL(sql, values)).values_list("pk", "of_all")[places]  # noqa: S611 - Django's own SQL
    keys, counts = zip(*found, strict=True) if found else ((), (0,))
    return list(keys), counts[0]


def _counting(rows: QuerySet[Any]) -> tuple[str, tuple[Any, ...]]:
    """Return SQL that counts rows, no further than needed, and what it is given."""
    # No column of theirs, so that an index alone may be read.
    found = rows.order_by().values_list(Value(1))[: MOST_COUNTED + 1]
    sql, values = found.query.sql_with_params()
    return f"(SELECT COUNT(*) FROM ({sql}) AS found)", values  # noqa: S608 - Django's own SQL


def filled_of(lists: Mapping[str, QuerySet[Any]]) -> dict[str, QuerySet[Any]]:
    """Return those of several lists that have anything, in one statement; none is fetched.

    For a page with lists that are nearly always empty.

    Args:
        lists: by name, not sliced.
    """
    first, *others = (rows.order_by().values_list(Value(name))[:1] for name, rows in lists.items())
    return {name: lists[name] for (name,) in first.union(*others, all=True)}


def read_page(rows: QuerySet[M], number: str | None, per_page: int) -> Page[M]:
    """Read a page of a list and count all of it in one statement.

    For a list that costs as much to count as to read.

    Args:
        rows: all of them, in order.
        number: which page, as an address asks for it: of up to six digits; past the last one that,
            anything else the first.
        per_page: how many stand on a page.
    """
    pages = Paginator(rows, per_page)
    wanted = int(number) if number and FEW_DIGITS.fullmatch(number) else 1
    start = (wanted - 1) * per_page
    found = list(rows.annotate(of_all=Window(Count("pk")))[start : start + per_page])
    if start and not found:  # past the last page: which one that is has to be counted first
        return pages.get_page(number)
    pages.count = found[0].of_all if found else 0  # type: ignore[attr-defined]
    page = pages.page(wanted)
    page.object_list = found
    return page


class CountedPaginator(Paginator[T]):
    """Pages of a list of which somebody counted already how long it is."""

    def __init__(self, items: Any, per_page: int, *, count: int, most: int = MOST_COUNTED) -> None:
        """Divide a list.

        Args:
            items: all of them, or none where each page is fetched by itself.
            per_page: how many stand on a page.
            count: how many there are, as `counts_of` returns it: what was not counted is on no
                page.
            most: how many of them stand on pages at all.
        """
        super().__init__(items, per_page)
        self.count = min(count, most)
        self.is_cut = count > most  # there is more than stands on these pages
