"""Lists made to hold up a worker or to fill its memory: counted as they unpack, and refused."""

import io
import re
import struct
import tracemalloc
import zipfile
from itertools import repeat

import pytest

from engagements.operations.imports import reading, unpacking
from engagements.operations.imports.rows import LARGEST_FILE, UnreadableFileError, within_limits
from engagements.operations.imports.unpacking import Package
from engagements.operations.imports.workbooks import rows_in
from tests.factories.lists import (
    HEADERS,
    SHEET,
    SHEET_NAMESPACE,
    row_of,
    rows_of,
    sheet_of,
    texts_of,
    with_part,
    workbook_of,
)
from tests.factories.uploads import lie_about

MEGABYTE = 2**20
LITTLE = 8 * MEGABYTE  # of memory, for a list that is refused or read with next to nothing in it
TEXTS = "xl/sharedStrings.xml"


def cells_of(*texts):
    return "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts)


HEADER = f"<row>{cells_of(*HEADERS)}</row>"
FIRST = f"<row>{cells_of(*(row_of()[name] for name in HEADERS))}</row>"
START = (HEADER, FIRST)


def blank_rows(count, cells=0):
    return repeat(f"<row>{'<c/>' * cells}</row>", count)


def one_cell(text, count, kind="inlineStr"):
    """Return a row with one cell whose text is repeated."""
    before, after = ("<is><t>", "</t></is>") if kind == "inlineStr" else ("<v>", "</v>")
    return (f'<row><c t="{kind}">{before}', *repeat(text, count), f"{after}</c></row>")


def shared(texts, asked):
    """Return a workbook whose only cell asks for one of the shared texts."""
    content = sheet_of(HEADER, f'<row><c t="s"><v>{asked}</v></c></row>')
    return texts_of(content, texts)


def answer_to(content):
    """Open and read a list as an upload does; return its rows, or why it is refused."""
    file = io.BytesIO(content)
    try:
        reading.read_opening(file)
        return sum(1 for _row in reading.read_rows(file))
    except UnreadableFileError as error:
        return str(error)


def measured(content):
    tracemalloc.start()
    try:
        return answer_to(content), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


WORKBOOKS = {
    "a million empty rows": (sheet_of(*START, *blank_rows(1_000_000)), "blank rows"),
    "empty rows first": (sheet_of(*blank_rows(1_000_000)), "blank rows"),
    "rows in rows": (sheet_of("<row>", *blank_rows(300_000), "</row>"), "blank rows"),
    "rows without an end": (sheet_of(*repeat("<row>", 100_000)), "far more than a list"),
    "blank cells first": (sheet_of(*blank_rows(100, cells=16_000), *START), "blank rows"),
    "a row of blank cells": (
        sheet_of(HEADER, f"<row>{'<c/>' * 300_000}</row>"),
        "Row 2 has more than 200 columns",
    ),
    "a word without end in a tag": (
        sheet_of(HEADER, '<row spans="', *repeat("x" * 1024, 10_240), '"/>'),
        "far more than a list",
    ),
    "a remark without end": (
        sheet_of(HEADER, "<!--", *repeat("x" * 1024, 10_240), "-->", FIRST),
        "far more than a list",
    ),
    "too many styles": (
        with_part(
            workbook_of(rows_of(1)),
            "xl/styles.xml",
            lambda _: f"<styleSheet><cellXfs>{'<xf/>' * 100_000}</cellXfs></styleSheet>".encode(),
        ),
        "far more than a list",
    ),
    "a cell of a hundred megabytes": (sheet_of(HEADER, *one_cell("x" * 1024 * 1024, 100)), 2),
    "a number of ten megabytes": (sheet_of(HEADER, *one_cell("1" * 1024, 10_240, "n")), 2),
    "a header of ten megabytes": (sheet_of(*one_cell("x" * 1024, 10_240), FIRST), 2),
    "a shared text of ten megabytes": (shared([*repeat("x" * 1024, 10_240)], 0), 2),
    "a cell far down": (sheet_of(*START, '<row r="1048576"><c><v>1</v></c></row>'), 3),
    "a cell below the last row": (
        sheet_of(*START, '<row r="1048577"><c><v>1</v></c></row>'),
        "not an Excel workbook",
    ),
    "rows that go back": (
        sheet_of(*START, '<row r="2"><c><v>1</v></c></row>'),
        "not an Excel workbook",
    ),
}


