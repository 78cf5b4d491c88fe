from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendars import (
    SendWindow,
    WorkCalendar,
    add_months,
    days_from_settings,
    is_known_country,
    lasts_at_most,
    local_moment,
)

NL = WorkCalendar()
GERMAN = WorkCalendar(country="DE", subdivision="BY", window=SendWindow("Europe/Berlin"))
BUSY = WorkCalendar(
    days_off=frozenset({date(2026, 12, 24), "Liberation Day"}),
    days_worked=frozenset({"Good Friday", date(2026, 12, 26), date(2026, 10, 3)}),
)
CALENDARS = st.sampled_from([NL, GERMAN, BUSY])
DAYS = st.dates(date(2019, 1, 1), date(2034, 12, 31))
COUNTS = st.integers(-60, 60)
ZONES = [
    "Europe/Amsterdam",
    "America/New_York",
    "Australia/Sydney",
    "Europe/London",
    "America/Sao_Paulo",
]


@pytest.mark.parametrize(
    ("day", "is_worked"),
    [
        (date(2026, 1, 1), False),
        (date(2026, 4, 3), False),  # Good Friday
        (date(2026, 4, 6), False),  # Easter Monday
        (date(2026, 4, 27), False),  # King's Day
        (date(2025, 4, 26), False),  # King's Day on Saturday, since the 27th is a Sunday
        (date(2025, 4, 28), True),
        (date(2025, 5, 5), False),  # Liberation Day, fifth year
        (date(2026, 5, 5), True),  # Liberation Day, other years
        (date(2026, 5, 14), False),  # Ascension Day
        (date(2026, 5, 25), False),  # Whit Monday
        (date(2026, 12, 25), False),
        (date(2026, 10, 3), False),  # Saturday
        (date(2024, 2, 29), True),
    ],
)
def test_dutch_holidays_and_weekends_are_off(day, is_worked):
    assert NL.is_working_day(day) is is_worked


def test_an_organisation_switches_holidays_and_days_for_itself():
    assert BUSY.is_working_day(date(2026, 4, 3))  # works on Good Friday, each year
    assert BUSY.is_working_day(date(2027, 3, 26))
    assert not BUSY.is_working_day(date(2026, 5, 5))  # keeps Liberation Day, each year
    assert not BUSY.is_working_day(date(2027, 5, 5))
    assert not BUSY.is_working_day(date(2026, 12, 24))
    assert BUSY.is_working_day(date(2027, 12, 24))
    assert BUSY.is_working_day(date(2026, 12, 26))  # a Saturday and a holiday, worked once
    assert BUSY.is_working_day(date(2026, 10, 3))


def test_a_date_weighs_more_than_a_name_and_off_weighs_more_than_worked():
    friday = date(2026, 4, 3)

    off = WorkCalendar(days_off=frozenset({friday}), days_worked=frozenset({"Good Friday"}))
    worked = WorkCalendar(days_off=frozenset({"Good Friday"}), days_worked=frozenset({friday}))
    both = WorkCalendar(days_off=frozenset({friday}), days_worked=frozenset({friday}))

    assert not off.is_working_day(friday)
    assert worked.is_working_day(friday)
    assert not both.is_working_day(friday)


def test_two_holidays_on_one_day_must_both_be_worked():
    day = date(2016, 5, 5)  # Ascension Day and Liberation Day
    every = ("public", "optional")
    one = WorkCalendar(categories=every, days_worked=frozenset({"Ascension Day"}))
    both = WorkCalendar(
        categories=every, days_worked=frozenset({"Ascension Day", "Liberation Day"})
    )

    assert not one.is_working_day(day)
    assert both.is_working_day(day)


def test_the_category_of_optional_holidays_can_be_off():
    assert not WorkCalendar(categories=("public", "optional")).is_working_day(date(2026, 5, 5))


def test_a_subdivision_has_its_own_holidays():
    epiphany = date(2026, 1, 6)

    assert not GERMAN.is_working_day(epiphany)
    assert WorkCalendar(country="DE").is_working_day(epiphany)


