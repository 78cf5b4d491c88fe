"""What a mail would say if it were sent now; opens no door, sends nothing and writes nothing."""

import logging
import uuid
from datetime import timedelta

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core.models import Contact, Organisation
from core.wording import date_long, in_days
from notifications import mail
from notifications.models import Message, Reminder
from notifications.operations.clock import database_is_away, database_now
from notifications.operations.digests import DigestGroup, door_of, group_lines, letter_of, lines_of
from notifications.operations.preparing import UnknownKindError, compose
from notifications.planning import DigestLine, Entrance, Landing, Letter

logger = logging.getLogger(__name__)

# A link exists only in the mail itself.
SAMPLE_ADDRESS = "…"


class _Closed(Entrance):
    """A door that was not opened: it leads nowhere, whatever it is asked for."""

    def to(self, landing: Landing | None) -> str:
        return self.url


def preview(message: Message) -> str:
    """Return subject and text of a message as it would be now, empty when it says nothing.

    A message that cannot be written is no reason to hide its page, which HR opens to see why.
    """
    try:
        letter = compose(message)
        if letter is None:
            return ""
        return _shown(letter, message.contact.language, message.organisation, message.dossier)
    except UnknownKindError:
        return ""
    except Exception:
        if database_is_away():
            raise
        logger.exception("message could not be written", extra={"kind": message.kind})
        return ""


def preview_digest(*, contact: Contact) -> str:
    """Return the daily message that a contact would get now, empty when nothing is due."""
    now = database_now()
    organisation = contact.organisation
    due = Reminder.objects.unsent().filter(contact=contact, due_at__lte=now, expires_at__gt=now)
    with translation.override(contact.language), timezone.override(organisation.zone):
        reminders = list(due)
        groups = group_lines(reminders, lines_of(reminders))
        if not groups:
            return ""
        letter = letter_of(
            groups, reader=contact.name, door=door_of(contact, groups), is_daily=True
        )
    return _shown(letter, contact.language, organisation, None)


def sample_digest(*, organisation: Organisation, reader: str) -> str:
    """Return a daily message about nobody, in the language in force, to show what it looks like.

    Args:
        organisation: whose name and desk stand under it.
        reader: name in the greeting.
    """
    today = organisation.today()
    ends_on, late_since = today + timedelta(days=8), today - timedelta(days=4)
    heading = _("An example, ends on %(day)s") % {"day": date_long(ends_on, today)}
    late = DigestLine(
        reminder_id=0,
        heading=heading,
        text=_("Collect the laptop"),
        when=in_days(late_since, today),
        is_late=True,
    )
    ahead = DigestLine(
        reminder_id=1,
        heading=heading,
        text=_("Review the handover document"),
        when=in_days(ends_on, today),
    )
    group = DigestGroup(dossier=uuid.UUID(int=0), heading=heading, lines=[late, ahead])
    letter = letter_of([group], reader=reader, door="link", is_daily=True)
    return _shown(letter, translation.get_language() or "en", organisation, None)


def _shown(
    letter: Letter, language: str, organisation: Organisation, dossier: uuid.UUID | None
) -> str:
    dossiers = letter.dossiers or ([dossier] if dossier else [])
    action = {"action_url": SAMPLE_ADDRESS} if "action_label" in letter.context else {}
    entrances = dict.fromkeys(dossiers, _Closed(door="link", url=SAMPLE_ADDRESS))
    context = {**action, **letter.context, "entrances": entrances}
    rendered = mail.render(letter.template, context, language=language, organisation=organisation)
    return f"{rendered.subject}\n\n{rendered.text}"
