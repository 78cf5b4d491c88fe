"""From an uploaded file to rows of text: every kind of file that people send, good and bad."""

import io
from datetime import date, datetime

import pytest
import xlsxwriter
from openpyxl import Workbook

from engagements.operations.imports import reading
from engagements.operations.imports.rows import LARGEST_FILE, MOST_ROWS, UnreadableFileError
from tests.factories.lists import (
    HEADERS,
    csv_of,
    row_of,
    rows_of,
    saved,
    with_part,
    workbook_of,
    workbook_with_formulas,
)

SHEET = "xl/worksheets/sheet1.xml"


def read(content):
    return list(reading.read_rows(io.BytesIO(content)))


def texts_of(content):
    return [row.cells for row in read(content)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_csv_is_read_in_each_encoding_and_with_each_separator(encoding, delimiter):
    row = row_of(freelancer_name="Zoë Çelik € Özgür", hourly_rate="1.234,50", title="a;b,c\td")

    header, cells = texts_of(csv_of([row], delimiter=delimiter, encoding=encoding))

    assert header == list(HEADERS)
    assert cells == [row[name] for name in HEADERS]


def test_a_quoted_cell_may_hold_lines_and_the_rows_keep_their_spreadsheet_numbers():
    rows = read(b'naam;titel\r\n"Jan\r\nJansen";"""x"""\r\n\r\n;\r\nPiet;y\r\n')

    assert [(row.number, row.cells) for row in rows] == [
        (1, ["naam", "titel"]),
        (2, ["Jan\r\nJansen", '"x"']),
        (5, ["Piet", "y"]),
    ]


def test_the_separator_may_be_named_on_a_line_of_its_own():
    rows = read(b"sep=,\nnaam,titel\nJan;Jansen,x\n")

    assert [(row.number, row.cells) for row in rows] == [
        (2, ["naam", "titel"]),
        (3, ["Jan;Jansen", "x"]),
    ]


def test_a_separator_in_the_text_of_cells_does_not_lead_astray():
    assert texts_of(b"titel;startdatum\na, b, c, d;1-1-2026\n")[0] == ["titel", "startdatum"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "This file is empty"),
        (b"\xef\xbb\xbf", "This file is empty"),
        (b"\r\n \r\n;;;\r\n", "This file is empty"),
        (csv_of([]), "one row only"),
        (workbook_of([]), "one row only"),
        (saved(Workbook()), "This file is empty"),
        ("naam;titel\nJan;x".encode("utf-16"), "UTF-16"),
        ("naam;titel\nJan;x".encode("utf-16-le"), "UTF-16"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not a list that we can read"),
        (b"naam;titel\nJan\x81;x\n", "not a list that we can read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), r"old Excel file \(.xls\)"),
        (b"PK\x03\x04 and then nothing of the kind", "not an Excel workbook"),
        (b'naam;titel\n"Jan;x\nPiet;y\n', "quotation mark .* near row 2"),
        (b'naam;titel\nJan;x\n"Piet" Bos;y\n', "quotation mark .* near row 3"),
        (b"naam;titel\nJan;" + b"x" * 1_100_000, "Line 2 is too long"),
        (b"a;b\n" + b"x;y\n" * 20_001, r"more than 20\.000 rows"),
        (b"x" * (LARGEST_FILE + 1), "too large: at most 20 MB"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_what_to_do(content, message):
    with pytest.raises(UnreadableFileError, match=message):
        [reading.read_opening(io.BytesIO(content)), *reading.read_rows(io.BytesIO(content))]


def test_the_largest_list_is_read_whole():
    assert len(read(b"a;b\n" + b"x;y\n" * MOST_ROWS)) == MOST_ROWS + 1


@pytest.mark.parametrize("separator", [b";", b",", b"\t"])
def test_a_hundred_thousand_columns_get_one_clear_message(separator):
    header = separator.join(b"column %d" % number for number in range(100_000))

    with pytest.raises(UnreadableFileError, match="Row 1 has more than 200 columns"):
        reading.read_opening(io.BytesIO(header + b"\n" + separator * 100_000))


def test_a_wide_row_further_down_is_refused_with_its_number():
    with pytest.raises(UnreadableFileError, match="Row 3 has more than 200 columns"):
        read(b"a;b\nc;d\n" + b"x;" * 300)


def test_a_workbook_gives_dates_and_numbers_without_doubt():
    book = Workbook()
    book.active.append(["titel", "startdatum", "einddatum", "uurtarief", "kvk", "tekst"])
    end = datetime(2026, 12, 1)  # noqa: DTZ001 - a spreadsheet knows no time zones
    book.active.append(["x", date(2026, 3, 1), end, 95.5, 12345678, "=1+1 "])
    book.active.append([True, "1-3-2026", None, 1.234, 80.0, "'=x"])
    book.active["F2"].data_type = "s"

    _header, first, second = texts_of(saved(book))

    assert first == ["x", "2026-03-01", "2026-12-01", "95.5", "12345678", "=1+1 "]
    assert second == ["True", "1-3-2026", "", "1.2340", "80", "'=x"]


def test_only_the_first_visible_sheet_counts():
    book = Workbook()
    book.active.append(["verborgen"])
    book.active.sheet_state = "hidden"
    book.create_sheet("Lijst").append(["zichtbaar"])
    book.create_sheet("Nog een").append(["anders"])
    book.active = 1

    assert texts_of(saved(book)) == [["zichtbaar"]]


def test_a_formula_without_a_result_is_a_fault_of_its_cell():
    rows = read(workbook_with_formulas([row_of(title="=UPPER(A1)"), row_of(2)]))

    at = HEADERS.index("title")
    assert list(rows[1].faults) == [at]
    assert "formula without a result" in rows[1].faults[at]
    assert rows[2].faults == {}


def test_a_formula_that_was_calculated_gives_its_result():
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["titel", "afdeling", "uurtarief"])
        sheet.write_formula(1, 0, "=UPPER(A1)", None, "TESTER")
        sheet.write_formula(1, 1, '=""', None, "")
        sheet.write_formula(1, 2, "=47+48", None, 95)

    # Excel names the kind of a result that is empty text.
    as_excel = with_part(
        content.getvalue(), SHEET, lambda part: part.replace(b'r="B2"', b'r="B2" t="str"')
    )

    row = read(as_excel)[1]

    assert row.faults == {}
    assert row.cells == ["TESTER", "", "95"]


def test_a_cell_that_shows_an_error_is_a_fault_of_its_cell():
    book = Workbook()
    book.active.append(["titel", "afdeling"])
    book.active.append(["x", "#N/A"])
    book.active["B2"].data_type = "e"

    assert "#N/A" in read(saved(book))[1].faults[1]


def test_a_workbook_may_claim_any_size():
    content = with_part(
        workbook_of(rows_of(2)),
        SHEET,
        lambda sheet: sheet.replace(b'ref="A1:J3"', b'ref="A1:XFD1048576"'),
    )

    assert [len(row.cells) for row in read(content)] == [len(HEADERS)] * 3


def test_a_workbook_with_a_cell_far_away_is_refused():
    content = with_part(
        workbook_of(rows_of(1)), SHEET, lambda sheet: sheet.replace(b'r="J2"', b'r="XFD2"')
    )

    with pytest.raises(UnreadableFileError, match="Row 2 has more than 200 columns"):
        read(content)


def test_a_workbook_with_entities_that_grow_is_refused():
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    content = with_part(
        workbook_of(rows_of(1)),
        SHEET,
        lambda sheet: laughs + sheet.replace(b"<v>0</v>", b"<v>&b;</v>", 1),
    )

    with pytest.raises(UnreadableFileError, match="not an Excel workbook"):
        read(content)


@pytest.mark.parametrize("part", ["xl/workbook.xml", SHEET, "_rels/.rels", "xl/styles.xml"])
def test_a_damaged_workbook_is_refused(part):
    content = with_part(workbook_of(rows_of(3)), part, lambda data: data[: len(data) // 2])

    with pytest.raises(UnreadableFileError, match="not an Excel workbook"):
        read(content)


def test_any_other_packed_file_is_refused():
    content = with_part(workbook_of([]), "xl/workbook.xml", lambda _data: b"<document/>")

    with pytest.raises(UnreadableFileError, match=r"not an Excel workbook|no sheet"):
        read(content)
