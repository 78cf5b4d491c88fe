"""A workbook that leaves while its rows are read, and says what the CSV says."""

import csv
import datetime
import io
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.spreadsheets import quiet
from dashboards.tables import csv_lines, xlsx_parts
from dashboards.tables.workbooks import AT_ONCE, LONGEST_TEXT

HEADINGS = ["Name", "Last day", "Points", "Open"]
DAY = datetime.date(2026, 12, 1)


def bytes_of(rows, headings=HEADINGS):
    return b"".join(xlsx_parts("Sheet & <1>", headings, rows))


def book_of(rows, headings=HEADINGS):
    return openpyxl.load_workbook(io.BytesIO(bytes_of(rows, headings)))


def as_csv_says(value):
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    return "" if value is None else str(value)


texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=40
)
cells = st.tuples(
    texts.filter(lambda text: text and "_x" not in text),
    st.none() | st.dates(datetime.date(1990, 1, 1), datetime.date(2100, 12, 31)),
    st.none() | st.integers(-(10**6), 10**6),
    st.none() | st.integers(0, 10**9),
)


@given(st.lists(cells, max_size=8))
def test_workbook_holds_what_the_csv_holds(rows):
    _mark, *lines = csv_lines(HEADINGS, rows, "en")
    written = list(csv.reader(io.StringIO("".join(lines), newline="")))

    read = book_of(rows).active.iter_rows(max_col=4, values_only=True)

    # A workbook knows texts from formulas; in the CSV a mark keeps them apart.
    assert [[quiet(name), *map(as_csv_says, others)] for name, *others in read] == written


def test_workbook_looks_like_a_list():
    sheet = book_of([("Fatima", DAY, Decimal("12.50"), 3)]).active

    assert sheet.title == "Sheet & <1>"
    assert sheet.freeze_panes == "A2"
    assert [cell.font.b for cell in sheet[1]] == [True] * 4
    assert [cell.font.b for cell in sheet[2]] == [False] * 4
    assert [cell.value for cell in sheet[2]] == [
        "Fatima",
        datetime.datetime(2026, 12, 1),  # noqa: DTZ001 - a day of a sheet has no zone
        12.5,
        3,
    ]
    assert sheet["B2"].is_date
    assert sheet.column_dimensions["A"].width > 18


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " spaces ", "a\rb\nc"])
def test_text_stays_text(text):
    cell = book_of([(text, None, None, None)]).active["A2"]

    assert (cell.value, cell.data_type) == (text, "s")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a\x00b\x0bc\ufffe", "abc"),
        ("\ud800", None),
        ("<b>&amp;\"'", "<b>&amp;\"'"),
        ("x" * (LONGEST_TEXT + 5), "x" * LONGEST_TEXT),
    ],
)
def test_what_a_workbook_cannot_hold_is_left_out(text, read):
    assert (book_of([(text, None, None, None)]).active["A2"].value or None) == read


def test_text_that_looks_like_an_escape_is_escaped():
    content = zipfile.ZipFile(io.BytesIO(bytes_of([("_x0041_", None, None, None)])))

    assert b"_x005F_x0041_" in content.read("xl/worksheets/sheet1.xml")


def test_columns_past_the_alphabet_have_two_letters():
    sheet = book_of([list(range(30))], [f"Column {number}" for number in range(30)]).active

    assert sheet["AD2"].value == 29
    assert sheet["Z2"].value == 25


def test_first_bytes_leave_before_any_row_is_read():
    read = []

    def rows():
        read.append("begun")
        yield ("Fatima", DAY, 1, 2)

    parts = xlsx_parts("Sheet", HEADINGS, rows())

    assert next(parts).startswith(b"PK")
    assert not read


def test_rows_leave_as_they_come_and_few_wait():
    given_out = 0

    def rows():
        nonlocal given_out
        for number in range(100_000):
            given_out += 1
            yield (f"Person {number} {number * 7919 % 104729}", DAY, number, number)

    waiting, sizes = [], []
    before = 0
    for part in xlsx_parts("Sheet", HEADINGS, rows()):
        waiting.append(given_out - before)
        sizes.append(len(part))
        before = given_out

    assert given_out == 100_000
    assert len(sizes) > 40
    assert max(sizes) < 4 * AT_ONCE
    assert max(waiting) < 10_000


def test_hundred_thousand_rows_are_a_whole_file():
    rows = ((f"Person {number}", DAY, number, number) for number in range(100_000))
    content = io.BytesIO(bytes_of(rows))

    assert zipfile.ZipFile(content).testzip() is None
    book = openpyxl.load_workbook(content, read_only=True)
    assert sum(1 for _row in book.active.iter_rows(values_only=True)) == 100_001
