"""The rows of a page as a file, the same for every page."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from django.http import Http404, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.functional import Promise

from core.files import MEDIA_TYPES
from dashboards.tables import csv_lines, xlsx_parts
from dashboards.tables.workbooks import Cell

KINDS: Final = ("csv", "xlsx")


def sheet_response(
    kind: str,
    name: str,
    title: str,
    headings: Sequence[str | Promise],
    rows: Iterable[Sequence[Cell]],
) -> HttpResponseBase:
    """Answer with a download of one sheet.

    Args:
        kind: the ending of the address, csv or xlsx.
        name: of the file, without its ending.
        title: of the sheet.
        headings: one for each column.
        rows: read while the answer goes out; they open scope and language themselves.

    Raises:
        Http404: there is no such kind of file.
    """
    if kind not in KINDS:
        raise Http404
    words = [str(heading) for heading in headings]
    parts: Iterator[str] | Iterator[bytes]
    if kind == "xlsx":
        parts, media_type = xlsx_parts(title, words, rows), MEDIA_TYPES[kind]
    else:
        parts = csv_lines(words, rows, translation.get_language() or "")
        media_type = f"{MEDIA_TYPES[kind]}; charset=utf-8"
    return StreamingHttpResponse(
        parts,
        content_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}.{kind}"'},
    )
