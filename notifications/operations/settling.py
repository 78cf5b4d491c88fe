"""What becomes of a message after an attempt; every write proves that the lease still holds."""

import logging
from enum import StrEnum
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from core import audit
from core.actors import SYSTEM
from core.models import Contact
from notifications import planning, rules
from notifications.models import Message, MessageAttempt, RelayPause, Reminder
from notifications.operations.bundling import REDIRECTED
from notifications.operations.claiming import Claim, held, note
from notifications.operations.clock import database_now, one_statement
from notifications.operations.deciding import take_turn

logger = logging.getLogger(__name__)

State, Step = Message.State, MessageAttempt.Step
ACCEPTED = "250"
# Others' mail waits meanwhile; who takes longer leaves the message to its lease.
TURN_SECONDS: Final = 10
# A function of the database (migration 0005).
SETTLE_SENT = """
    SELECT notifications_settle_sent(%(id)s, %(organisation)s, %(token)s, %(number)s, %(at)s,
                                     %(answer)s, %(told)s::bigint[], %(was_paused)s)
"""


class Delivery(StrEnum):
    """How an attempt ended."""

    SENT = "sent"
    DEFERRED = "deferred"
    AWAY = "away"  # deferred, and there is no mail server to talk to
    HELD = "held"  # the mail server refuses us; not counted as an attempt
    DEAD = "dead"
    DROPPED = "dropped"  # no longer needed
    EXPIRED = "expired"
    LOST = "lost"  # withdrawn or taken by somebody else in the meantime


def settle_sent(*, claim: Claim, message: Message, told: frozenset[int]) -> Delivery:
    """Write down that the mail server took a message.

    Args:
        claim: the right to it.
        message: what was sent.
        told: its reminders that it told; the others turned out not to be needed.
    """
    facts = {
        "id": claim.message_id,
        "organisation": message.organisation_id,
        "token": claim.token,
        "number": claim.number,
        "at": timezone.now(),
        "answer": ACCEPTED,
        "told": sorted(told),
        "was_paused": claim.is_after_pause,
    }
    if not one_statement(SETTLE_SENT, facts):
        _warn_of_loss(claim)
        return Delivery.LOST
    return Delivery.SENT


@transaction.atomic(durable=True)
def settle_dropped(*, claim: Claim, message: Message) -> Delivery:
    """Leave out a message that nobody needs any more."""
    note(claim, message, Step.OBSOLETE)
    if not _release(claim, state=State.CANCELLED, reason="not_needed"):
        return Delivery.LOST
    _bundled(message).update(state=Reminder.State.CANCELLED)
    return Delivery.DROPPED


@transaction.atomic(durable=True)
def settle_expired(*, claim: Claim, message: Message) -> Delivery:
    """Give up on a message that came too late to be of use; it stays visible to HR."""
    note(claim, message, Step.OBSOLETE)
    if not _release(claim, state=State.EXPIRED, reason="expired"):
        return Delivery.LOST
    _bundled(message).update(state=Reminder.State.EXPIRED)
    return Delivery.EXPIRED


@transaction.atomic(durable=True)
def settle_unreachable(*, claim: Claim, message: Message, reason: str) -> Delivery:
    """Put a message aside for HR because its contact cannot be written to."""
    note(claim, message, Step.REFUSED, reason)
    if not _release(claim, state=State.DEAD, reason=reason):
        return Delivery.LOST
    return Delivery.DEAD


@transaction.atomic(durable=True)
def settle_deferred(
    *, claim: Claim, message: Message, reason: str, code: str, is_uncertain: bool = False
) -> Delivery:
    """Try a message again later, sooner or later until it expires.

    Args:
        claim: the right to it.
        message: what could not be sent.
        reason: why, as a code that ``rules.explain`` knows.
        code: answer of the mail server, or class of the error.
        is_uncertain: it may have arrived all the same, so its links stay valid.
    """
    delay = rules.retry_delay(claim.number, str(message.public_id), settings.OUTBOX_RETRY_MINUTES)
    changes = {"state": State.RETRY, "next_attempt_at": Now() + delay, "reason": reason}
    if not _wait_again(claim, message, code, last_code=code, **changes):
        return Delivery.LOST
    if not is_uncertain:
        shut_doors(claim, message)
    return Delivery.DEFERRED


@transaction.atomic(durable=True)
def settle_refused(
    *, claim: Claim, message: Message, answer: rules.Answer, is_bounce: bool
) -> Delivery:
    """Put a message aside for HR; when the address is to blame, write nothing more to it.

    Args:
        claim: the right to it.
        message: with the contact as it was when the mail was written.
        answer: of the mail server.
        is_bounce: the address does not exist or takes no mail.
    """
    note(claim, message, Step.REFUSED, answer.label)
    reason = "bounced" if is_bounce else "refused"
    is_ours = _release(claim, state=State.DEAD, last_code=answer.label, reason=reason)
    if is_bounce:
        _suppress(message, answer)
    if not is_ours:
        return Delivery.LOST
    shut_doors(claim, message)
    return Delivery.DEAD


