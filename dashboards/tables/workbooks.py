"""A workbook of one sheet that goes out while its rows are read.

Libraries for workbooks put the parts together when the last row is known, so that a long list makes
people wait for its first byte. This is as much of ECMA-376 as a list needs: one sheet, its texts
within the cells, three styles.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import IO, Final, cast
from xml.sax.saxutils import escape

Cell = str | int | Decimal | date | None

AT_ONCE: Final = 1 << 14  # bytes, before they are sent on
LONGEST_TEXT: Final = 32_767  # characters that a cell holds
FIRST_DAY: Final = date(1899, 12, 30).toordinal()  # day 0 of the serial numbers of days
BOLD, DAY = 1, 2  # places in `cellXfs`
LOCAL_DATE: Final = 14  # Excel's own number for "a date as this reader writes it"
# What XML cannot hold, and what a reader would take for the escape of such a character.
UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LOOKS_ESCAPED: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")

XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SPREADSHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"

CONTENT_TYPES: Final = f"""{XML}<Types xmlns="{PACKAGE}/content-types">\
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>\
<Default Extension="xml" ContentType="application/xml"/>\
<Override PartName="/xl/workbook.xml" ContentType="{SPREADSHEET}.sheet.main+xml"/>\
<Override PartName="/xl/styles.xml" ContentType="{SPREADSHEET}.styles+xml"/>\
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{SPREADSHEET}.worksheet+xml"/>\
</Types>"""
ROOT: Final = f"""{XML}<Relationships xmlns="{PACKAGE}/relationships">\
<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>\
</Relationships>"""
PARTS: Final = f"""{XML}<Relationships xmlns="{PACKAGE}/relationships">\
<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>\
<Relationship Id="rId2" Type="{OFFICE}/styles" Target="styles.xml"/>\
</Relationships>"""
FONT: Final = '<sz val="11"/><name val="Calibri"/><family val="2"/>'
STYLES: Final = f"""{XML}<styleSheet xmlns="{MAIN}">\
<fonts count="2"><font>{FONT}</font><font><b/>{FONT}</font></fonts>\
<fills count="2"><fill><patternFill patternType="none"/></fill>\
<fill><patternFill patternType="gray125"/></fill></fills>\
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>\
<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>\
<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>\
<xf numFmtId="{LOCAL_DATE}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>\
</cellXfs>\
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"""


def xlsx_parts(
    title: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> Iterator[bytes]:
    """Yield a workbook of one sheet with real dates and numbers, as its rows come.

    Args:
        title: of the sheet.
        headings: stand in bold above the rows and stay in sight.
        rows: read one by one; their texts stay text, never a formula.
    """
    outlet = _Outlet()
    with zipfile.ZipFile(cast("IO[bytes]", outlet), "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", CONTENT_TYPES)
        file.writestr("_rels/.rels", ROOT)
        file.writestr("xl/workbook.xml", _workbook(title))
        file.writestr("xl/_rels/workbook.xml.rels", PARTS)
        file.writestr("xl/styles.xml", STYLES)
        yield outlet.taken()
        with file.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for text in _sheet(headings, rows):
                sheet.write(text.encode())
                if outlet.size >= AT_ONCE:
                    yield outlet.taken()
    yield outlet.taken()


class _Outlet:
    """A file without a beginning to go back to, so that what was written can leave."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.size = 0

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing waits here for being flushed."""

    def taken(self) -> bytes:
        data = b"".join(self._parts)
        self._parts.clear()
        self.size = 0
        return data


def _workbook(title: str) -> str:
    name = escape(title[:31], {'"': "&quot;"})
    return (
        f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
        f'<sheets><sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )


def _sheet(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    columns = [_letters(place) for place in range(len(headings))]
    yield (
        f'{XML}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        '<selection pane="bottomLeft"/></sheetView></sheetViews>'
        '<sheetFormatPr defaultRowHeight="15"/>'
        f'<cols><col min="1" max="{len(headings)}" width="18.7109375" customWidth="1"/></cols>'
        "<sheetData>"
    )
    heads = (_text(f"{c}1", heading, BOLD) for c, heading in zip(columns, headings, strict=True))
    yield f'<row r="1">{"".join(heads)}</row>'
    for number, row in enumerate(rows, start=2):
        cells = (_cell(f"{c}{number}", cell) for c, cell in zip(columns, row, strict=True))
        yield f'<row r="{number}">{"".join(cells)}</row>'
    yield "</sheetData></worksheet>"


def _letters(place: int) -> str:
    """Return how a sheet names its columns: A to Z, then AA."""
    more, rest = divmod(place, 26)
    return (_letters(more - 1) if more else "") + chr(ord("A") + rest)


def _cell(place: str, cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return f'<c r="{place}" s="{DAY}"><v>{cell.toordinal() - FIRST_DAY}</v></c>'
    if isinstance(cell, Decimal):
        return f'<c r="{place}"><v>{cell:f}</v></c>'
    if isinstance(cell, int):
        return f'<c r="{place}"><v>{cell}</v></c>'
    return _text(place, cell) if cell else ""


def _text(place: str, text: str, style: int = 0) -> str:
    written = LOOKS_ESCAPED.sub("_x005F_", UNWRITABLE.sub("", text[:LONGEST_TEXT]))
    written = escape(written, {"\r": "&#13;"})
    styled = f' s="{style}"' if style else ""
    return (
        f'<c r="{place}"{styled} t="inlineStr"><is><t xml:space="preserve">{written}</t></is></c>'
    )
