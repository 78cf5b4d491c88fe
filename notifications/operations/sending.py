"""Sending: take one, look again, write it, hand it over, settle. No transaction is open meanwhile.

At least once, and twice only when a sender dies between the mail server's yes and our note of it;
both bear the same Message-ID.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection
from django.utils import timezone, translation

from core.scoping import across_organisations, organisation_scope
from notifications import mail, planning, rules
from notifications.models import Message
from notifications.operations import settling
from notifications.operations.claiming import (
    ChangedMeanwhileError,
    Claim,
    LeaseLostError,
    bundled_ids,
    claim_next,
    hold,
    note_start,
)
from notifications.operations.clock import DATABASE_AWAY, database_is_away
from notifications.operations.settling import Delivery
from notifications.planning import Letter

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = (0.2, 0.5, 1, 2, 5, 10, 20)


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A message as it goes out."""

    email: mail.Email
    reminder_ids: frozenset[int]
    told: frozenset[int]


class UnknownKindError(LookupError):
    """No package of this installation composes messages of this kind."""


def deliver_next() -> bool:
    """Try the oldest message that is due; False when there is none.

    Call it outside any transaction. Safe in parallel, in any number of processes.
    """
    return deliver_one() is not None


def deliver_burst(
    *, should_stop: Callable[[], bool] = lambda: False, due_by: datetime | None = None
) -> Counter[Delivery]:
    """Try what is due, one after the other, over one connection to the mail server.

    Stops when nothing is due, when there is no mail server to talk to, or when told to.

    Args:
        should_stop: asked between two messages.
        due_by: leave alone what became due later; default no limit.

    Returns:
        how many attempts ended how.
    """
    tally: Counter[Delivery] = Counter()
    with mail.Relay() as relay:
        while not should_stop():
            try:
                delivery = deliver_one(relay=relay, due_by=due_by)
            except Exception:
                if database_is_away():
                    raise
                # Its lease keeps this message away from us for a while; the next one gets its turn.
                logger.exception("delivery failed")
                delivery = Delivery.DEFERRED
            if delivery is None:
                break
            tally[delivery] += 1
            if delivery is Delivery.AWAY:
                break
    return tally


def deliver_one(
    *, relay: mail.Relay | None = None, due_by: datetime | None = None
) -> Delivery | None:
    """Try the oldest message that is due and say how that ended; None when there is none.

    Args:
        relay: a conversation to go on with; default one of its own.
        due_by: leave alone what became due later; default no limit.
    """
    claim = claim_next(due_by=due_by)
    if claim is None:
        return None
    with across_organisations():
        message = Message.objects.select_related("contact", "organisation").get(pk=claim.message_id)
    with organisation_scope(message.organisation):
        if relay is not None:
            return _deliver(claim, message, relay)
        with mail.Relay() as own:
            return _deliver(claim, message, own)


def compose(message: Message) -> Letter | None:
    """Return what a message says now, in its reader's language; None when it is not needed.

    Raises:
        UnknownKindError: no package composes messages of this kind.
    """
    composer = planning.composer_for(message.kind)
    if composer is None:
        raise UnknownKindError(message.kind)
    with (
        translation.override(message.contact.language),
        timezone.override(message.organisation.zone),
    ):
        return composer(message)


def _deliver(claim: Claim, message: Message, relay: mail.Relay) -> Delivery:
    if message.expires_at <= claim.at:
        return settling.settle_expired(claim=claim, message=message)
    if reason := _unreachable(message):
        return settling.settle_unreachable(claim=claim, message=message, reason=reason)
    note_start(claim=claim, message=message)
    try:
        prepared = _prepare(message)
    except Exception as error:
        if database_is_away():
            raise
        logger.exception("message could not be written", extra={"kind": message.kind})
        reason = "unknown_kind" if isinstance(error, UnknownKindError) else "error"
        return settling.settle_deferred(
            claim=claim, message=message, reason=reason, code=type(error).__name__
        )
    if prepared is None:
        return settling.settle_dropped(claim=claim, message=message)
    return _hand_over(claim, message, prepared, relay)


def _hand_over(claim: Claim, message: Message, prepared: Prepared, relay: mail.Relay) -> Delivery:
    check = partial(hold, claim=claim, message=message, reminder_ids=prepared.reminder_ids)
    try:
        relay.send(prepared.email, check)
    except LeaseLostError:
        return settling.settle_lost(claim=claim, message=message)
    except ChangedMeanwhileError:
        return settling.settle_changed(claim=claim, message=message)
    except mail.NotSentError as error:
        return _settle_failure(claim, message, error)
    sent = partial(settling.settle_sent, claim=claim, message=message, told=prepared.told)
    return _patiently(sent)


def _settle_failure(claim: Claim, message: Message, error: mail.NotSentError) -> Delivery:
    answer = error.answer
    match rules.fate_of(answer):
        case rules.Fate.RELAY:
            return settling.settle_held(claim=claim, message=message, answer=answer)
        case rules.Fate.BOUNCED | rules.Fate.REFUSED as fate:
            return settling.settle_refused(
                claim=claim,
                message=message,
                answer=answer,
                is_bounce=fate is rules.Fate.BOUNCED,
            )
        case _:
            delivery = settling.settle_deferred(
                claim=claim,
                message=message,
                reason="deferred" if answer.code else "away",
                code=answer.label,
                is_uncertain=error.is_uncertain,
            )
            return Delivery.AWAY if error.is_away else delivery


def _unreachable(message: Message) -> str:
    """Return why a contact cannot be written to, empty when it can."""
    contact = message.contact
    if not contact.is_active:
        return "inactive"
    if contact.bounced_at:
        return "suppressed"
    try:
        validate_email(contact.email)
    except ValidationError:
        return "no_address"
    return ""


def _prepare(message: Message) -> Prepared | None:
    reminder_ids = bundled_ids(message)
    letter = compose(message)
    if letter is None:
        return None
    contact, organisation = message.contact, message.organisation
    context = {**letter.context, **_doors_for(message, letter)}
    rendered = mail.render(
        letter.template, context, language=contact.language, organisation=organisation
    )
    email = mail.build(
        rendered,
        to=contact.email,
        organisation=organisation,
        headers={
            "Message-ID": mail.message_id(organisation, message.dedupe_key),
            "X-Kennisborg-Ref": str(message.public_id),
        },
        attachments=[(a.name, a.content, a.media_type) for a in letter.attachments],
    )
    return Prepared(email=email, reminder_ids=reminder_ids, told=frozenset(letter.reminder_ids))


def _doors_for(message: Message, letter: Letter) -> dict[str, object]:
    """Open the doors that a letter needs, and return them for its templates."""
    dossiers = letter.dossiers or ([message.dossier] if message.dossier else [])
    if not dossiers:
        return {}
    doors = planning.doors()
    entrances = {
        dossier: doors.open(contact=message.contact, dossier=dossier, message=message)
        for dossier in dossiers
    }
    found: dict[str, object] = {"entrances": entrances}
    if "action_label" in letter.context and "action_url" not in letter.context:
        found["action_url"] = entrances[dossiers[0]].to(letter.landing)
    return found


def _patiently(settle: Callable[[], Delivery]) -> Delivery:
    """Write down what cannot be undone even when the database is restarting just now.

    Without it the message would be sent again when its lease ends.
    """
    for wait in PATIENCE_SECONDS:
        try:
            return settle()
        except DATABASE_AWAY:
            logger.warning("database away while noting a sent message")
            connection.close()
            time.sleep(wait)
    return settle()
