"""Calendar files of sessions. No ORM, no clock."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

# Versions of one handover are one event: a later version outweighs any change of an earlier one.
CHANGES_PER_VERSION = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionEvent:
    """A session as an event of a calendar.

    Attributes:
        uid: the same for all versions of a handover, so that calendars move it, not double it.
        starts_at: aware moment.
        minutes: length.
        version: number of the version, from 1.
        changes: changes within that version, from 0.
        title, place, text, url: what the calendar shows.
    """

    uid: str
    starts_at: datetime
    minutes: int
    version: int
    changes: int
    title: str
    place: str = ""
    text: str = ""
    url: str = ""


def calendar_file(session: SessionEvent, now: datetime) -> bytes:
    """Return an iCalendar file (RFC 5545) with one session, in UTC."""
    event = Event()
    starts_at = session.starts_at.astimezone(UTC)
    event.add("uid", session.uid)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", starts_at)
    event.add("dtend", starts_at + timedelta(minutes=session.minutes))
    event.add("summary", session.title)
    event.add("sequence", session.version * CHANGES_PER_VERSION + session.changes)
    for name in ("location", "description", "url"):
        value = {"location": session.place, "description": session.text, "url": session.url}[name]
        if value:
            event.add(name, value)
    calendar = Calendar()
    calendar.add("prodid", "-//Kennisborg//Kennisborg//NL")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content
