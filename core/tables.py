"""How every list is drawn: one table class for all, with one template; its views and filters."""

from dataclasses import dataclass
from typing import Any, Final

import django_tables2 as tables
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# An address can ask for any number of rows; the server decides.
MOST_ROWS: Final = 100


@dataclass(frozen=True, slots=True)
class Tab:
    """One view of a list, with its address and how much is in it."""

    label: str | Promise
    url: str
    is_current: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter in force, and the address of the list without it."""

    label: str
    url: str


class Table(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    """A list with a caption, sortable columns and pages.

    `row_header` names the column that names the row.
    """

    caption: str | Promise = ""
    row_header = ""
    empty_icon = "list-check"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        own_words = options.get("empty_text") or self._meta.empty_text
        self.empty_text = own_words or _("There is nothing here.")

    def paginate(self, *args: Any, per_page: int | None = None, **options: Any) -> None:
        rows = per_page if per_page and per_page > 0 else self._meta.per_page
        super().paginate(*args, per_page=min(rows, MOST_ROWS), **options)


class NumberColumn(tables.Column):  # type: ignore[misc]  # django-tables2 has no types
    """Numbers, aligned to the end of the column."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("attrs", {"th": {"class": "num"}, "td": {"class": "num"}})
        super().__init__(**options)
