"""When receivers are asked for their word: the daily mail leaves on working days only."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from django.utils import timezone

from core.models import Organisation
from knowledge.models import Receiver
from notifications.models import Message
from notifications.rules import next_daily_mail

DIGEST = "digest"
# A mail that waits leaves within the longest row of days off.
LOOKS_BACK = timedelta(days=30)


def days_of_asking(organisation: Organisation, receivers: Sequence[Receiver]) -> Mapping[int, date]:
    """Return on which day the mail leaves that asks a receiver, while that is still ahead.

    Args:
        organisation: whose calendar counts.
        receivers: with their contacts; those who are not asked, or cannot be reached, are left out.

    Returns:
        Days in the organisation's zone, by key of the receiver.
    """
    now = timezone.now()
    recent = [
        (one, one.asked_at)
        for one in receivers
        if one.asked_at and one.asked_at > now - LOOKS_BACK and one.contact.is_reachable
    ]
    if not recent:
        return {}
    zone = organisation.zone
    mailed = _mailed_days(organisation, [one.contact_id for one, _at in recent], now)
    found = {}
    for one, asked_at in recent:
        day = asked_at.astimezone(zone).date()
        moment = next_daily_mail(
            organisation.calendar,
            zone,
            (organisation.send_time, organisation.quiet_from),
            asked_at,
            was_mailed=any(at < asked_at for at in mailed[one.contact_id, day]),
        )
        if moment > now:
            found[one.pk] = moment.astimezone(zone).date()
    return found


def _mailed_days(
    organisation: Organisation, contacts: Sequence[int], now: datetime
) -> Mapping[tuple[int, date], list[datetime]]:
    """Return when contacts got their daily mail, by contact and day: there is one a day."""
    sent = Message.objects.filter(
        kind=DIGEST, contact__in=contacts, sent_at__gt=now - LOOKS_BACK - timedelta(days=1)
    )
    days = defaultdict(list)
    for contact, at in sent.values_list("contact", "sent_at"):
        if at is not None:
            days[contact, at.astimezone(organisation.zone).date()].append(at)
    return days
