"""Taking a message to send: one sender at a time, and never longer than its lease."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now

from notifications.models import Message, MessageAttempt, MessageQuerySet, Reminder


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
    """

    message_id: int
    token: UUID
    number: int
    at: datetime


# One statement, so that it needs no transaction of its own to hold: the row is locked, marked and
# let go. `next_attempt_at` moves along with the lease: a message whose sender died is due again
# when its lease ends, and one condition on one index finds all that is due.
CLAIM = """
    UPDATE notifications_message
       SET state = 'leased', lease_token = gen_random_uuid(), attempts = attempts + 1,
           lease_until = statement_timestamp() + %(lease)s * interval '1 second',
           next_attempt_at = statement_timestamp() + %(lease)s * interval '1 second'
     WHERE id = (
        SELECT id FROM notifications_message
         WHERE state IN ('pending', 'retry', 'leased')
           AND next_attempt_at <= LEAST(statement_timestamp(), %(due_by)s)
           AND NOT EXISTS (
               SELECT 1 FROM notifications_relaypause WHERE until > statement_timestamp())
         ORDER BY next_attempt_at, id
         LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, lease_token, attempts, statement_timestamp()
"""


@transaction.atomic(durable=True)
def claim_next(*, due_by: datetime | None = None) -> Claim | None:
    """Take the oldest message that is due, of whatever organisation; None when there is none.

    Args:
        due_by: leave alone what became due later; default now. The database's clock decides.
    """
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"lease": settings.OUTBOX_LEASE_SECONDS, "due_by": due_by})
        row = cursor.fetchone()
    if row is None:
        return None
    message_id, token, number, at = row
    return Claim(message_id=message_id, token=token, number=number, at=at)


@transaction.atomic(durable=True)
def note_start(*, claim: Claim, message: Message) -> None:
    """Write down that an attempt began, so that a crash leaves its trace."""
    note(claim, message, MessageAttempt.Step.STARTED)


@transaction.atomic(durable=True)
def hold(*, claim: Claim, message: Message, reminder_ids: frozenset[int]) -> None:
    """Make sure, just before the text leaves, that it is still ours and still true.

    From here on a crash may repeat the message; before it cannot.

    Args:
        claim: the right to it; the lease is renewed.
        message: what is being sent.
        reminder_ids: its reminders when it was written.

    Raises:
        LeaseLostError: it was withdrawn, or somebody else has it.
        ChangedMeanwhileError: some of its reminders were withdrawn since it was written.
    """
    until = Now() + timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)
    if not held(claim).update(lease_until=until, next_attempt_at=until):
        raise LeaseLostError
    if bundled_ids(message) != reminder_ids:
        raise ChangedMeanwhileError
    note(claim, message, MessageAttempt.Step.HANDING_OVER)


def held(claim: Claim) -> MessageQuerySet:
    """Return the message as long as the claim holds; every write goes through this fence."""
    return Message.objects.filter(
        pk=claim.message_id, state=Message.State.LEASED, lease_token=claim.token
    )


def bundled_ids(message: Message) -> frozenset[int]:
    """Return the reminders that a message still has to tell."""
    bundled = Reminder.objects.filter(message=message, state=Reminder.State.BUNDLED)
    return frozenset(bundled.values_list("pk", flat=True))


def note(claim: Claim, message: Message, step: MessageAttempt.Step, code: str = "") -> None:
    """Add a step to the history of a message."""
    MessageAttempt.objects.create(
        organisation_id=message.organisation_id,
        message=message,
        number=claim.number,
        lease_token=claim.token,
        step=step,
        code=code[:80],
    )
