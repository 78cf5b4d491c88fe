"""How every list is drawn: one table class for all, with one template."""

from typing import Any, Final

import django_tables2 as tables
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

# An address can ask for any number of rows; the server decides.
MOST_ROWS: Final = 100


class Table(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    """A list with a caption, sortable columns and pages.

    `row_header` names the column that names the row. `bulk_template` is drawn above the rows for
    what can be done with the chosen ones; the page puts a form around the table.
    """

    caption: str | Promise = ""
    caption_visible = False
    row_header = ""
    bulk_template = ""
    empty_icon = "list-check"
    empty_url = ""
    empty_link: str | Promise = ""

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


class SelectColumn(tables.Column):  # type: ignore[misc]  # django-tables2 has no types
    """A box in front of each row; `name` is the name of the boxes in the form."""

    def __init__(self, name: str = "chosen", **options: Any) -> None:
        self.box_name = name
        options.setdefault("attrs", {"th": {"class": "col-select"}, "td": {"class": "col-select"}})
        super().__init__(orderable=False, empty_values=(), exclude_from_export=True, **options)

    @property
    def header(self) -> SafeString:
        return format_html(
            '<label class="select-box" data-scripted hidden>'
            '<input type="checkbox" class="form-check-input" data-select-all="{}">'
            '<span class="visually-hidden">{}</span></label>',
            self.box_name,
            gettext("Select all rows on this page"),
        )

    def render(self, value: Any, record: Any) -> SafeString:
        return format_html(
            '<label class="select-box">'
            '<input type="checkbox" class="form-check-input" name="{}" value="{}">'
            '<span class="visually-hidden">{}</span></label>',
            self.box_name,
            value,
            gettext("Select %(row)s") % {"row": record},
        )