@pytest.mark.parametrize(
    "wrong", [{"country": "XX"}, {"subdivision": "Q"}, {"categories": ("nonsense",)}]
)
def test_an_unknown_country_region_or_category_is_refused(wrong):
    with pytest.raises(ValueError, match=r"are known for|not supported"):
        WorkCalendar(**wrong)


def test_a_country_can_be_checked_before_it_is_kept():
    assert is_known_country("NL")
    assert is_known_country("DE", "BY")
    assert not is_known_country("XX")
    assert not is_known_country("NL", "BY")


@given(CALENDARS, DAYS, COUNTS)
def test_adding_working_days_and_taking_them_off_again_leads_back(calendar, day, count):
    start = calendar.next_working_day_on_or_after(day)

    assert calendar.add_working_days(calendar.add_working_days(start, count), -count) == start


@given(CALENDARS, DAYS, COUNTS)
def test_exactly_the_added_working_days_are_passed(calendar, day, count):
    end = calendar.add_working_days(day, count)

    step = 1 if end >= day else -1
    passed = [day + timedelta(step * n) for n in range(1, abs((end - day).days) + 1)]
    assert sum(map(calendar.is_working_day, passed)) == abs(count)


@given(CALENDARS, DAYS, DAYS, COUNTS)
def test_a_later_start_never_ends_earlier(calendar, one, other, count):
    first, second = sorted((one, other))

    assert calendar.add_working_days(first, count) <= calendar.add_working_days(second, count)


@given(CALENDARS, DAYS, st.lists(COUNTS, min_size=2, max_size=6, unique=True).map(sorted))
def test_more_working_days_always_end_later(calendar, day, counts):
    ends = [calendar.add_working_days(day, count) for count in counts]

    assert all(earlier < later for earlier, later in pairwise(ends))


@given(CALENDARS, DAYS, COUNTS.filter(bool))
def test_adding_working_days_ends_on_a_working_day(calendar, day, count):
    end = calendar.add_working_days(day, count)

    assert calendar.is_working_day(end)
    assert (end > day) == (count > 0)


def test_adding_no_days_changes_nothing_even_on_a_sunday():
    assert NL.add_working_days(date(2026, 10, 4), 0) == date(2026, 10, 4)


def test_days_are_counted_in_the_unit_that_a_rule_names():
    friday = date(2026, 10, 9)

    assert NL.counted(friday, 1, "working") == date(2026, 10, 12)
    assert NL.counted(friday, 1, "calendar") == date(2026, 10, 10)
    assert NL.counted(friday, -9, "calendar") == date(2026, 9, 30)


@given(CALENDARS, DAYS)
def test_the_nearest_working_days_lie_on_either_side_with_nothing_between(calendar, day):
    before = calendar.previous_working_day_on_or_before(day)
    after = calendar.next_working_day_on_or_after(day)

    assert before <= day <= after
    assert calendar.is_working_day(before)
    assert calendar.is_working_day(after)
    assert (before == after) == calendar.is_working_day(day)
    between = (after - before).days
    assert not any(calendar.is_working_day(before + timedelta(n)) for n in range(1, between))


@pytest.mark.parametrize(
    ("day", "count", "end"),
    [
        (date(2026, 12, 31), 1, date(2027, 1, 4)),  # over New Year's Day and a weekend
        (date(2026, 4, 2), 1, date(2026, 4, 7)),  # over Easter
        (date(2026, 4, 7), -1, date(2026, 4, 2)),
        (date(2024, 2, 28), 1, date(2024, 2, 29)),
        (date(2024, 3, 1), -1, date(2024, 2, 29)),
        (date(2023, 2, 28), 1, date(2023, 3, 1)),
    ],
)
def test_counting_crosses_holidays_leap_days_and_the_end_of_the_year(day, count, end):
    assert NL.add_working_days(day, count) == end


def test_a_calendar_without_working_days_is_an_error_and_no_endless_search():
    closed = WorkCalendar(days_off=frozenset(date(2026, 1, 1) + timedelta(n) for n in range(900)))

    with pytest.raises(ValueError, match="no working day"):
        closed.next_working_day_on_or_after(date(2026, 1, 1))


