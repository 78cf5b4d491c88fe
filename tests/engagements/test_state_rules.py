from datetime import date, timedelta
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagements import models
from engagements.rules import (
    ALLOWED_DECISIONS,
    Decision,
    Decisions,
    State,
    may_decide,
    may_move_end,
    state_of,
)

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
PERIODS = st.tuples(DAYS, DAYS).map(sorted)
START, END = date(2026, 1, 1), date(2026, 12, 31)


@pytest.mark.parametrize(
    ("today", "state"),
    [
        (date(2025, 12, 31), "planned"),
        (date(2026, 1, 1), "active"),
        (date(2026, 10, 1), "active"),
        (date(2026, 10, 2), "ending"),  # 90 days before the end
        (date(2026, 12, 31), "ending"),
        (date(2027, 1, 1), "ended"),
    ],
)
def test_the_dates_say_the_state_on_the_day_itself(today, state):
    assert state_of(today, START, END, Decisions(), 90) == state


@pytest.mark.parametrize(
    ("decisions", "state"),
    [
        (Decisions(cancelled=True), "cancelled"),
        (Decisions(closed=True), "closed"),
        (Decisions(ended_early=True), "ended_early"),
        (Decisions(closed=True, ended_early=True), "closed"),
        (Decisions(cancelled=True, closed=True, ended_early=True), "cancelled"),
    ],
)
def test_decisions_weigh_more_than_dates_after_the_end(decisions, state):
    assert state_of(date(2027, 1, 1), START, END, decisions, 90) == state


@given(DAYS, PERIODS, st.integers(0, 400))
def test_an_early_end_that_has_not_come_yet_shows_as_any_other_end(today, period, ending_days):
    early = state_of(today, *period, Decisions(ended_early=True), ending_days)
    plain = state_of(today, *period, Decisions(), ending_days)

    assert early == ("ended_early" if plain == "ended" else plain)


@given(PERIODS, st.integers(0, 400), st.lists(DAYS, min_size=2, max_size=8).map(sorted))
def test_without_decisions_time_only_moves_the_state_forward(period, ending_days, days):
    order = ["planned", "active", "ending", "ended"]
    places = [order.index(state_of(day, *period, Decisions(), ending_days)) for day in days]

    assert all(earlier <= later for earlier, later in pairwise(places))


@given(PERIODS, st.integers(0, 400))
def test_first_and_last_day_belong_to_the_engagement(period, ending_days):
    starts_on, ends_on = period
    day = timedelta(days=1)

    assert state_of(starts_on, *period, Decisions(), ending_days) in {"active", "ending"}
    assert state_of(ends_on, *period, Decisions(), ending_days) == "ending"
    assert state_of(ends_on + day, *period, Decisions(), ending_days) == "ended"
    assert state_of(starts_on - day, *period, Decisions(), ending_days) == "planned"


def test_the_rules_know_exactly_the_states_of_the_model():
    assert set(get_args(State)) == set(models.State.values)
    assert set(ALLOWED_DECISIONS) == set(get_args(State))


ALLOWED = {
    ("planned", "cancel"),
    ("active", "end_early"),
    ("ending", "end_early"),
    ("ended", "close"),
    ("ended_early", "close"),
}


@pytest.mark.parametrize("state", get_args(State))
@pytest.mark.parametrize("decision", get_args(Decision))
def test_each_decision_can_be_taken_in_exactly_the_right_states(state, decision):
    assert may_decide(state, decision) is ((state, decision) in ALLOWED)


@pytest.mark.parametrize("state", get_args(State))
def test_the_end_moves_until_the_file_is_closed_or_cancelled(state):
    assert may_move_end(state) is (state not in {"closed", "cancelled"})
