"""Celery only wakes up what stands in the database; losing a task loses nothing."""

import logging
import time
from typing import Final

from celery import shared_task
from django.db import connection, transaction

from core import queue
from notifications import operations

logger = logging.getLogger(__name__)

BURST_SECONDS: Final = 20  # then whatever else waits has its turn, and the next tick goes on
HINT_SECONDS: Final = 25  # a hint older than this is overtaken by a tick


@shared_task(ignore_result=True)
@queue.one_at_a_time
def deliver_messages() -> None:
    """Send what is due; safe at any time and in parallel."""
    deadline = time.monotonic() + BURST_SECONDS
    operations.deliver_burst(is_enough=lambda _tally: time.monotonic() > deadline)


@shared_task(ignore_result=True)
def plan_reminders() -> None:
    """Decide what is due in every organisation; safe at any time and in parallel."""
    results = operations.plan_all()
    if any(result and result.messages for result in results.values()):
        nudge()


@shared_task(ignore_result=True)
def beat() -> None:
    """Show that scheduler, broker and worker work together."""
    operations.show_life(name="beat")


def nudge() -> None:
    """Ask a worker to look at the outbox now; a lost nudge costs half a minute, not a mail."""
    if not queue.leave(deliver_messages, expires=HINT_SECONDS):
        logger.warning("no hint to the worker")


def nudge_on_commit() -> None:
    """Nudge once when the change is there to be seen, however many mails it promises."""
    if not any(entry[1] is nudge for entry in connection.run_on_commit):
        transaction.on_commit(nudge, robust=True)
