from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from core.calendar_files import CalendarEvent, calendar_file
from engagements.models import Engagement


def last_day_as_calendar(engagement: Engagement) -> bytes:
    """Return the last day for a calendar, in the active language; needs ``freelancer`` loaded.

    The entry keeps its identity when the day moves.
    """
    title = _("Last day of %(name)s (%(title)s)") % {
        "name": engagement.freelancer.full_name,
        "title": engagement.title,
    }
    event = CalendarEvent(
        uid=f"end-{engagement.public_id}",
        sequence=engagement.version,
        starts=engagement.ends_on,
        length=timedelta(days=1),
        title=title,
    )
    return calendar_file(event, timezone.now())
