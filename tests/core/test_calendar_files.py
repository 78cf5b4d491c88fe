from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
from hypothesis import example, given
from icalendar import Calendar

from core.calendar_files import CalendarEvent, calendar_file

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SESSION = CalendarEvent(
    uid="1",
    sequence=3,
    starts=datetime(2026, 11, 27, 10, 0, tzinfo=ZoneInfo("Europe/Amsterdam")),
    length=timedelta(minutes=90),
    title="Reading waiting lists",
)


def entry_of(event):
    return Calendar.from_ical(calendar_file(event, NOW)).events[0]


def test_a_moment_is_in_universal_time_with_its_length():
    entry = entry_of(SESSION)

    assert entry["dtstart"].dt == datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
    assert entry["dtend"].dt - entry["dtstart"].dt == timedelta(minutes=90)
    assert entry["dtstamp"].dt == NOW
    assert "TRANSP" not in entry


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 1000))
def test_a_day_is_the_whole_day_and_leaves_its_reader_free(day, sequence):
    event = replace(SESSION, starts=day, length=timedelta(days=1), sequence=sequence)

    entry = entry_of(event)

    assert (entry["dtstart"].dt, entry["dtend"].dt) == (day, day + timedelta(days=1))
    assert (entry["sequence"], entry["transp"]) == (sequence, "TRANSPARENT")


def test_the_file_publishes_an_event_under_a_name_that_stays():
    calendar = Calendar.from_ical(calendar_file(SESSION, NOW))

    assert (calendar["method"], calendar["version"]) == ("PUBLISH", "2.0")
    assert calendar.events[0]["uid"] == "1@kennisborg"


def test_what_is_not_known_is_left_out():
    assert not {"LOCATION", "DESCRIPTION", "URL"} & set(entry_of(SESSION))


text = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=80)
    .map(str.strip)
    .filter(bool)
)


@given(title=text, place=text, outcome=text)
@example(title=r"S:\Nieuw\map", place="Kamer 2; links, achterin", outcome=r"\N")
def test_whatever_people_write_comes_back_whole_and_adds_no_line(title, place, outcome):
    entry = entry_of(replace(SESSION, title=title, place=place, text=outcome))

    assert (entry["summary"], entry["location"], entry["description"]) == (title, place, outcome)
    assert len(entry.property_items()) == 10


def test_no_end_of_a_line_makes_a_line_of_the_file():
    entry = entry_of(replace(SESSION, text="a\rATTACH:x\nb\r\nc"))

    assert entry["description"] == "a\nATTACH:x\nb\nc"
    assert "ATTACH" not in entry
