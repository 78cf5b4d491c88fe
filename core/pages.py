"""Pages of long lists."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import QuerySet, Value

from core.scoping import active_organisation

T = TypeVar("T")
# Whoever has more before them looks for something, and filters. Counting a hundred thousand rows
# costs more than all else on their page.
MOST_COUNTED: Final = 10_000


def counts_of(lists: Mapping[str, QuerySet[Any]]) -> dict[str, int]:
    """Count several lists of the organisation whose scope is open, in one statement.

    Args:
        lists: by name; their order does not matter.

    Returns:
        how many each has; one more than `MOST_COUNTED` where it has more than that.
    """
    if active_organisation() is None:
        message = "lists are counted inside the scope of an organisation"
        raise RuntimeError(message)
    counts = dict.fromkeys(lists, 0)
    asked: dict[str, str] = {}
    given: list[Any] = []
    for name, rows in lists.items():
        # No column of theirs, so that an index alone may be read.
        found = rows.order_by().values_list(Value(1))[: MOST_COUNTED + 1]
        try:
            sql, values = found.query.sql_with_params()
        except EmptyResultSet:  # a list that Django knows to be empty is not asked for
            continue
        asked[name] = f"(SELECT COUNT(*) FROM ({sql}) AS found)"  # noqa: S608 - Django's own SQL
        given += values
    if asked:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(asked.values())}", given)
            counts.update(zip(asked, cursor.fetchone(), strict=True))
    return counts


class CountedPaginator(Paginator[T]):
    """Pages of a list of which somebody counted already how long it is."""

    def __init__(self, items: Any, per_page: int, *, count: int) -> None:
        """Divide a list.

        Args:
            items: all of them, or none where each page is fetched by itself.
            per_page: how many stand on a page.
            count: how many there are, as `counts_of` returns it: what was not counted is on no
                page.
        """
        super().__init__(items, per_page)
        self.count = min(count, MOST_COUNTED)
        self.is_cut = count > MOST_COUNTED  # there is more than stands on these pages
