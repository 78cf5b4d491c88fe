"""The rows of a page as a file, the same for every page."""

from collections.abc import Iterable, Sequence
from typing import Final

from django.http import FileResponse, Http404, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.functional import Promise

from core.files import MEDIA_TYPES
from dashboards.tables import csv_lines, xlsx_file
from dashboards.tables.sheets import Cell

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
    words, file_name = [str(heading) for heading in headings], f"{name}.{kind}"
    if kind == "xlsx":
        return FileResponse(
            xlsx_file(title, words, rows),
            as_attachment=True,
            filename=file_name,
            content_type=MEDIA_TYPES[kind],
        )
    return StreamingHttpResponse(
        csv_lines(words, rows, translation.get_language() or ""),
        content_type=f"{MEDIA_TYPES[kind]}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )
