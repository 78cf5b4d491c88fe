"""Files for somebody's calendar (RFC 5545). No ORM, no clock."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from icalendar import Calendar, Event
from icalendar.prop import vText

PRODUCT: Final = "-//Kennisborg//NONSGML Kennisborg//EN"
SPECIAL: Final = re.compile(r"[\\;,]")
LINE_END: Final = re.compile(r"\r\n|\r|\n")


class _Words(vText):
    r"""What people typed; the library itself takes part of a folder as S:\Nieuw for a new line."""

    def to_ical(self) -> bytes:
        """Return it as RFC 5545 has it in section 3.3.11."""
        escaped = SPECIAL.sub(r"\\\g<0>", self)
        return LINE_END.sub(r"\\n", escaped).encode()


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarEvent:
    """What a calendar shows.

    Attributes:
        uid: stays the same when the event moves, so that calendars move it and do not double it.
        sequence: higher for each later version, or calendars ignore the change.
        starts: an aware moment; or a day, which leaves its reader free.
        length: of a day entry in whole days.
        title, place, text, url: in words; what is empty is left out.
    """

    uid: str
    sequence: int
    starts: date | datetime
    length: timedelta
    title: str
    place: str = ""
    text: str = ""
    url: str = ""


def calendar_file(event: CalendarEvent, now: datetime) -> bytes:
    """Return a file with one event; moments stand in it in UTC.

    Args:
        event: what the calendar shows.
        now: aware moment at which the file is written.
    """
    entry = Event()
    starts = event.starts
    if isinstance(starts, datetime):
        starts = starts.astimezone(UTC)
    else:
        entry.add("transp", "TRANSPARENT")
    entry.add("uid", f"{event.uid}@kennisborg")
    entry.add("dtstamp", now.astimezone(UTC))
    entry.add("sequence", event.sequence)
    entry.add("dtstart", starts)
    entry.add("dtend", starts + event.length)
    entry.add("summary", _Words(event.title))
    for name, value in (("location", event.place), ("description", event.text)):
        if value:
            entry.add(name, _Words(value))
    if event.url:
        entry.add("url", event.url)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(entry)
    content: bytes = calendar.to_ical()
    return content
