"""The laws of due dates, moves and putting off."""

import datetime
from dataclasses import dataclass
from typing import get_args

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


@pytest.mark.parametrize("state", get_args(rules.State))
@pytest.mark.parametrize("move", get_args(rules.Move))
def test_only_the_moves_of_the_table_can_be_made(state, move):
    if (state, move) in rules.TRANSITIONS:
        assert rules.state_after(state, move) in get_args(rules.State)
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


BIRTHS = st.builds(
    rules.ListBirth, today=DAYS, calendar=st.just(CALENDAR), catch_up_days=st.integers(1, 15)
)
NEAR = st.integers(-120, 120).map(lambda days: datetime.timedelta(days=days))


@given(BIRTHS, NEAR, NEAR, st.booleans())
def test_a_task_of_a_new_list_is_never_late_at_birth_nor_earlier_than_it_says(
    birth, due_in, about_in, is_pressing
):
    true_on, about_on = birth.today + due_in, birth.today + about_in

    due = rules.first_due_on(true_on, about_on, birth, is_pressing=is_pressing)

    assert due >= max(true_on, birth.today)
    if true_on >= CALENDAR.add_working_days(birth.today, birth.catch_up_days):
        assert due == true_on


@given(BIRTHS, NEAR, NEAR)
def test_what_is_past_may_take_the_days_to_catch_up_or_until_people_leave(birth, due_in, about_in):
    true_on, about_on = birth.today + due_in, birth.today + about_in
    caught_up_on = CALENDAR.add_working_days(birth.today, birth.catch_up_days)

    due = rules.first_due_on(true_on, about_on, birth)

    if true_on <= caught_up_on:
        is_there = birth.today <= about_on < caught_up_on
        assert due == (max(true_on, about_on) if is_there else caught_up_on)


@given(BIRTHS, NEAR, st.integers(1, 120))
def test_access_after_the_end_waits_for_the_next_working_day_only(birth, due_in, gone_since):
    about_on = birth.today - datetime.timedelta(days=gone_since)
    true_on = birth.today + due_in

    due = rules.first_due_on(true_on, about_on, birth, is_pressing=True)

    assert due == max(true_on, CALENDAR.next_working_day_on_or_after(birth.today))


# In 2026 Easter is 5 April; in Christmas week 25 and 26 December are days off.
@pytest.mark.parametrize(
    ("today", "true_on", "about_on", "due"),
    [
        # Imported on the Thursday before Easter, and Easter Monday is a day off.
        ("2026-04-02", "2026-03-20", "2026-06-30", "2026-04-10"),
        # Imported on the Wednesday before Christmas.
        ("2026-12-23", "2026-12-01", "2027-02-01", "2026-12-31"),
        # Imported on a Sunday.
        ("2026-11-29", "2026-11-20", "2027-02-01", "2026-12-04"),
        # The last day comes first.
        ("2026-12-23", "2026-12-20", "2026-12-28", "2026-12-28"),
        ("2026-12-23", "2026-12-29", "2026-12-28", "2026-12-29"),
        ("2026-12-23", "2026-12-23", "2026-12-23", "2026-12-23"),
        # The end is past already.
        ("2026-12-23", "2026-12-15", "2026-12-22", "2026-12-31"),
    ],
)
def test_the_days_to_catch_up_leave_out_holidays(today, true_on, about_on, due):
    day_of = datetime.date.fromisoformat
    calendar = WorkCalendar(days_worked=frozenset({"Good Friday"}))
    birth = rules.ListBirth(day_of(today), calendar, 5)

    assert rules.first_due_on(day_of(true_on), day_of(about_on), birth) == day_of(due)


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
