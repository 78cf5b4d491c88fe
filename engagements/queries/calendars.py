from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.models import Engagement
from engagements.rules import calendar_of_end


def last_day_as_calendar(engagement: Engagement) -> bytes:
    """Return the last day for a calendar, in the active language; needs ``freelancer`` loaded.

    The entry keeps its identity when the day moves.
    """
    title = _("Last day of %(name)s (%(title)s)") % {
        "name": engagement.freelancer.full_name,
        "title": engagement.title,
    }
    return calendar_of_end(
        engagement.public_id,
        title,
        engagement.ends_on,
        sequence=engagement.version,
        stamp=timezone.now(),
    )
