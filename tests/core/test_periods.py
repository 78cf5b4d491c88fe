"""Quarters and years as an address names them."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from core.periods import Period, quarters, years


def test_quarters_go_back_over_the_turn_of_the_year():
    found = list(quarters(date(2026, 5, 31), 3))

    assert found == [
        ("2026-q2", Period(date(2026, 4, 1), date(2026, 6, 30))),
        ("2026-q1", Period(date(2026, 1, 1), date(2026, 3, 31))),
        ("2025-q4", Period(date(2025, 10, 1), date(2025, 12, 31))),
    ]


def test_years_are_whole():
    assert dict(years(date(2028, 2, 29), 2)) == {
        "2028": Period(date(2028, 1, 1), date(2028, 12, 31)),
        "2027": Period(date(2027, 1, 1), date(2027, 12, 31)),
    }


@given(st.dates(date(1992, 1, 1), date(2100, 1, 1)))
def test_four_quarters_are_a_year_and_the_day_lies_in_the_first_of_them(day):
    (_year, whole), *_rest = years(day, 1)
    first_key, newest = next(iter(quarters(day, 1)))
    in_year = [period for _key, period in quarters(whole.last, 4)]

    assert day in newest
    assert day in whole
    assert first_key.startswith(str(day.year))
    assert (in_year[-1].first, in_year[0].last) == (whole.first, whole.last)
    assert newest in in_year
