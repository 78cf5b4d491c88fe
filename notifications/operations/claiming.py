"""Taking a message to send: one sender at a time, and never longer than its lease."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from notifications.models import Message, MessageAttempt, MessageQuerySet, Reminder
from notifications.operations.clock import one_statement

# What is taken together is written and handed over, or put back, in much less (``sending``).
LOT_LEASE_SECONDS: Final = 60


class LeaseLostError(Exception):
    """The message was withdrawn, or somebody else took it: do not send it."""


class ChangedMeanwhileError(Exception):
    """What the message says is no longer what is needed: write it anew."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The right of one sender to one message, for a while.

    Attributes:
        message_id: what was taken.
        token: proves, with every later write, that the right still holds.
        number: of this attempt.
        at: when, by the database's clock.
        is_after_pause: the mail server refused us as a whole the last time that it was asked.
    """

    message_id: int
    token: UUID
    number: int
    at: datetime
    is_after_pause: bool = False


# One statement, so that it needs no transaction of its own to hold: the rows are locked, marked and
# let go. `next_attempt_at` moves along with the lease: a message whose sender died is due again
# when its lease ends, and one condition on one index finds all that is due.
CLAIM = """
    WITH due AS (
        SELECT id, next_attempt_at FROM notifications_message
         WHERE state IN ('pending', 'retry', 'leased')
           AND next_attempt_at <= LEAST(statement_timestamp(), %(due_by)s)
           AND NOT EXISTS (
               SELECT 1 FROM notifications_relaypause WHERE until > statement_timestamp())
         ORDER BY next_attempt_at, id
         LIMIT %(count)s FOR UPDATE SKIP LOCKED)
    UPDATE notifications_message AS message
       SET state = 'leased', lease_token = gen_random_uuid(), attempts = attempts + 1,
           lease_until = statement_timestamp() + %(lease)s * interval '1 second',
           next_attempt_at = statement_timestamp() + %(lease)s * interval '1 second'
      FROM due WHERE message.id = due.id
    RETURNING due.next_attempt_at, message.id, lease_token, attempts, statement_timestamp(),
              EXISTS (SELECT 1 FROM notifications_relaypause)
"""

# Functions of the database (migration 0005).
HOLD = """
    SELECT notifications_hold(%(id)s, %(token)s, %(number)s, %(lease)s, %(at)s, %(email)s,
                              %(is_active)s, %(bounced_at)s, %(reminders)s::bigint[])
"""


@transaction.atomic(durable=True)
def claim_some(*, count: int, due_by: datetime | None = None) -> list[Claim]:
    """Take the oldest messages that are due, of whatever organisation, the oldest first.

    Of several, each waits for those before it: their leases are short until their turn comes
    (``hold``), so that others take them soon should this sender die.

    Args:
        count: at most so many.
        due_by: leave alone what became due later; default now. The database's clock decides.
    """
    lease = settings.OUTBOX_LEASE_SECONDS
    if count > 1:
        lease = min(lease, LOT_LEASE_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"lease": lease, "due_by": due_by, "count": count})
        rows = sorted(cursor.fetchall())
    return [
        Claim(message_id=key, token=token, number=number, at=at, is_after_pause=was_paused)
        for _due_at, key, token, number, at, was_paused in rows
    ]


@transaction.atomic(durable=True)
def note_start(*, begun: Iterable[tuple[Claim, Message]]) -> None:
    """Write down that attempts began, so that a crash leaves its trace.

    Args:
        begun: messages of one organisation, each with the right to it.
    """
    steps = [_step(claim, message, MessageAttempt.Step.STARTED) for claim, message in begun]
    MessageAttempt.objects.bulk_create(steps)


def hold(*, claim: Claim, message: Message, reminder_ids: frozenset[int]) -> None:
    """Make sure, just before the text leaves, that it is still ours and still true.

    From here on a crash may repeat the message; before it cannot.

    Args:
        claim: the right to it; the lease is renewed, also of what turns out to have changed.
        message: what is being sent, with the contact to whom it was written.
        reminder_ids: its reminders when it was written.

    Raises:
        LeaseLostError: it was withdrawn, or somebody else has it.
        ChangedMeanwhileError: some of its reminders were withdrawn since it was written, or its
            reader is to be written to elsewhere or not at all.
    """
    reader = message.contact
    facts: dict[str, Any] = {
        "id": claim.message_id,
        "token": claim.token,
        "number": claim.number,
        "lease": settings.OUTBOX_LEASE_SECONDS,
        "email": reader.email,
        "is_active": reader.is_active,
        "bounced_at": reader.bounced_at,
        "reminders": sorted(reminder_ids),
        "at": timezone.now(),
    }
    match one_statement(HOLD, facts):
        case "held":
            return
        case "changed":
            raise ChangedMeanwhileError
        case _:
            raise LeaseLostError


def held(claim: Claim) -> MessageQuerySet:
    """Return the message as long as the claim holds; every write goes through this fence."""
    return Message.objects.filter(
        pk=claim.message_id, state=Message.State.LEASED, lease_token=claim.token
    )


def bundled_ids(messages: Collection[Message]) -> dict[int, frozenset[int]]:
    """Return the reminders that each of these messages still has to tell, by its key."""
    bundled = Reminder.objects.filter(message__in=messages, state=Reminder.State.BUNDLED)
    found: dict[int, set[int]] = {message.pk: set() for message in messages}
    for message_id, key in bundled.values_list("message", "pk"):
        found[message_id].add(key)
    return {message_id: frozenset(keys) for message_id, keys in found.items()}


def note(claim: Claim, message: Message, step: MessageAttempt.Step, code: str = "") -> None:
    """Add a step to the history of a message."""
    _step(claim, message, step, code).save(force_insert=True)


def _step(
    claim: Claim, message: Message, step: MessageAttempt.Step, code: str = ""
) -> MessageAttempt:
    return MessageAttempt(
        organisation_id=message.organisation_id,
        message=message,
        number=claim.number,
        lease_token=claim.token,
        step=step,
        code=code[:80],
    )
