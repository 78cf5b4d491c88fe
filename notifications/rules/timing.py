"""At which moment a notice may leave."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.calendars import WorkCalendar, local_moment

WEEK = timedelta(days=7)


def moment_for(
    organisation_calendar: WorkCalendar,
    zone: str | ZoneInfo,
    send_time: time,
    day: date,
    *,
    is_deadline: bool,
) -> datetime:
    """Return when a notice of a day may leave: at the send time of a working day, in UTC.

    Args:
        organisation_calendar: which days are worked.
        zone: of the organisation; IANA name or zone.
        send_time: on the organisation's clock. A time that the clock skips becomes the first
            moment after it, a time that comes twice the first of the two.
        day: in the organisation's zone; on a day off the notice moves.
        is_deadline: a deadline notice moves to the working day before, any other to the one after.

    Source: domain.md section 4, "Quiet".
    """
    if is_deadline:
        worked = organisation_calendar.previous_working_day_on_or_before(day)
    else:
        worked = organisation_calendar.next_working_day_on_or_after(day)
    return local_moment(worked, send_time, str(zone))


def may_send(
    calendar: WorkCalendar, zone: ZoneInfo, opens: time, closes: time, at: datetime
) -> bool:
    """Say whether daily mail may leave: on a working day, from the send time to the quiet hours.

    Args:
        calendar: which days are worked.
        zone: of the organisation.
        opens: send time on the organisation's clock, counted in.
        closes: when quiet begins, not counted; at or before ``opens`` means until midnight.
        at: aware moment.
    """
    day = at.astimezone(zone).date()
    if not calendar.is_working_day(day) or at < local_moment(day, opens, zone.key):
        return False
    return closes <= opens or at < local_moment(day, closes, zone.key)


def digest_day(zone: ZoneInfo, at: datetime) -> date:
    """Return the day, on the organisation's clock, of which a contact gets one mail."""
    return at.astimezone(zone).date()


def weekly_slot(
    calendar: WorkCalendar, zone: ZoneInfo, send_time: time, weekday: int, at: datetime
) -> datetime:
    """Return the last moment, at or before this one, at which weekly notices were to leave.

    Args:
        calendar: which days are worked; on a day off the slot moves to the next working day.
        zone: of the organisation.
        send_time: on the organisation's clock.
        weekday: 1 is Monday.
        at: aware moment.
    """
    today = at.astimezone(zone).date()
    day = today - timedelta(days=today.isoweekday() - weekday)
    while True:
        slot = moment_for(calendar, zone, send_time, day, is_deadline=False)
        if slot <= at:
            return slot
        day -= WEEK
