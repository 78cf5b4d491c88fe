"""Sending: take some, look again, write them, hand each over, settle. No transaction is open then.

At least once, and twice only when a sender dies between the mail server's yes and our note of it;
both bear the same Message-ID.
"""

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection

from core.scoping import across_organisations, organisation_scope
from notifications import mail, rules
from notifications.models import Message
from notifications.operations import settling
from notifications.operations.claiming import (
    ChangedMeanwhileError,
    Claim,
    LeaseLostError,
    claim_some,
    hold,
    note_start,
)
from notifications.operations.clock import DATABASE_AWAY, database_is_away
from notifications.operations.preparing import (
    Prepared,
    UnknownKindError,
    Written,
    write_messages,
)
from notifications.operations.settling import Delivery

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = (0.2, 0.5, 1, 2, 5, 10, 20)
# As many are taken at once as leave in a few seconds at the pace of those before them: looking up
# what a hundred of them say takes little longer than for one.
MOST_AT_ONCE: Final = 100
LOT_SECONDS: Final = 4.0
# What was written longer ago may no longer be true, and its lease will end: it is written anew.
FRESH_SECONDS: Final = 10.0

# Whoever comes next would fare the same.
NOBODY_THERE: Final = (Delivery.AWAY, Delivery.HELD)


@dataclass(frozen=True)
class Lot:
    """Messages that were taken together, each with the right to it, the oldest first.

    Attributes:
        claims: those that are not done yet, by message.
        messages: with contact and organisation.
        taken_at: by this process's own clock that only runs forward, in seconds.
    """

    claims: dict[int, Claim]
    messages: Mapping[int, Message]
    taken_at: float

    @property
    def age(self) -> float:
        """How long ago it was taken, in seconds."""
        return time.monotonic() - self.taken_at


def deliver_burst(
    *,
    should_stop: Callable[[], bool] = lambda: False,
    is_enough: Callable[[Counter[Delivery]], bool] = lambda _tally: False,
    due_by: datetime | None = None,
) -> Counter[Delivery]:
    """Try what is due, one after the other, over one connection to the mail server.

    Call it outside any transaction. Safe in parallel, in any number of processes. Stops when
    nothing is due, when there is no mail server to talk to, or when told to.

    Args:
        should_stop: asked between two messages; what was taken with them and not tried goes back.
        is_enough: asked with what was done so far, once all that was taken has been tried.
        due_by: leave alone what became due later; default no limit.

    Returns:
        how many attempts ended how.
    """
    tally: Counter[Delivery] = Counter()
    count = 1
    with mail.Relay() as relay:
        while not (should_stop() or is_enough(tally)):
            lot = _take(count, due_by)
            for delivery in _deliveries(lot, relay):
                tally[delivery] += 1
                if delivery in NOBODY_THERE or (lot.claims and should_stop()):
                    break
            _put_back_rest(lot)
            if not lot.messages or tally[Delivery.AWAY]:
                break
            count = _count_after(lot)
    return tally


def _count_after(lot: Lot) -> int:
    """Return how many to take next: one by one where a server is slow."""
    tried = len(lot.messages) - len(lot.claims)
    return min(max(int(tried * LOT_SECONDS / lot.age), 1), MOST_AT_ONCE)


def deliver_one() -> Delivery | None:
    """Try the oldest message that is due and say how that ended; None when there is none."""
    lot = _take(1, None)
    with mail.Relay() as relay:
        return next(_deliveries(lot, relay), None)


def _take(count: int, due_by: datetime | None) -> Lot:
    taken_at = time.monotonic()
    claims = {claim.message_id: claim for claim in claim_some(count=count, due_by=due_by)}
    with across_organisations():
        messages = Message.objects.select_related("contact", "organisation").in_bulk(claims)
    return Lot(claims, messages, taken_at)


def _deliveries(lot: Lot, relay: mail.Relay) -> Iterator[Delivery]:
    """Try the messages of a lot in turn, as long as it is fresh, and say how each ended."""
    written = _write(lot)
    for number, key in enumerate(list(lot.claims)):
        if number and lot.age > FRESH_SECONDS:
            return
        claim, message = lot.claims.pop(key), lot.messages[key]
        try:
            with organisation_scope(message.organisation):
                delivery = _deliver(claim, message, written, relay)
        except Exception:
            if database_is_away():
                raise
            # Its lease keeps this message away from us for a while; the next one gets its turn.
            logger.exception("delivery failed")
            delivery = Delivery.DEFERRED
        yield delivery


def _write(lot: Lot) -> Written:
    """Write what can be sent, each organisation's at once."""
    written = Written()
    by_organisation: dict[int, list[Message]] = defaultdict(list)
    for key, claim in lot.claims.items():
        message = lot.messages[key]
        if message.expires_at > claim.at and not _unreachable(message):
            by_organisation[message.organisation_id].append(message)
    for own in by_organisation.values():
        try:
            with organisation_scope(own[0].organisation):
                note_start(begun=[(lot.claims[message.pk], message) for message in own])
                some = write_messages(own)
        except Exception as error:
            if database_is_away():
                raise
            logger.exception("messages could not be written")
            written.faults.update(dict.fromkeys((message.pk for message in own), error))
        else:
            written.prepared.update(some.prepared)
            written.faults.update(some.faults)
    return written


def _put_back_rest(lot: Lot) -> None:
    """Let others have at once what was taken and not tried; what was written is thrown away.

    What cannot be put back just now comes back when its lease ends, and with it all of its
    organisation: the others need not wait.
    """
    busy: set[int] = set()
    for key, claim in lot.claims.items():
        message = lot.messages[key]
        if message.organisation_id in busy:
            continue
        try:
            with organisation_scope(message.organisation):
                settling.settle_changed(claim=claim, message=message)
        except Exception:
            if database_is_away():
                raise
            logger.exception("message could not be put back")
            busy.add(message.organisation_id)


def _deliver(claim: Claim, message: Message, written: Written, relay: mail.Relay) -> Delivery:
    if message.expires_at <= claim.at:
        return settling.settle_expired(claim=claim, message=message)
    if reason := _unreachable(message):
        return settling.settle_unreachable(claim=claim, message=message, reason=reason)
    if error := written.faults.get(message.pk):
        reason = "unknown_kind" if isinstance(error, UnknownKindError) else "error"
        return settling.settle_deferred(
            claim=claim, message=message, reason=reason, code=type(error).__name__
        )
    prepared = written.prepared.get(message.pk)
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
