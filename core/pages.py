"""Pages of long lists."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.core.paginator import Paginator
from django.db.models import Func, IntegerField, QuerySet, Value
from django.db.models.functions import Cast

from core.models import Organisation
from core.scoping import organisation_at_hand

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
    counts = [
        Func(
            # No column of theirs, so that an index alone may be read.
            Cast(
                ArraySubquery(rows.order_by().values_list(Value(1))[: MOST_COUNTED + 1]),
                ArrayField(IntegerField()),
            ),
            function="cardinality",
            output_field=IntegerField(),
        )
        for rows in lists.values()
    ]
    found = Organisation.objects.filter(pk=organisation_at_hand().pk).values_list(*counts)
    # A list that Django knows to be empty is not asked for.
    return {name: count or 0 for name, count in zip(lists, found.get(), strict=True)}


def filled_of(lists: Mapping[str, QuerySet[Any]]) -> dict[str, QuerySet[Any]]:
    """Return those of several lists that have anything, in one statement; none is fetched.

    For a page with lists that are nearly always empty.

    Args:
        lists: by name, not sliced.
    """
    first, *others = (rows.order_by().values_list(Value(name))[:1] for name, rows in lists.items())
    return {name: lists[name] for (name,) in first.union(*others, all=True)}


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