@pytest.mark.parametrize("zone", ZONES)
@given(data=st.data())
def test_every_moment_shows_the_asked_time_or_the_first_one_after_a_gap(zone, data):
    day = data.draw(st.dates(date(1995, 1, 1), date(2035, 12, 31)))
    clock = data.draw(st.times().map(lambda t: t.replace(microsecond=0)))

    moment = local_moment(day, clock, zone)

    tz = ZoneInfo(zone)
    asked, shown = datetime.combine(day, clock), moment.astimezone(tz).replace(tzinfo=None)
    assert moment.tzinfo is UTC
    assert shown >= asked
    just_before = (moment - timedelta(seconds=1)).astimezone(tz).replace(tzinfo=None)
    if shown > asked:
        assert just_before < asked
    assert moment.astimezone(tz).fold == 0 or just_before < asked


# Zone, the night on which clocks go forward, a skipped time, where it lands; the night on which
# they go back, and a time that comes twice with the offset of its first coming.
NIGHTS = [
    ("Europe/Amsterdam", (2026, 3, 29), time(2, 30), 1, (2026, 10, 25), time(2, 30), 2),
    ("America/New_York", (2026, 3, 8), time(2, 30), 7, (2026, 11, 1), time(1, 30), -4),
    ("Australia/Sydney", (2026, 10, 4), time(2, 30), -8, (2026, 4, 5), time(2, 30), 11),
    ("Europe/London", (2026, 3, 29), time(1, 30), 1, (2026, 10, 25), time(1, 30), 1),
    ("America/Sao_Paulo", (2018, 11, 4), time(0, 30), 3, (2018, 2, 17), time(23, 30), -2),
]


@pytest.mark.parametrize(("zone", "day", "skipped", "hour", "_b", "_t", "_o"), NIGHTS)
def test_a_skipped_time_becomes_the_first_moment_after_the_gap(
    zone, day, skipped, hour, _b, _t, _o
):
    midnight = datetime(*day, tzinfo=UTC)

    assert local_moment(date(*day), skipped, zone) == midnight + timedelta(hours=hour)


@pytest.mark.parametrize(("zone", "_d", "_s", "_h", "day", "twice", "offset"), NIGHTS)
def test_a_time_that_comes_twice_means_the_first(zone, _d, _s, _h, day, twice, offset):
    wall = datetime.combine(date(*day), twice, tzinfo=UTC)

    assert local_moment(date(*day), twice, zone) == wall - timedelta(hours=offset)


def test_a_day_that_a_country_skipped_becomes_the_start_of_the_next():
    # Samoa went from 29 to 31 December 2011.
    next_day = local_moment(date(2011, 12, 31), time(0), "Pacific/Apia")

    for clock in (time(0), time(8), time(23, 59)):
        assert local_moment(date(2011, 12, 30), clock, "Pacific/Apia") == next_day
    assert next_day == datetime(2011, 12, 30, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("clock", "is_quiet"),
    [(time(7, 59), True), (time(8), False), (time(17, 59), False), (time(18), True)],
)
def test_the_window_opens_on_the_minute_and_closes_on_the_minute(clock, is_quiet):
    for day in (date(2026, 3, 30), date(2026, 10, 26)):  # first working days of each offset
        assert NL.quiet(local_moment(day, clock, "Europe/Amsterdam")) is is_quiet


def test_weekends_and_holidays_are_quiet_all_day():
    for day in (date(2026, 10, 3), date(2026, 10, 4), date(2026, 4, 27)):
        assert NL.quiet(local_moment(day, time(12), "Europe/Amsterdam"))


def test_the_window_is_that_of_the_organisations_own_clock():
    at = datetime(2026, 11, 3, 2, tzinfo=UTC)  # 3 o'clock in Amsterdam, 15 o'clock in Apia
    apia = WorkCalendar(country="WS", window=SendWindow("Pacific/Apia"))

    assert NL.quiet(at)
    assert not apia.quiet(at)


def test_a_moment_without_a_time_zone_is_refused():
    naive = datetime(2026, 1, 5, 12)  # noqa: DTZ001
    for ask in (NL.quiet, NL.next_opening):
        with pytest.raises(ValueError, match="time zone"):
            ask(naive)