@pytest.mark.parametrize(("content", "answer"), WORKBOOKS.values(), ids=WORKBOOKS)
def test_a_small_workbook_that_unpacks_to_much_takes_little_memory(content, answer):
    assert len(content) < MEGABYTE

    said, memory = measured(content)

    if isinstance(answer, int):
        assert said == answer
    else:
        with pytest.raises(UnreadableFileError, match=answer):
            raise UnreadableFileError(said)
    assert memory < LITTLE


def test_blank_cells_beside_text_count_too():
    row = f"<row>{cells_of('x')}{'<c/>' * 199}</row>"

    assert re.match(
        r"Up to row 10002 there are more than 2\.000\.000 cells",
        answer_to(sheet_of(*START, *repeat(row, 11_000))),
    )


def test_a_cell_of_millions_of_parts_is_refused():
    package = Package(
        io.BytesIO(sheet_of(HEADER, "<row><c>", *repeat("<x/>" * 1000, 9_000), "</c></row>"))
    )

    with pytest.raises(UnreadableFileError, match="far more than a list"):
        list(rows_in(package))

    assert package.elements == unpacking.MOST_ELEMENTS + 1


def test_more_shared_texts_than_any_list_has_are_refused():
    content = shared(["</t></si><si><t>ab"] * 1_000_001, 1_000_000)

    assert "far more than a list" in answer_to(content)


def test_shared_texts_are_kept_small_whatever_letters_they_are_in():
    content = shared([f"</t></si><si><t>\N{GRINNING FACE}{'x' * 900}"] * 20_000, 19_999)

    said, memory = measured(content)

    assert said == 2
    assert memory < 30 * MEGABYTE  # 18 of text; four times as much as it is kept by Python


def test_only_the_shared_texts_that_are_asked_for_are_read():
    texts = [f"</t></si><si><t>{number}" for number in range(200_000)]
    package = Package(io.BytesIO(shared(texts, 10)))

    rows = list(rows_in(package))

    assert rows[1].cells == ["9"]
    assert package.elements < 50_000


@pytest.mark.parametrize("before", [(), START])
def test_a_refused_workbook_is_not_unpacked_to_its_end(before):
    cells = 600 * 190
    package = Package(
        io.BytesIO(sheet_of(*before, *blank_rows(600, cells=190), *blank_rows(10**5)))
    )

    with pytest.raises(UnreadableFileError, match="blank rows"):
        list(within_limits(rows_in(package)))

    assert package.elements < cells + 50_000


def test_the_start_of_a_workbook_is_read_without_the_rest():
    package = Package(io.BytesIO(sheet_of(*START, *repeat(FIRST, 15_000))))
    rows = within_limits(rows_in(package))

    next(rows), next(rows)

    assert package.unpacked < 4 * unpacking.CHUNK


def test_what_follows_the_rows_is_not_read():
    content = sheet_of(*START, behind=f"<mergeCells>{'<mergeCell/>' * 500_000}</mergeCells>")
    package = Package(io.BytesIO(content))

    assert len(list(rows_in(package))) == 2
    assert package.elements < 50_000


def test_other_sheets_are_not_read():
    content = with_part(
        workbook_of(rows_of(1)), "xl/worksheets/sheet2.xml", lambda _: b"<x/>" * 10**6, add=True
    )

    assert answer_to(content) == 2


def test_a_workbook_that_says_how_large_it_is_is_refused_before_it_is_unpacked():
    content = sheet_of(*START, *repeat("<row/>" * 1000, 70_000))
    package = Package(io.BytesIO(content))
    assert len(content) < 2 * MEGABYTE

    with pytest.raises(UnreadableFileError, match="far more than a list"):
        list(rows_in(package))

    assert package.unpacked < MEGABYTE


