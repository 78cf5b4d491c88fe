from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendars import add_months
from engagements.rules import Tenure, tenure

STARTS = st.dates(date(2015, 1, 1), date(2030, 1, 1))
PERIODS = st.lists(
    st.tuples(STARTS, st.integers(0, 700)).map(lambda p: (p[0], p[0] + timedelta(days=p[1]))),
    min_size=1,
    max_size=7,
)


def test_nobody_without_engagements_has_a_tenure():
    assert tenure([]) is None


def test_one_engagement_counts_first_and_last_day():
    assert tenure([(date(2026, 1, 1), date(2026, 1, 31))]) == Tenure(
        date(2026, 1, 1), date(2026, 1, 31), worked_days=31, span_days=31
    )


@pytest.mark.parametrize(
    ("second_start", "begins"),
    [
        (date(2026, 1, 1), date(2025, 1, 1)),  # no gap at all
        (date(2026, 6, 30), date(2025, 1, 1)),  # one day short of 6 months
        (date(2026, 7, 1), date(2026, 7, 1)),  # 6 months: the count starts anew
    ],
)
def test_a_gap_of_six_months_breaks_the_chain_and_a_shorter_one_does_not(second_start, begins):
    periods = [(date(2025, 1, 1), date(2025, 12, 31)), (second_start, date(2026, 12, 31))]

    found = tenure(periods)

    assert (found.starts_on, found.ends_on) == (begins, date(2026, 12, 31))


def test_gap_days_are_in_the_span_and_not_in_the_work():
    found = tenure([(date(2026, 1, 1), date(2026, 1, 10)), (date(2026, 1, 21), date(2026, 1, 30))])

    assert (found.worked_days, found.span_days) == (20, 30)


def test_overlapping_and_enclosed_engagements_count_their_days_once():
    found = tenure(
        [
            (date(2026, 1, 1), date(2026, 1, 31)),
            (date(2026, 1, 5), date(2026, 1, 10)),
            (date(2026, 1, 20), date(2026, 2, 9)),
        ]
    )

    assert found == Tenure(date(2026, 1, 1), date(2026, 2, 9), worked_days=40, span_days=40)


def test_a_gap_of_no_months_breaks_whatever_does_not_join_or_overlap():
    joined = [(date(2026, 1, 1), date(2026, 1, 31)), (date(2026, 2, 1), date(2026, 2, 28))]

    assert tenure(joined, gap_months=0).starts_on == date(2026, 2, 1)
    assert tenure([(date(2026, 1, 1), date(2026, 2, 1)), joined[1]], 0).starts_on == date(
        2026, 1, 1
    )


@given(PERIODS, st.randoms(), st.integers(0, 12))
def test_order_and_repetition_do_not_matter(periods, random, gap):
    shuffled = [*periods, periods[0]]
    random.shuffle(shuffled)

    assert tenure(shuffled, gap) == tenure(periods, gap)


@given(PERIODS, st.integers(1, 12))
def test_a_tenure_agrees_with_counting_day_by_day(periods, gap):
    found = tenure(periods, gap)
    worked = {
        start + timedelta(days=n) for start, end in periods for n in range((end - start).days + 1)
    }
    inside = {day for day in worked if found.starts_on <= day <= found.ends_on}

    assert found.ends_on == max(worked)
    assert found.worked_days == len(inside)
    assert found.span_days == (found.ends_on - found.starts_on).days + 1
    assert found.worked_days <= found.span_days
    before = [day for day in worked if day < found.starts_on]
    if before:
        assert found.starts_on >= add_months(max(before) + timedelta(days=1), gap)


@given(PERIODS, st.integers(0, 11))
def test_a_longer_gap_rule_never_shortens_the_tenure(periods, gap):
    assert tenure(periods, gap + 1).starts_on <= tenure(periods, gap).starts_on