@transaction.atomic(durable=True)
def settle_held(*, claim: Claim, message: Message, answer: rules.Answer) -> Delivery:
    """Put a message back untried and let nobody try for a while: the mail server refuses us."""
    is_ours = _put_back(claim, message, answer.label, last_code=answer.label, reason="relay")
    _pause(answer)
    if not is_ours:
        return Delivery.LOST
    shut_doors(claim, message)
    return Delivery.HELD


@transaction.atomic(durable=True)
def settle_changed(*, claim: Claim, message: Message) -> Delivery:
    """Put a message back untried, to be written anew at once."""
    if not _put_back(claim, message):
        return Delivery.LOST
    shut_doors(claim, message)
    return Delivery.DEFERRED


def shut_doors(claim: Claim, message: Message) -> None:
    """Withdraw the links of a mail that certainly did not arrive.

    When an earlier attempt broke off after the text left, its mail may lie in a mailbox: then the
    links stay, for the doors know only messages, not attempts.
    """
    earlier = MessageAttempt.objects.filter(message=message, step=Step.HANDING_OVER)
    if not earlier.exclude(lease_token=claim.token).exists():
        planning.doors().shut(message=message)


@transaction.atomic(durable=True)
def settle_lost(*, claim: Claim, message: Message) -> Delivery:
    """Take back the links of a message that was withdrawn before its text left."""
    withdrawn = (State.CANCELLED, State.SUPERSEDED)
    if Message.objects.filter(pk=message.pk, state__in=withdrawn).exists():
        shut_doors(claim, message)
    return Delivery.LOST


def _release(claim: Claim, **changes: Any) -> bool:
    is_ours = held(claim).update(lease_token=None, lease_until=None, **changes) > 0
    if not is_ours:
        _warn_of_loss(claim)
    return is_ours


def _warn_of_loss(claim: Claim) -> None:
    logger.warning("lease lost", extra={"message_id": claim.message_id})


def _put_back(claim: Claim, message: Message, code: str = "", **changes: Any) -> bool:
    """Let a message wait again as if nobody had tried it, and be due at once."""
    state = State.RETRY if claim.number > 1 else State.PENDING
    attempts = F("attempts") - 1
    return _wait_again(
        claim, message, code, state=state, attempts=attempts, next_attempt_at=Now(), **changes
    )


def _wait_again(claim: Claim, message: Message, code: str, **changes: Any) -> bool:
    """Give a message back, without what later decisions made superfluous while it was in hand.

    Planners leave alone what is being sent. None of them decides from here to the end of the
    transaction, so that nothing is overlooked.
    """
    # What HR sent elsewhere goes there whatever its first reader was told since.
    may_be_overtaken = REDIRECTED not in message.dedupe_key and _bundled(message).exists()
    if may_be_overtaken:
        take_turn(message.organisation, patience_seconds=TURN_SECONDS)
    note(claim, message, Step.DEFERRED, code)
    is_ours = _release(claim, **changes)
    if is_ours and may_be_overtaken:
        _supersede_overtaken(message)
    return is_ours


def _bundled(message: Message) -> QuerySet[Reminder]:
    """Return what a message still has to tell."""
    return Reminder.objects.filter(message=message, state=Reminder.State.BUNDLED)


def _supersede_overtaken(message: Message) -> None:
    """Leave out what something more urgent about the same thing was told, or will be, instead of.

    Source: domain.md section 4, "the most urgent only".
    """
    own = list(_bundled(message))
    others = (
        Reminder.objects.filter(
            dossier__in={reminder.dossier for reminder in own},
            rule__in={reminder.rule for reminder in own},
        )
        .filter(
            Q(state__in=[Reminder.State.PLANNED, Reminder.State.SENT])
            | Q(state=Reminder.State.BUNDLED, message__state__in=Message.UNSETTLED)
        )
        .exclude(message=message)
    )
    overtaken = {one.pk for one in rules.overtaken(own, others)}
    _bundled(message).filter(pk__in=overtaken).update(state=Reminder.State.SUPERSEDED)


def _suppress(message: Message, answer: rules.Answer) -> None:
    """Write nothing more to an address, unless HR has mended it in the meantime."""
    contact = Contact.objects.select_for_update().get(pk=message.contact_id)
    if contact.bounced_at or contact.email != message.contact.email:
        return
    code = f"{answer.code} {answer.status}".strip()
    contact.bounced_at, contact.bounce_code = database_now(), code
    contact.save(update_fields=["bounced_at", "bounce_code"])
    audit.record(
        "notifications.contact.bounced",
        subject=contact,
        actor=SYSTEM,
        dossier=message.dossier,
        data={"code": code, "message": str(message.public_id)},
    )


def _pause(answer: rules.Answer) -> None:
    now = database_now()
    pause, is_new = RelayPause.objects.select_for_update().get_or_create(
        defaults={"since": now, "until": now + rules.pause_of(1), "code": answer.label}
    )
    logger.error("the mail server refuses us", extra={"code": answer.label})
    # Others may have met the same refusal at the same moment; it counts once.
    if is_new or pause.until > now:
        return
    pause.refusals += 1
    pause.until = now + rules.pause_of(pause.refusals)
    pause.code = answer.label
    pause.save()
