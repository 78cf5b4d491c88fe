from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagements.rules import decision_due_on

DAYS = st.dates(date(2024, 1, 1), date(2030, 1, 1))


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "days_before"),
    [
        (date(2026, 1, 1), date(2026, 3, 31), 30),  # exactly 3 months
        (date(2026, 1, 1), date(2026, 4, 1), 45),
        (date(2026, 1, 1), date(2026, 6, 30), 45),  # exactly 6 months
        (date(2026, 1, 1), date(2026, 7, 1), 60),
        (date(2026, 1, 1), date(2028, 12, 31), 60),
    ],
)
def test_the_longer_the_engagement_the_earlier_the_decision(starts_on, ends_on, days_before):
    assert ends_on - decision_due_on(starts_on, ends_on) == timedelta(days=days_before)


def test_a_very_short_engagement_is_decided_on_its_first_day():
    assert decision_due_on(date(2026, 5, 4), date(2026, 5, 8)) == date(2026, 5, 4)


def test_the_days_are_a_setting():
    assert decision_due_on(date(2026, 1, 1), date(2026, 12, 31), ((None, 10),)) == date(
        2026, 12, 21
    )


@given(DAYS, st.integers(0, 1500))
def test_the_decision_falls_inside_the_engagement(starts_on, length):
    ends_on = starts_on + timedelta(days=length)

    assert starts_on <= decision_due_on(starts_on, ends_on) <= ends_on
