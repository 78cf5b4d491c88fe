"""Celery only wakes up what stands in the database; losing a task loses nothing."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from celery import shared_task
from django.db import connection, transaction

from core import queue
from core.models import Organisation
from core.scoping import organisation_scope
from knowledge import operations, queries

logger = logging.getLogger(__name__)

BURST_SECONDS: Final = 240  # then the next tick goes on
HINT_SECONDS: Final = 55
# The dispatcher reads what no worker took up in this time.
PATIENCE: Final = timedelta(minutes=3)


@shared_task(ignore_result=True)
@queue.one_at_a_time
def read_files() -> None:
    """Read the files that wait, from a queue of its own; safe at any time and in parallel."""
    deadline = time.monotonic() + BURST_SECONDS
    operations.read_waiting(should_stop=lambda: time.monotonic() > deadline)


@shared_task(ignore_result=True)
def keep_library() -> None:
    """Mend in every library what was missed: new names, handovers from before there was one."""
    for organisation in Organisation.objects.order_by("pk"):
        with organisation_scope(organisation):
            operations.sync_library(organisation=organisation)


@shared_task(ignore_result=True)
def take_snapshots() -> None:
    """Write down today's coverage in every organisation; safe at any time."""
    for organisation in Organisation.objects.all():
        with organisation_scope(organisation):
            figures = {
                key: (one.weight, one.open_weight)
                for key, one in queries.engagement_figures(organisation).items()
            }
            operations.take_snapshots(organisation=organisation, figures=figures)


def stand_in(should_stop: Callable[[], bool]) -> None:
    """Read what no worker took up, as a chore of the dispatcher."""
    operations.read_waiting(should_stop=should_stop, patience=PATIENCE)


def nudge() -> None:
    """Ask a worker to read what waits; a lost nudge costs a minute, not a text."""
    if not queue.leave(read_files, expires=HINT_SECONDS):
        logger.warning("no hint to the reader")


def nudge_on_commit() -> None:
    """Nudge once when the change is there to be seen, however many files it brings."""
    if not any(entry[1] is nudge for entry in connection.run_on_commit):
        transaction.on_commit(nudge, robust=True)