@given(CALENDARS, st.datetimes(datetime(2020, 1, 1), datetime(2033, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_the_next_opening_is_never_quiet_and_the_wait_before_it_always(calendar, at):
    opening = calendar.next_opening(at)

    assert opening >= at
    assert not calendar.quiet(opening)
    assert opening == at or calendar.quiet(at)
    waited = int((opening - at).total_seconds() // 3600)
    assert all(calendar.quiet(at + timedelta(hours=n)) for n in range(waited))


@pytest.mark.parametrize(
    ("at", "opening"),
    [
        ("2026-10-02T17:59+02:00", "2026-10-02T15:59+00:00"),
        ("2026-10-02T18:00+02:00", "2026-10-05T06:00+00:00"),  # Friday evening
        ("2026-10-24T12:00+02:00", "2026-10-26T07:00+00:00"),  # over the end of summer time
        ("2026-12-24T19:00+01:00", "2026-12-28T07:00+00:00"),
        ("2026-10-05T05:00+02:00", "2026-10-05T06:00+00:00"),  # early the same day
    ],
)
def test_the_next_opening_comes_at_eight_on_the_next_working_day(at, opening):
    assert NL.next_opening(datetime.fromisoformat(at)) == datetime.fromisoformat(opening)


@pytest.mark.parametrize(
    "wrong",
    [{"opens": time(18), "closes": time(8)}, {"opens": time(8), "closes": time(8)}],
)
def test_a_window_closes_after_it_opens(wrong):
    with pytest.raises(ValueError, match="opens before"):
        SendWindow(**wrong)


def test_an_unknown_time_zone_is_refused_at_once():
    with pytest.raises(KeyError):
        SendWindow("Europe/Utopia")


def test_the_list_of_holidays_shows_names_keys_and_what_is_off():
    in_dutch = {holiday.key: holiday for holiday in BUSY.holidays_in(2026, "nl")}

    assert in_dutch["Good Friday"].name == "Goede vrijdag"
    assert not in_dutch["Good Friday"].is_off
    assert in_dutch["Liberation Day"].day == date(2026, 5, 5)
    assert in_dutch["Liberation Day"].is_off
    assert in_dutch["King's Day"].is_off
    assert [h.day for h in NL.holidays_in(2026)] == sorted(h.day for h in NL.holidays_in(2026))
    assert NL.holidays_in(2026, "xx") == NL.holidays_in(2026)


def test_settings_may_mix_dates_and_names():
    assert days_from_settings(["2026-12-24", " Good Friday ", "", "2026-12-24"]) == frozenset(
        {date(2026, 12, 24), "Good Friday"}
    )


@pytest.mark.parametrize(
    ("day", "months", "result"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 15), 0, date(2026, 12, 15)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 3, 31), -13, date(2025, 2, 28)),
    ],
)
def test_months_are_added_by_the_calendar(day, months, result):
    assert add_months(day, months) == result


@given(DAYS, st.integers(-60, 60), st.integers(-60, 60))
def test_more_months_always_end_later(day, one, other):
    if one < other:
        assert add_months(day, one) < add_months(day, other)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "months", "fits"),
    [
        (date(2026, 1, 1), date(2026, 3, 31), 3, True),
        (date(2026, 1, 1), date(2026, 4, 1), 3, False),
        (date(2026, 1, 15), date(2026, 4, 14), 3, True),
        (date(2026, 1, 15), date(2026, 4, 15), 3, False),
        (date(2024, 2, 29), date(2025, 2, 27), 12, True),
        (date(2024, 2, 29), date(2025, 2, 28), 12, False),
    ],
)
def test_the_last_day_counts_when_the_length_is_measured(starts_on, ends_on, months, fits):
    assert lasts_at_most(starts_on, ends_on, months) is fits


def test_calendars_that_differ_count_by_themselves():
    thursday = date(2026, 1, 1)
    usual, bridged = WorkCalendar(), WorkCalendar(days_off=frozenset({date(2026, 1, 2)}))

    counted = [calendar.add_working_days(thursday, 1) for calendar in (usual, bridged, usual)]

    assert counted == [date(2026, 1, 2), date(2026, 1, 5), date(2026, 1, 2)]
