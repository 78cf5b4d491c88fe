"""What is taken back: because a date moved, a thing was done, or HR decided otherwise."""

import logging
from datetime import timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import audit
from core.actors import Actor
from core.errors import DomainError, InvalidTransitionError
from core.models import Contact
from notifications import planning
from notifications.models import Message, MessageQuerySet, Reminder, ReminderQuerySet
from notifications.operations.bundling import REDIRECTED
from notifications.operations.clock import database_now

logger = logging.getLogger(__name__)

# A message that HR tries again must live long enough for a few tries.
SECOND_LIFE = timedelta(days=3)
RETRIABLE = (Message.State.DEAD, Message.State.RETRY, Message.State.EXPIRED)


@transaction.atomic
def cancel_for_dossier(*, dossier: UUID, reason: str) -> int:
    """Withdraw every unsent reminder and message about one engagement.

    Runs in the transaction of the change that makes them wrong: nothing about the old date leaves
    after that commits. Mail that tells about the change itself is promised after this call.

    Args:
        dossier: public id of the engagement.
        reason: why, as a code that ``rules.explain`` knows: ``end_moved``, ``closed``,
            ``cancelled``.

    Returns:
        how many reminders and messages were withdrawn.
    """
    messages = _locked(Message.objects.unsettled().filter(dossier=dossier))
    count = _cancel_messages(messages, reason)
    count += _cancel_reminders(Reminder.objects.unsent_of(dossier))
    logger.info("unsent mail withdrawn", extra={"dossier": str(dossier), "count": count})
    return count


@transaction.atomic
def cancel_for_item(*, item: UUID) -> int:
    """Withdraw every unsent reminder about one item or handover; returns how many."""
    return _cancel_reminders(Reminder.objects.unsent().filter(item=item))


@transaction.atomic
def retry_message(*, message_id: int, actor: Actor) -> Message:
    """Try a message again now, after HR looked at it; the address counts as good again.

    Raises:
        InvalidTransitionError: it is not waiting for a decision.
        DomainError: its contact is no longer active.
    """
    message = Message.objects.select_for_update(of=("self",)).get(pk=message_id)
    contact = Contact.objects.select_for_update().get(pk=message.contact_id)
    if message.state not in RETRIABLE:
        raise InvalidTransitionError(_("This message is not waiting for another try."))
    if not contact.is_active:
        raise DomainError(_("This contact is no longer active. Choose another address."))
    _clear_bounce(contact)
    _revive(message)
    audit.record(
        "notifications.message.retried", subject=message, actor=actor, dossier=message.dossier
    )
    return message


@transaction.atomic
def redirect_message(
    *, message_id: int, actor: Actor, contact_id: int | None = None, email: str = ""
) -> Message:
    """Send a message to somebody else, or to the right address of the same contact.

    The original becomes superseded; its links stop working.

    Args:
        message_id: a message that is waiting for a decision.
        actor: who decides.
        contact_id: another contact of the organisation.
        email: the right address; of the same contact, or of another that has it already.

    Returns:
        the new message.

    Raises:
        InvalidTransitionError: it is not waiting for a decision.
        DomainError: the contact cannot be written to, or the address is none.
    """
    message = Message.objects.select_for_update(of=("self",)).get(pk=message_id)
    if message.state not in RETRIABLE:
        raise InvalidTransitionError(_("This message is not waiting for another address."))
    contact = _other_contact(contact_id) if contact_id else _readdressed(message, email)
    copy = _copy_for(message, contact)
    Reminder.objects.filter(message=message).update(message=copy, state=Reminder.State.BUNDLED)
    message.state, message.reason = Message.State.SUPERSEDED, "redirected"
    message.save(update_fields=["state", "reason"])
    planning.doors().shut(message=message)
    audit.record(
        "notifications.message.redirected",
        subject=copy,
        actor=actor,
        dossier=message.dossier,
        data={"from_contact": message.contact_id, "to_contact": contact.pk},
    )
    return copy


def _other_contact(contact_id: int) -> Contact:
    contact = Contact.objects.select_for_update().get(pk=contact_id)
    if not contact.is_reachable:
        raise DomainError(_("Mail to %(name)s does not arrive either.") % {"name": contact.name})
    return contact


def _readdressed(message: Message, email: str) -> Contact:
    """Return who has this address; else write it down as the contact's new one."""
    email = email.strip()
    try:
        validate_email(email)
    except ValidationError as error:
        raise DomainError(_("This is not an e-mail address.")) from error
    contact = Contact.objects.select_for_update().get(pk=message.contact_id)
    owner = Contact.objects.with_email(email).select_for_update().first()
    if owner and owner.pk != contact.pk:
        return _other_contact(owner.pk)
    if not contact.is_active:
        raise DomainError(_("This contact is no longer active. Choose somebody else."))
    if contact.email.lower() != email.lower():
        # Links that were mailed to the old address stop working with this (LinkGrant.usable).
        contact.email, contact.email_changed_at = email, database_now()
        try:
            with transaction.atomic():
                contact.save(update_fields=["email", "email_changed_at"])
        except IntegrityError as error:  # somebody else got this address a moment ago
            raise DomainError(_("There is already a contact with this address.")) from error
    _clear_bounce(contact)
    return contact


def _clear_bounce(contact: Contact) -> None:
    contact.forget_bounce()
    contact.save(update_fields=["bounced_at", "bounce_code"])


def _copy_for(message: Message, contact: Contact) -> Message:
    now = database_now()
    key = f"{message.dedupe_key}{REDIRECTED}"
    turn = Message.objects.filter(dedupe_key__startswith=key).count() + 1
    return Message.objects.create(
        organisation_id=message.organisation_id,
        kind=message.kind,
        dedupe_key=f"{key}{turn}",
        contact=contact,
        dossier=message.dossier,
        params=message.params,
        next_attempt_at=now,
        expires_at=max(message.expires_at, now + SECOND_LIFE),
    )


def _revive(message: Message) -> None:
    now = database_now()
    message.state, message.reason, message.attempts = Message.State.PENDING, "", 0
    message.next_attempt_at = now
    message.expires_at = max(message.expires_at, now + SECOND_LIFE)
    message.save(update_fields=["state", "reason", "attempts", "next_attempt_at", "expires_at"])
    Reminder.objects.filter(message=message, state=Reminder.State.EXPIRED).update(
        state=Reminder.State.BUNDLED, expires_at=message.expires_at
    )


def _locked(messages: MessageQuerySet) -> list[int]:
    # Messages before reminders, each by key: every operation locks in this order.
    return list(messages.order_by("pk").select_for_update().values_list("pk", flat=True))


def _cancel_messages(keys: list[int], reason: str) -> int:
    return Message.objects.filter(pk__in=keys).update(
        state=Message.State.CANCELLED, reason=reason, lease_token=None, lease_until=None
    )


def _cancel_reminders(reminders: ReminderQuerySet) -> int:
    keys = list(reminders.order_by("pk").select_for_update().values_list("pk", flat=True))
    return Reminder.objects.filter(pk__in=keys).update(state=Reminder.State.CANCELLED)
