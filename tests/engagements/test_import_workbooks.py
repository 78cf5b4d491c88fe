"""What the cells of a workbook say, whichever program saved it."""

import io
import re
from datetime import date, datetime, time, timedelta

import pytest
import xlsxwriter
from openpyxl import Workbook, load_workbook

from engagements.operations.imports import reading
from engagements.operations.imports.rows import UnreadableFileError
from tests.factories.lists import (
    SHEET,
    rows_of,
    saved,
    sheet_of,
    texts_of,
    with_part,
    workbook_of,
)

FORMATS = (
    "General",
    "0.00",
    "dd-mm-yyyy",
    "d mmmm yyyy",
    'yyyy"-"mm',
    "h:mm:ss",
    "[h]:mm",
    "m/d/yy h:mm",
    "[$-413]dddd d mmmm",
    '[Red]0;"dag"',
    "@",
)
NUMBERS = (0, 0.5, 1, 59, 60, 61, 95.5, 1.234, 45_000, 45_000.75, 80.0, -3, 2_958_465, 10**15)


def row_in(content):
    """Return the one row of a workbook."""
    (row,) = reading.read_rows(io.BytesIO(content))
    return row


def cells_in(content):
    return row_in(content).cells


def in_openpyxl(content):
    """Return the same row as another program reads it."""
    book = load_workbook(io.BytesIO(content), data_only=True)
    return [cell.value for cell in next(book.active.rows)]


@pytest.mark.parametrize("shape", FORMATS)
@pytest.mark.parametrize("counts_from_1904", [False, True])
def test_a_number_is_a_day_where_it_is_shown_as_one(shape, counts_from_1904):
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"date_1904": counts_from_1904}) as book:
        sheet, look = book.add_worksheet(), book.add_format({"num_format": shape})
        for at, number in enumerate(number for number in NUMBERS if 0 <= number < 10**6):
            sheet.write_number(0, at, number, look)

    read, other = cells_in(content.getvalue()), in_openpyxl(content.getvalue())

    for said, value in zip(read, other, strict=True):
        if isinstance(value, datetime):
            whole_day = value.time() == time(0)
            assert said == (value.date().isoformat() if whole_day else value.isoformat(sep=" "))
        elif isinstance(value, time):
            assert said == value.isoformat()
        elif isinstance(value, timedelta):
            assert said == str(value)
        else:
            assert float(said) == value


def test_a_number_has_no_other_decimals_than_it_had():
    book = Workbook()
    book.active.append(NUMBERS)

    assert cells_in(saved(book)) == [
        *("0", "0.5", "1", "59", "60", "61", "95.5", "1.2340", "45000", "45000.75"),
        *("80", "-3", "2958465", "1000000000000000"),
    ]


def test_the_first_and_the_last_day_of_a_spreadsheet_are_days():
    book = Workbook()
    book.active.append([date(1900, 1, 1), date(9999, 12, 31), datetime(2026, 3, 1, 9, 30)])  # noqa: DTZ001

    assert cells_in(saved(book)) == ["1900-01-01", "9999-12-31", "2026-03-01 09:30:00"]


@pytest.mark.parametrize("number", ["2958466", "-700000", "1e300", "nan"])
def test_a_day_that_does_not_exist_is_a_fault_of_its_cell(number):
    book = Workbook()
    book.active.append(["x", date(2026, 3, 1)])
    content = with_part(
        saved(book), SHEET, lambda part: re.sub(rb"<v>46\d+</v>", f"<v>{number}</v>".encode(), part)
    )

    assert "there is no such day" in row_in(content).faults[1]


