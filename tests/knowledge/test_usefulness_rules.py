"""In which days receivers are asked, and what their answers suggest."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendars import WorkCalendar
from knowledge.rules import Round, Tally, advice_on, round_on, rounds_of

END = date(2026, 9, 30)
CALENDAR = WorkCalendar(country="NL")
TALLIES = st.integers(0, 40).flatmap(
    lambda answered: st.integers(0, answered).flatmap(
        lambda used: st.builds(
            Tally,
            asked=st.just(answered),
            answered=st.just(answered),
            used=st.just(used),
            enough=st.integers(0, used),
            called=st.integers(0, answered),
        )
    )
)


def rounds(days=(30, 90), unit="calendar", window=30):
    return rounds_of(END, days, unit, CALENDAR, window)


def test_two_rounds_of_thirty_days():
    assert rounds() == [
        Round(30, date(2026, 10, 30), date(2026, 11, 28)),
        Round(90, date(2026, 12, 29), date(2027, 1, 27)),
    ]


def test_a_round_ends_where_the_next_one_opens():
    first, second = rounds(window=300)

    assert first.closes_on == second.opens_on - timedelta(days=1)
    assert second.closes_on == second.opens_on + timedelta(days=299)


def test_working_days_are_counted_by_the_calendar_and_days_before_the_end_are_no_round():
    (only,) = rounds(days=(5, -5, 0), unit="working")

    assert (only.days, only.opens_on) == (5, date(2026, 10, 7))


@pytest.mark.parametrize(
    ("day", "days"),
    [
        (date(2026, 10, 29), None),
        (date(2026, 10, 30), 30),
        (date(2026, 11, 28), 30),
        (date(2026, 11, 29), None),
        (date(2027, 1, 27), 90),
        (date(2027, 1, 28), None),
    ],
)
def test_a_day_lies_in_one_round_or_in_none(day, days):
    found = round_on(day, rounds())

    assert (found and found.days) == days


@pytest.mark.parametrize(
    ("used", "enough", "called", "advice"),
    [
        (2, 2, 0, "fewer"),  # of ten
        (3, 3, 10, "fewer"),
        (4, 4, 0, "keep"),
        (8, 4, 0, "better"),
        (8, 8, 5, "better"),
        (8, 6, 2, "keep"),
        (8, 8, 2, "more"),
        (8, 8, 3, "keep"),
        (7, 7, 0, "keep"),
    ],
)
def test_what_ten_answers_suggest(used, enough, called, advice):
    tally = Tally(asked=12, answered=10, used=used, enough=enough, called=called)

    assert advice_on(tally, 5) == advice


@pytest.mark.parametrize(("answered", "least"), [(4, 5), (0, 0), (0, 1)])
def test_too_few_answers_suggest_nothing(answered, least):
    assert advice_on(Tally(asked=9, answered=answered, used=answered), least) is None


def test_shares_are_whole_and_of_nothing_there_is_none():
    tally = Tally(asked=9, answered=8, used=1, enough=0, called=3)

    assert (tally.used_percent, tally.enough_percent, tally.called_percent) == (13, 0, 38)
    assert (Tally().used_percent, Tally().enough_percent, Tally().called_percent) == (
        None,
        None,
        None,
    )


@given(TALLIES, st.integers(1, 50))
def test_nobody_is_told_to_give_more_for_what_needed_many_calls(tally, least):
    advice = advice_on(tally, least)

    assert (advice is None) == (tally.answered < least)
    if advice == "more":
        assert tally.called * 4 <= tally.answered
        assert tally.used * 2 > tally.answered
    if advice == "fewer":
        assert tally.used * 2 < tally.answered
