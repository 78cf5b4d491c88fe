"""Lists of engagements as other systems export them: CSV and workbooks, good and bad."""

import csv
import io
import zipfile

import xlsxwriter
from openpyxl import Workbook

SHEET = "xl/worksheets/sheet1.xml"
SHEET_NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEADERS = (
    "external_id",
    "freelancer_name",
    "freelancer_email",
    "department",
    "manager_name",
    "manager_email",
    "title",
    "starts_on",
    "ends_on",
    "hourly_rate",
)


def row_of(number=1, **cells):
    """Return a good row; no two numbers share a person, and all dates are far away."""
    return {
        "external_id": f"X-{number}",
        "freelancer_name": f"Fatima El Idrissi {number}",
        "freelancer_email": f"f.elidrissi{number}@data.example",
        "department": f"Team Zorg {number % 7}",
        "manager_name": f"Peter Bos {number % 50}",
        "manager_email": f"peter.bos{number % 50}@veldam.example",
        "title": "Data-engineer",
        "starts_on": "1-3-2026",
        "ends_on": "2026-12-01",
        "hourly_rate": "95,50",
    } | cells


def csv_of(rows, headers=HEADERS, delimiter=";", encoding="utf-8-sig"):
    """Return a CSV file of rows given as dictionaries."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(headers)
    writer.writerows([row.get(name, "") for name in headers] for row in rows)
    return text.getvalue().encode(encoding)


def rows_of(count, **cells):
    return [row_of(number, **cells) for number in range(1, count + 1)]


def workbook_of(rows, headers=HEADERS):
    """Return a workbook as Excel itself writes it, with its texts in a part of their own."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, headers)
        for number, row in enumerate(rows, start=1):
            sheet.write_row(number, 0, [row.get(name) for name in headers])
    return content.getvalue()


def workbook_with_formulas(rows, headers=HEADERS):
    """Return a workbook in which text that begins with = is a formula without a result."""
    book = Workbook()
    book.active.append(list(headers))
    for row in rows:
        book.active.append([row.get(name) for name in headers])
    return saved(book)


def saved(book):
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def with_part(content, name, replacement, *, add=False):
    """Return a workbook of which one part is replaced; `replacement` gets and gives bytes."""
    result = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.namelist():
            data = old.read(part)
            new.writestr(part, replacement(data) if part == name else data)
        if add:
            new.writestr(name, replacement(b""))
    return result.getvalue()


def _with_pieces(content, name, pieces):
    """Return a workbook of which one part is written piece by piece, however large it becomes."""
    result = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        with new.open(name, "w", force_zip64=True) as stream:
            for piece in pieces:
                stream.write(piece.encode())
    return result.getvalue()


def sheet_of(*inside, behind=""):
    """Return a workbook whose only sheet holds this XML, `behind` its rows the rest."""
    start = f'<worksheet xmlns="{SHEET_NAMESPACE}"><sheetData>'
    return _with_pieces(
        workbook_of(rows_of(1)), SHEET, [start, *inside, "</sheetData>", behind, "</worksheet>"]
    )


def texts_of(content, pieces):
    """Return a workbook whose cells share texts; the first begins with the first piece."""
    start = f'<sst xmlns="{SHEET_NAMESPACE}"><si><t>'
    return _with_pieces(content, "xl/sharedStrings.xml", [start, *pieces, "</t></si></sst>"])
