from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendars import WorkCalendar
from notifications import rules

ZONES = [
    "Europe/Amsterdam",
    "Europe/Lisbon",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
]
CALENDAR = WorkCalendar()
days = st.dates(date(2024, 1, 1), date(2030, 12, 31))
clocks = st.times().map(lambda clock: clock.replace(microsecond=0))
zones = st.sampled_from(ZONES)


@given(days, zones, clocks, st.booleans())
def test_notice_leaves_on_a_working_day_on_the_right_side_of_its_day(day, zone, clock, is_deadline):
    moment = rules.moment_for(CALENDAR, zone, clock, day, is_deadline=is_deadline)
    local = moment.astimezone(ZoneInfo(zone)).date()

    assert CALENDAR.is_working_day(local)
    assert local <= day if is_deadline else local >= day


@given(st.lists(days, min_size=2, max_size=6), zones, clocks, st.booleans())
def test_notices_of_later_days_never_leave_earlier(some, zone, clock, is_deadline):
    moments = [
        rules.moment_for(CALENDAR, zone, clock, day, is_deadline=is_deadline)
        for day in sorted(some)
    ]

    assert moments == sorted(moments)


@given(days, zones, clocks)
def test_zone_may_be_given_by_name_or_as_a_zone(day, zone, clock):
    by_name = rules.moment_for(CALENDAR, zone, clock, day, is_deadline=True)

    assert rules.moment_for(CALENDAR, ZoneInfo(zone), clock, day, is_deadline=True) == by_name


@pytest.mark.parametrize(
    ("day", "clock", "expected"),
    [
        # The clock jumps from 02:00 to 03:00 in Amsterdam on Sunday 29 March 2026.
        (date(2026, 3, 29), time(2, 30), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        # It shows 02:30 twice on Sunday 25 October 2026; the first one counts.
        (date(2026, 10, 25), time(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (date(2028, 2, 29), time(8), datetime(2028, 2, 29, 7, 0, tzinfo=UTC)),
        (date(2026, 12, 31), time(8), datetime(2026, 12, 31, 7, 0, tzinfo=UTC)),
    ],
)
def test_nights_on_which_the_clock_changes_have_one_answer(day, clock, expected):
    every_day = WorkCalendar(days_worked=frozenset({day}))

    moment = rules.moment_for(every_day, "Europe/Amsterdam", clock, day, is_deadline=True)

    assert moment == expected


def test_day_that_a_country_dropped_becomes_the_first_moment_after_it():
    dropped = date(2011, 12, 30)  # Samoa went from 29 to 31 December
    every_day = WorkCalendar(days_worked=frozenset({dropped}))

    moment = rules.moment_for(every_day, "Pacific/Apia", time(8), dropped, is_deadline=True)

    assert moment.astimezone(ZoneInfo("Pacific/Apia")).date() == date(2011, 12, 31)


AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def at(day, hour, minute=0):
    return datetime.combine(day, time(hour, minute), AMSTERDAM)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (at(date(2026, 11, 23), 7, 59), False),
        (at(date(2026, 11, 23), 8), True),
        (at(date(2026, 11, 23), 17, 59), True),
        (at(date(2026, 11, 23), 18), False),
        (at(date(2026, 11, 22), 12), False),  # Sunday
        (at(date(2026, 12, 25), 12), False),  # Christmas
    ],
)
def test_daily_mail_leaves_in_the_working_hours_of_working_days(moment, expected):
    assert rules.may_send(CALENDAR, AMSTERDAM, time(8), time(18), moment) is expected


def test_quiet_hours_that_begin_before_the_send_time_leave_the_evening_open():
    evening = at(date(2026, 11, 23), 23)

    assert rules.may_send(CALENDAR, AMSTERDAM, time(20), time(18), evening)


@given(days, clocks, zones, clocks, st.integers(1, 5))
def test_weekly_slot_is_past_within_two_weeks_and_on_a_working_day(day, hour, zone, clock, weekday):
    now = datetime.combine(day, hour, UTC)

    slot = rules.weekly_slot(CALENDAR, ZoneInfo(zone), clock, weekday, now)

    assert now - timedelta(days=15) < slot <= now
    assert CALENDAR.is_working_day(slot.astimezone(ZoneInfo(zone)).date())


def test_weekly_slot_on_a_holiday_moves_to_the_next_working_day():
    easter_monday = at(date(2026, 4, 6), 12)

    slot = rules.weekly_slot(CALENDAR, AMSTERDAM, time(8), 1, easter_monday + timedelta(days=1))

    assert slot == at(date(2026, 4, 7), 8)


@pytest.mark.parametrize(
    ("since", "was_mailed", "expected"),
    [
        # Wednesday 9 September 2026, on the clock of Amsterdam: two hours later than here.
        (datetime(2026, 9, 9, 5, tzinfo=UTC), False, datetime(2026, 9, 9, 6, tzinfo=UTC)),
        (datetime(2026, 9, 9, 12, tzinfo=UTC), False, datetime(2026, 9, 9, 12, tzinfo=UTC)),
        (datetime(2026, 9, 9, 12, tzinfo=UTC), True, datetime(2026, 9, 10, 6, tzinfo=UTC)),
        (datetime(2026, 9, 9, 20, tzinfo=UTC), False, datetime(2026, 9, 10, 6, tzinfo=UTC)),
        (datetime(2026, 9, 11, 20, tzinfo=UTC), False, datetime(2026, 9, 14, 6, tzinfo=UTC)),
        (datetime(2026, 9, 12, 12, tzinfo=UTC), False, datetime(2026, 9, 14, 6, tzinfo=UTC)),
    ],
)
def test_what_comes_up_is_told_in_the_next_daily_mail(since, was_mailed, expected):
    zone, hours = ZoneInfo("Europe/Amsterdam"), (time(8), time(18))

    found = rules.next_daily_mail(CALENDAR, zone, hours, since, was_mailed=was_mailed)

    assert found == expected


@given(days, zones, clocks, st.booleans())
def test_the_next_daily_mail_leaves_within_the_hours_of_a_working_day(day, zone, clock, was_mailed):
    zone, hours = ZoneInfo(zone), (time(8), time(18))
    since = datetime.combine(day, clock, zone).astimezone(UTC)

    found = rules.next_daily_mail(CALENDAR, zone, hours, since, was_mailed=was_mailed)

    assert found >= since
    assert rules.may_send(CALENDAR, zone, *hours, found)
