"""The laws of due dates, moves and putting off."""

import datetime
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendars import WorkCalendar
from core.errors import InvalidTransitionError
from offboarding import rules

CALENDAR = WorkCalendar()
DAYS = st.dates(datetime.date(2020, 1, 1), datetime.date(2040, 12, 31))


@dataclass(frozen=True)
class Step:
    phase: str = "offboarding"
    anchor: str = "end"
    offset_days: int = 0
    day_kind: str = "calendar"
    runs_when: str = "always"


STEPS = st.builds(
    Step,
    phase=st.sampled_from(["onboarding", "offboarding"]),
    anchor=st.sampled_from(["start", "end"]),
    offset_days=st.integers(-90, 90),
    day_kind=st.sampled_from(["calendar", "working"]),
)
PERIODS = st.tuples(DAYS, st.integers(0, 800)).map(
    lambda pair: (pair[0], pair[0] + datetime.timedelta(days=pair[1]))
)


@given(STEPS, PERIODS)
def test_a_farewell_step_is_never_due_before_the_first_day(step, period):
    due = rules.due_on(step, *period, CALENDAR)

    assert step.phase == "onboarding" or due >= period[0]


@given(PERIODS, st.integers(-90, 90))
def test_a_welcome_step_in_calendar_days_is_due_exactly_that_many_days_away(period, offset):
    step = Step(phase="onboarding", anchor="start", offset_days=offset)

    assert (rules.due_on(step, *period, CALENDAR) - period[0]).days == offset


@given(PERIODS, st.integers(-10, 10).filter(bool))
def test_a_step_in_working_days_is_due_on_a_working_day(period, offset):
    step = Step(phase="onboarding", anchor="end", offset_days=offset, day_kind="working")

    assert CALENDAR.is_working_day(rules.due_on(step, *period, CALENDAR))


@given(STEPS, PERIODS, st.integers(0, 400))
def test_a_later_end_never_makes_a_step_due_earlier(step, period, more):
    starts_on, ends_on = period
    later = ends_on + datetime.timedelta(days=more)

    assert rules.due_on(step, starts_on, later, CALENDAR) >= rules.due_on(
        step, starts_on, ends_on, CALENDAR
    )


def test_a_step_after_the_last_day_there_is_is_due_on_that_day():
    step = Step(offset_days=30)

    assert (
        rules.due_on(step, datetime.date(2026, 1, 1), datetime.date.max, CALENDAR)
        == datetime.date.max
    )


@given(DAYS, DAYS, DAYS)
def test_a_move_never_makes_a_task_late_that_was_not_late(true_on, old_on, today):
    moved = rules.moved_due_on(true_on, old_on, today)

    assert moved >= min(old_on, today)
    assert old_on < today or moved >= today


@given(DAYS, DAYS, DAYS)
def test_a_move_leaves_the_true_day_alone_when_it_is_still_ahead(true_on, old_on, today):
    moved = rules.moved_due_on(true_on, old_on, today)

    assert moved == true_on or true_on < today


@given(DAYS, DAYS, DAYS)
def test_moving_twice_to_the_same_dates_changes_nothing_more(true_on, old_on, today):
    once = rules.moved_due_on(true_on, old_on, today)

    assert rules.moved_due_on(true_on, once, today) == once


@pytest.mark.parametrize("state", rules.STATES)
@pytest.mark.parametrize("move", rules.MOVES)
def test_only_the_moves_of_the_table_can_be_made(state, move):
    if (state, move) in rules.TRANSITIONS:
        assert rules.state_after(state, move) in rules.STATES
    else:
        with pytest.raises(InvalidTransitionError):
            rules.state_after(state, move)


def test_the_moves_are_those_of_the_specification():
    assert set(rules.TRANSITIONS) == {
        ("open", "complete"),
        ("open", "waive"),
        ("open", "cancel"),
        ("done", "reopen"),
        ("waived", "reopen"),
    }


@given(PERIODS, st.integers(1, 60))
def test_an_engagement_is_short_when_it_lasts_fewer_days(period, days):
    starts_on, ends_on = period
    lasts = len(range(starts_on.toordinal(), ends_on.toordinal() + 1))

    assert rules.is_short(starts_on, ends_on, days) == (lasts < days)


def test_a_short_engagement_skips_and_merges_steps():
    always, long_only, short_only = (
        Step(runs_when="always"),
        Step(runs_when="not_short"),
        Step(runs_when="short"),
    )
    steps = [always, long_only, short_only]

    assert rules.steps_for(steps, short=True) == [always, short_only]
    assert rules.steps_for(steps, short=False) == [always, long_only]


@given(DAYS, DAYS, DAYS, st.integers(0, 10))
def test_only_an_earlier_end_that_is_near_is_immediate(old, new, today, days):
    immediate = rules.is_immediate(old, new, today, days)

    assert immediate == (new < old and new < today + datetime.timedelta(days=days))


@given(DAYS, DAYS, DAYS, st.sampled_from(["onboarding", "offboarding"]))
def test_only_welcome_tasks_of_a_running_engagement_are_backlog(due, starts_on, today, phase):
    if rules.is_backlog(phase, due, starts_on, today):
        assert phase == "onboarding"
        assert due < today
        assert starts_on < today


@given(DAYS, DAYS, DAYS, st.sampled_from(["onboarding", "offboarding"]))
def test_a_welcome_task_is_never_late_at_birth(true_on, starts_on, today, phase):
    due = rules.first_due_on(phase, true_on, starts_on, today)

    assert due in (true_on, today)
    if phase == "onboarding":
        assert due >= today or rules.is_backlog(phase, due, starts_on, today)


@given(DAYS, DAYS, DAYS, st.sampled_from(["onboarding", "offboarding"]))
def test_a_task_that_is_not_past_or_whose_engagement_runs_keeps_its_day(
    true_on, starts_on, today, phase
):
    due = rules.first_due_on(phase, true_on, starts_on, today)

    if true_on >= today or starts_on < today or phase == "offboarding":
        assert due == true_on


SNOOZES = st.builds(
    rules.SnoozeFacts, due_on=DAYS, may_snooze=st.booleans(), snooze_count=st.integers(0, 2)
)


@given(SNOOZES, DAYS, st.integers(-2, 10))
def test_a_task_is_put_off_to_a_working_day_up_to_its_due_date_or_not_at_all(task, today, days):
    try:
        until = rules.snoozed_until(task, days, today, CALENDAR)
    except rules.SnoozeRefusedError:
        assert days not in dict(rules.snooze_choices(task, today, CALENDAR))
        return
    assert today < until <= task.due_on
    assert CALENDAR.is_working_day(until)
    assert task.may_snooze
    assert task.snooze_count < 2
    assert days in (1, 3, 5)


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(
    ("task", "words"),
    [
        (rules.SnoozeFacts(datetime.date(2030, 1, 1), False, 0), "cannot be put off"),
        (rules.SnoozeFacts(datetime.date(2030, 1, 1), True, 2), "twice"),
        (rules.SnoozeFacts(datetime.date(2026, 11, 24), True, 0), "due date at most"),
    ],
)
def test_a_refusal_says_why(task, words):
    with pytest.raises(rules.SnoozeRefusedError, match=words):
        rules.snoozed_until(task, 5, datetime.date(2026, 11, 23), CALENDAR)
