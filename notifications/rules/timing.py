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


def next_daily_mail(
    calendar: WorkCalendar,
    zone: ZoneInfo,
    hours: tuple[time, time],
    since: datetime,
    *,
    was_mailed: bool,
) -> datetime:
    """Return when the daily mail leaves that can tell of something, in UTC.

    Args:
        calendar: which days are worked.
        zone: of the organisation.
        hours: from when until when mail leaves, on the organisation's clock.
        since: aware moment at which it came up.
        was_mailed: whether the reader had the one mail of that day before it came up.
    """
    opens, closes = hours
    day = since.astimezone(zone).date()
    if not was_mailed:
        if may_send(calendar, zone, opens, closes, since):
            return since
        morning = local_moment(day, opens, zone.key)
        if calendar.is_working_day(day) and since < morning:
            return morning
    return local_moment(calendar.add_working_days(day, 1), opens, zone.key)


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
