from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagements.rules import grant_expires_at

AMSTERDAM = "Europe/Amsterdam"
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
DAYS = st.dates(date(2025, 1, 1), date(2027, 1, 1))
ZONES = st.sampled_from([AMSTERDAM, "Pacific/Apia", "America/New_York"])


@pytest.mark.parametrize(
    ("created", "ends_on", "expires"),
    [
        # Far from the end: 30 days of 24 hours.
        ("2026-03-01T10:00+00:00", date(2026, 12, 31), "2026-03-31T10:00+00:00"),
        # Near the end: the 14th day after it counts as a whole, in winter and in summer.
        ("2026-12-20T10:00+00:00", date(2026, 12, 24), "2027-01-07T23:00+00:00"),
        ("2026-06-01T10:00+00:00", date(2026, 6, 1), "2026-06-15T22:00+00:00"),
        # Long after it: 24 hours all the same.
        ("2026-06-01T10:00+00:00", date(2026, 1, 1), "2026-06-02T10:00+00:00"),
        ("2026-06-15T21:59+00:00", date(2026, 6, 1), "2026-06-16T21:59+00:00"),
    ],
)
def test_a_link_lives_thirty_days_or_until_two_weeks_after_the_end(created, ends_on, expires):
    made = datetime.fromisoformat(created)

    assert grant_expires_at(made, ends_on, AMSTERDAM) == datetime.fromisoformat(expires)


def test_the_lengths_are_settings():
    made = datetime(2026, 3, 1, 10, tzinfo=UTC)

    assert grant_expires_at(
        made, date(2026, 12, 31), AMSTERDAM, lifetime_days=7
    ) == made + timedelta(days=7)
    assert grant_expires_at(made, date(2026, 3, 2), AMSTERDAM, after_end_days=0) == datetime(
        2026, 3, 2, 23, tzinfo=UTC
    )


@given(MOMENTS, DAYS, ZONES)
def test_a_link_works_a_day_at_least_and_a_month_at_most(created, ends_on, zone):
    expires = grant_expires_at(created, ends_on, zone)

    assert timedelta(hours=24) <= expires - created <= timedelta(days=30)
    assert expires.utcoffset() == timedelta(0)


@given(MOMENTS, DAYS, ZONES)
def test_past_two_weeks_after_the_end_only_the_shortest_link_remains(created, ends_on, zone):
    expires = grant_expires_at(created, ends_on, zone)
    last_day = ends_on + timedelta(days=14)

    if expires - created > timedelta(hours=24):
        assert (expires - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date() <= last_day


@given(MOMENTS, DAYS, st.integers(0, 400))
def test_a_later_end_never_shortens_a_link(created, ends_on, days):
    later = grant_expires_at(created, ends_on + timedelta(days=days), AMSTERDAM)

    assert later >= grant_expires_at(created, ends_on, AMSTERDAM)


@given(MOMENTS, DAYS)
def test_the_clock_of_the_maker_does_not_matter(created, ends_on):
    elsewhere = created.astimezone(ZoneInfo("Pacific/Apia"))

    assert grant_expires_at(elsewhere, ends_on, AMSTERDAM) == grant_expires_at(
        created, ends_on, AMSTERDAM
    )
