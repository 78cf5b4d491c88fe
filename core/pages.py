"""Pages of long lists."""

from typing import Any, TypeVar

from django.core.paginator import Paginator

T = TypeVar("T")


class CountedPaginator(Paginator[T]):
    """Pages of a list of which somebody counted already how long it is."""

    def __init__(self, items: Any, per_page: int, *, count: int) -> None:
        """Divide a list.

        Args:
            items: all of them, or none where each page is fetched by itself.
            per_page: how many stand on a page.
            count: how many there are.
        """
        super().__init__(items, per_page)
        self.count = count
