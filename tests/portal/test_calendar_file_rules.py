from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
from hypothesis import given
from icalendar import Calendar

from portal.rules import SessionEvent, calendar_file

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SESSION = SessionEvent(
    uid="1@kennisborg",
    starts_at=datetime(2026, 11, 27, 10, 0, tzinfo=ZoneInfo("Europe/Amsterdam")),
    minutes=90,
    version=1,
    changes=0,
    title="Reading waiting lists",
)


def event_of(session):
    return Calendar.from_ical(calendar_file(session, NOW)).events[0]


def test_the_moment_is_in_universal_time_with_its_length():
    event = event_of(SESSION)

    assert event["dtstart"].dt == datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
    assert event["dtend"].dt - event["dtstart"].dt == timedelta(minutes=90)
    assert event["dtstamp"].dt == NOW


def test_what_is_not_known_is_left_out():
    assert not {"LOCATION", "DESCRIPTION", "URL"} & set(event_of(SESSION))


@given(
    first=st.tuples(st.integers(1, 50), st.integers(0, 999)),
    second=st.tuples(st.integers(1, 50), st.integers(0, 999)),
)
def test_a_later_change_always_has_the_higher_number(first, second):
    numbers = [
        event_of(replace(SESSION, version=version, changes=changes))["sequence"]
        for version, changes in (first, second)
    ]

    assert (numbers[0] < numbers[1]) == (first < second)


text = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=80)
    .map(str.strip)
    .filter(bool)
)


@given(title=text, place=text, outcome=text)
def test_whatever_people_write_comes_back_whole_and_adds_no_line(title, place, outcome):
    session = replace(SESSION, title=title, place=place, text=outcome)

    event = event_of(session)

    assert (event["summary"], event["location"], event["description"]) == (title, place, outcome)
    assert len(event.property_items()) == 10