@pytest.mark.parametrize("part", [SHEET, TEXTS])
def test_a_workbook_that_lies_about_its_size_is_refused(part):
    content = with_part(workbook_of(rows_of(1)), part, lambda data: data + b" " * 30 * MEGABYTE)

    said, memory = measured(lie_about(content, part, 200))

    assert "not an Excel workbook" in said
    assert memory < LITTLE


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_workbook_packed_in_another_way_is_refused(packing):
    """Such packing hands out hundreds of megabytes at once."""
    content = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook_of(rows_of(1)))) as old,
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            is_bomb = name == SHEET
            data = b" " * 50 * MEGABYTE if is_bomb else old.read(name)
            new.writestr(name, data, compress_type=packing if is_bomb else None)

    said, memory = measured(content.getvalue())

    assert "not an Excel workbook" in said
    assert memory < LITTLE


def test_a_workbook_of_a_hundred_thousand_parts_is_refused_before_they_are_listed():
    entry = struct.pack(
        "<4s4B4H3L5H2L", b"PK\1\2", 20, 3, 20, 0, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0
    )
    parts = (entry + b"x") * 100_000
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65_535, 65_535, len(parts), 30, 0)

    said, memory = measured(b"PK\3\4" + bytes(26) + parts + end)

    assert "far more than a list" in said
    assert memory < 2 * LITTLE  # the file itself is one of them


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "koi8-r"])
def test_an_encoding_hides_nothing_from_the_counts(encoding):
    rows = "<row/>" * 60_000
    sheet = (
        f'<?xml version="1.0" encoding="{encoding}"?><worksheet xmlns="{SHEET_NAMESPACE}">'
        f"<sheetData>{HEADER}{FIRST}{rows}</sheetData></worksheet>"
    )
    content = with_part(workbook_of(rows_of(1)), SHEET, lambda _: sheet.encode(encoding))

    assert "blank rows" in answer_to(content)


CSV = {
    "separators without end": (b"a;b\nc;d\n" + b";" * (LARGEST_FILE - 8), "more than 200 columns"),
    "one line": (b"x" * LARGEST_FILE, "Line 1 is too long"),
    "fifty megabytes": (b"x" * 50 * MEGABYTE, "too large: at most 20 MB"),
    "a quotation mark that stays open": (b'a;b\n"' + b"x\n" * 9_000_000, "near row 2"),
    "a quoted cell of many lines": (b'a;b\n"' + b"x\n" * 9_000_000 + b'";y\n', "near row 2"),
    "line ends": (b"a;b\r" + b"\r" * 2_000_000, "blank rows"),
    "blank cells": (b"a;b\n" + (b";" * 190 + b"\n") * 50_000, "blank rows"),
    "blank cells beside text": (
        b"a;b\nc;d\n" + (b"x" + b";" * 199 + b"\n") * 11_000,
        "Up to row 10002 there are more than",
    ),
    "nothing that is text": (b"a;b\n\x00;c\n", "not a list that we can read"),
    "letters of four bytes": ("a;b\nx;y\n".encode("utf-32"), "UTF-16"),
}


@pytest.mark.parametrize(("content", "answer"), CSV.values(), ids=CSV)
def test_a_csv_file_that_goes_on_without_end_takes_little_memory(content, answer):
    said, memory = measured(content)

    with pytest.raises(UnreadableFileError, match=answer):
        raise UnreadableFileError(said)
    assert memory < LITTLE


def test_a_workbook_with_more_text_than_a_csv_file_can_have_is_refused():
    """A text that cells share takes a few bytes in the file, and as many as they like here."""
    row = "<row>" + '<c t="s"><v>0</v></c>' * 100 + "</row>"
    content = texts_of(sheet_of(HEADER, *repeat(row, 300)), ["x" * 4_000])

    assert "Up to row 54 there is more text" in answer_to(content)


def test_line_ends_of_every_kind_may_be_mixed():
    rows = reading.read_rows(io.BytesIO(b"a;b\r\nc;d\re;f\n\r\ng;h"))

    assert [row.cells for row in rows] == [["a", "b"], ["c", "d"], ["e", "f"], ["g", "h"]]
