"""Under which heading reminders about an engagement stand; the same in every package."""

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.wording import date_short
from engagements.models import Engagement


def heading_for(engagement: Engagement, reader_id: int) -> str:
    """Return what tells an engagement from others; professionals need not read their own name.

    Args:
        engagement: with its freelancer.
        reader_id: the contact who reads it.
    """
    day = date_short(engagement.ends_on, engagement.organisation.today())
    if engagement.freelancer.is_contact(reader_id):
        return _("%(title)s, last day %(day)s") % {"title": capfirst(engagement.title), "day": day}
    return _("%(name)s, %(title)s: last day %(day)s") % {
        "name": engagement.freelancer.full_name,
        "title": engagement.title,
        "day": day,
    }
