"""CSV that runs nothing, whoever opens it with which separator."""

import csv
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.spreadsheets import csv_lines, quiet, unquieted

HOSTILE = st.text(alphabet="=+-@\uff1d\uff0b\uff0d\uff20;,\t\r\n '\"a", max_size=20)
RUNS = re.compile(r'^[ "]*[=+\-@\uff1d\uff0b\uff0d\uff20]')


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("=1+1", "'=1+1"),
        ("\n=1", "'\n'=1"),
        ("\uff1dSUM(A1)", "'\uff1dSUM(A1)"),
        ("a;=1", "a;'=1"),
        ("a, @b", "a, '@b"),
        ('Backups,"=HYPERLINK(A1),x', "Backups,\"'=HYPERLINK(A1),x"),
        ('Backups; " "-1', 'Backups; " "\'-1'),
        ('"=1"', '"\'=1"'),
        ("Jan-Peter, C++ = fine", "Jan-Peter, C++ = fine"),
    ],
)
def test_what_begins_like_a_formula_is_kept_quiet(typed, kept):
    assert quiet(typed) == kept
    assert unquieted(kept) == typed


@given(HOSTILE)
def test_no_part_of_a_cell_begins_like_a_formula(text):
    for separator in ",;\t\r\n":
        assert not any(RUNS.match(part) for part in quiet(text).split(separator))


@given(st.lists(st.lists(HOSTILE, min_size=2, max_size=3), min_size=1, max_size=3))
def test_every_cell_stands_between_quotes(rows):
    cells = [[quiet(cell) for cell in row] for row in rows]
    text = "".join(csv_lines(cells, delimiter=";", mark=""))

    assert list(csv.reader(text.splitlines(keepends=True), delimiter=";")) == cells
    assert text.startswith('"')
    assert text.count('"') >= 2 * sum(map(len, cells))


@given(st.lists(st.lists(HOSTILE, min_size=2, max_size=3), min_size=1, max_size=3))
def test_nothing_runs_where_the_file_is_opened_with_another_separator(rows):
    cells = [[quiet(cell) for cell in row] for row in rows]
    for written, others in ((";", ",\t"), (",", ";\t")):
        text = "".join(csv_lines(cells, delimiter=written, mark=""))
        for other in others:
            read = csv.reader(text.splitlines(keepends=True), delimiter=other)
            assert not any(RUNS.match(cell) for row in read for cell in row)