def test_a_day_may_be_written_out():
    cell = '<c t="d"><v>{}</v></c>'
    content = sheet_of(
        "<row>", cell.format("2026-03-01"), cell.format("2026-03-01T09:30:00Z"), "</row>"
    )

    assert cells_in(content) == ["2026-03-01", "2026-03-01 09:30:00"]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<c t="b"><v>1</v></c>', "True"),
        ('<c t="b"><v>0</v></c>', "False"),
        ('<c t="str"><f>A1</f><v>x</v></c>', "x"),
        ('<c t="inlineStr"><is><r><t>x</t></r><r><rPr><b/></rPr><t> y</t></r></is></c>', "x y"),
        ('<c t="inlineStr"><is><t>東京</t><rPh><t>トウキョウ</t></rPh></is></c>', "東京"),
        ('<c t="inlineStr"><is><t>a_x000D_b_x005F_x000D_c</t></is></c>', "a\rb_x000D_c"),
        ('<c t="inlineStr"><is><t><![CDATA[<b>]]>&amp;</t></is></c>', "<b>&"),
        ("<c><f>1</f><v>95.5</v></c>", "95.5"),
        ('<c r="A1" s="0"><v> 7 </v></c>', "7"),
    ],
)
def test_cells_of_every_kind_are_read(cell, text):
    assert cells_in(sheet_of(f"<row>{cell}</row>")) == [text]


def test_shared_texts_are_read_with_all_their_parts():
    texts = "een</t></si><si><r><t>tw</t></r><r><t>ee</t></r><rPh><t>x</t></rPh></si><si><t>drie"
    cells = "".join(f'<c t="s"><v>{at}</v></c>' for at in (2, 1, 0))

    assert cells_in(texts_of(sheet_of(f"<row>{cells}</row>"), [texts])) == ["drie", "twee", "een"]


def test_cells_stand_where_their_address_says():
    content = sheet_of('<row r="7"><c r="C7"><v>3</v></c><c r="A7"><v>1</v></c></row>')

    row = row_in(content)

    assert (row.number, row.cells) == (7, ["1", "", "3"])


def test_names_may_have_prefixes():
    content = with_part(
        workbook_of([], headers=["naam"]),
        SHEET,
        lambda _: (
            b'<x:worksheet xmlns:x="urn:any"><x:sheetData><x:row><x:c t="inlineStr"><x:is>'
            b"<x:t>naam</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>"
        ),
    )

    assert cells_in(content) == ["naam"]


def test_the_parts_may_be_anywhere():
    """Some programs call the list of sheets workbook2.xml, or begin every name with a slash."""
    content = workbook_of([], headers=["naam"])
    moves = {
        "_rels/.rels": (b'"xl/workbook.xml"', b'"/xl/workbook.xml"'),
        "xl/_rels/workbook.xml.rels": (b'"worksheets/sheet1.xml"', b'"/xl/worksheets/sheet1.xml"'),
    }
    for part, (old, new) in moves.items():
        moved = with_part(content, part, lambda data, old=old, new=new: data.replace(old, new))
        assert moved != content
        content = moved

    assert cells_in(content) == ["naam"]


@pytest.mark.parametrize(
    "row",
    [
        '<row r="x"/>',
        '<row r="0"><c><v>1</v></c></row>',
        '<row><c r="?"><v>1</v></c></row>',
        '<row><c r="ABCD1"><v>1</v></c></row>',
        '<row><c t="s"><v>999</v></c></row>',
        '<row><c t="s"><v>x</v></c></row>',
        "<row><c><v>veel</v></c></row>",
        '<row><c s="x"><v>1</v></c></row>',
        '<row><c s="' + "1" * 5_000 + '"><v>1</v></c></row>',
        "<row><c><v>&unknown;</v></c></row>",
    ],
)
def test_what_no_spreadsheet_writes_is_refused(row):
    with pytest.raises(UnreadableFileError, match="not an Excel workbook"):
        row_in(sheet_of(row))


def test_a_workbook_without_styles_or_shared_texts_is_read():
    content = with_part(
        workbook_of(rows_of(1)),
        "xl/_rels/workbook.xml.rels",
        lambda data: re.sub(rb"<Relationship [^>]*(styles|sharedStrings)[^>]*>", b"", data),
    )
    content = with_part(
        content,
        SHEET,
        lambda _: (
            b'<worksheet><sheetData><row><c s="1"><v>46000</v></c></row></sheetData></worksheet>'
        ),
    )

    assert cells_in(content) == ["46000"]


def test_a_locked_part_is_refused():
    content = bytearray(workbook_of(rows_of(1)))
    content[6] |= 1  # of the first part, in its own header
    at = content.index(b"PK\1\2")
    while at >= 0:
        content[at + 8] |= 1
        at = content.find(b"PK\1\2", at + 4)

    with pytest.raises(UnreadableFileError, match="not an Excel workbook"):
        row_in(bytes(content))
