"""How every list is drawn: one table class for all, with one template; its views and filters."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import django_tables2 as tables
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
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
        len(self.paginated_rows)  # fetched here: a template that waits for rows hides what is slow

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing on any page; the pages were counted for their own sake."""
        page = getattr(self, "page", None)  # only a table that was divided into pages has one
        return not (page.paginator.count if page else len(self.rows))

    def body(self) -> SafeString:
        """Return the rows of this page as HTML.

        The library looks up anew for every cell what all cells of a column share: attributes,
        accessor, the arguments that a method takes. That was most of the time of a list.
        """
        cells = [_Cells(self, column) for column in self.columns]
        rows = (
            f"<tr>{''.join(cell.drawn(row.record) for cell in cells)}</tr>"
            for row in self.paginated_rows
        )
        return mark_safe("".join(rows))  # noqa: S308 - each cell escaped its value


class _Cells:
    """The cells of one column: what they share, and how one of them is drawn."""

    def __init__(self, table: Table, column: Any) -> None:
        self.table = table
        self.column = column
        self.accessor = tables.A(column.accessor)
        self.empty = tuple(column.column.empty_values)
        self.wanted = _arguments_of(column.render)
        self.link: Callable[..., str | None] | None = column.link.url if column.link else None
        self.link_wanted = _arguments_of(self.link) if self.link else frozenset()
        attributes = column.attrs["td"].as_html()
        self.end = "</td>"
        if column.name == table.row_header:
            self.start = format_html('<th scope="row" {}>', attributes)
            self.end = "</th>"
        elif column.orderable or column.column.verbose_name:
            self.start = format_html('<td data-label="{}" {}>', column.header, attributes)
        else:
            self.start = format_html("<td {}>", attributes)

    def drawn(self, record: Any) -> str:
        """Return the cell of a record, its value escaped unless it is HTML already."""
        return f"{self.start}{conditional_escape(self._content(record))}{self.end}"

    def _content(self, record: Any) -> Any:
        value = self.accessor.resolve(record, quiet=True)
        if value in self.empty:
            return self.column.default
        known = {"value": value, "record": record, "table": self.table}
        content = self.column.render(**{name: known[name] for name in self.wanted})
        if self.link is None:
            return content
        url = self.link(**{name: known[name] for name in self.link_wanted})
        return content if url is None else format_html('<a href="{}">{}</a>', url, content)


def _arguments_of(function: Callable[..., object]) -> frozenset[str]:
    return frozenset(inspect.signature(function).parameters)


class NumberColumn(tables.Column):  # type: ignore[misc]  # django-tables2 has no types
    """Numbers, aligned to the end of the column."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("attrs", {"th": {"class": "num"}, "td": {"class": "num"}})
        super().__init__(**options)
