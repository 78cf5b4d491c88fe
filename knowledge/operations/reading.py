"""Reading files of strangers, one at a time, in a process of their own.

The database says what waits, so a lost task loses nothing. Taking a file puts off its next try; a
reader that dies leaves it to be tried once more, and after that it counts as not readable.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, Final, cast

from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone

from core.files import extension_of
from core.models import Organisation
from core.scoping import organisation_scope
from knowledge.extraction import Extraction, Limits, read_text
from knowledge.models import FileText, LibraryItem
from knowledge.models.library import MOST_TRIES
from knowledge.operations.shelving import write_body
from knowledge.validators import UploadLimits

logger = logging.getLogger(__name__)

LEASE: Final = timedelta(minutes=3)  # longer than the minute that a file may take
PAUSE: Final = timedelta(minutes=5)  # before the second try

# One statement, over all organisations: what is taken is taken by one reader only.
CLAIM: Final = """
    UPDATE knowledge_filetext
       SET attempts = attempts + 1, due_at = statement_timestamp() + %(lease)s * interval '1 second'
     WHERE id = (
        SELECT id FROM knowledge_filetext
         WHERE state = 'waiting' AND attempts < %(most)s
           AND due_at <= statement_timestamp() - %(patience)s * interval '1 second'
         ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, organisation_id, attempts
"""
# The reader died with the file in hand, twice.
LOST: Final = """
    UPDATE knowledge_filetext SET state = 'unreadable', reason = 'crashed'
     WHERE state = 'waiting' AND attempts >= %(most)s AND due_at <= statement_timestamp()
    RETURNING id, organisation_id
"""


@dataclass(frozen=True, slots=True)
class ReadingClaim:
    """The right of one reader to one file, for a while."""

    text_id: int
    organisation_id: int
    attempt: int


def read_waiting(
    *, should_stop: Callable[[], bool] = lambda: False, patience: timedelta = timedelta(0)
) -> int:
    """Read every file that waits, one after the other; return how many were read.

    Args:
        should_stop: asked before each file.
        patience: leave alone what became due less long ago; for who stands in for somebody else.
    """
    _give_up_lost()
    count = 0
    while not should_stop() and (claim := _claim_next(patience)) is not None:
        organisation = Organisation.objects.get(pk=claim.organisation_id)
        with organisation_scope(organisation):
            _read(claim)
        count += 1
    return count


@transaction.atomic(durable=True)
def _claim_next(patience: timedelta) -> ReadingClaim | None:
    with connection.cursor() as cursor:
        cursor.execute(
            CLAIM,
            {
                "lease": LEASE.total_seconds(),
                "most": MOST_TRIES,
                "patience": patience.total_seconds(),
            },
        )
        row = cursor.fetchone()
    return None if row is None else ReadingClaim(*row)


def _give_up_lost() -> None:
    with connection.cursor() as cursor:
        cursor.execute(LOST, {"most": MOST_TRIES})
        lost = cursor.fetchall()
    for text_id, organisation_id in lost:
        logger.warning("file given up", extra={"text_id": text_id})
        with organisation_scope(Organisation.objects.get(pk=organisation_id)):
            _refresh(text_id)


def _read(claim: ReadingClaim) -> None:
    text = FileText.objects.select_related("file").get(pk=claim.text_id)
    twin = (
        FileText.objects.filter(state=FileText.State.SEARCHABLE, file__sha256=text.file.sha256)
        .exclude(pk=text.pk)
        .first()
    )
    if twin is not None:  # the same file elsewhere: read once
        found = Extraction(text=twin.text, is_cut=twin.is_cut, peak_kb=twin.peak_kb)
    else:
        found = _extracted(text)
    logger.info(
        "file read",
        extra={
            "text_id": text.pk,
            "reason": found.reason,
            "attempt": claim.attempt,
            "seconds": round(found.seconds, 1),
            "peak_kb": found.peak_kb,
        },
    )
    _settle(claim, found)


def _extracted(text: FileText) -> Extraction:
    limits = UploadLimits()
    try:
        with default_storage.open(str(text.file.file.name)) as stored:
            return read_text(
                cast("IO[bytes]", stored.file),  # the file itself, which a child can inherit
                extension_of(text.file.original_name),
                Limits(
                    members=limits.archive_members,
                    inflated_bytes=limits.inflated_bytes,
                    inflated_ratio=limits.inflated_ratio,
                    ratio_free_bytes=limits.ratio_free_bytes,
                ),
            )
    except FileNotFoundError:
        return Extraction(reason=FileText.Reason.GONE)


@transaction.atomic
def _settle(claim: ReadingClaim, found: Extraction) -> None:
    """Write down what came out, if the file is still ours."""
    texts = FileText.objects.filter(
        pk=claim.text_id, attempts=claim.attempt, state=FileText.State.WAITING
    )
    if found.may_be_tried_again and claim.attempt < MOST_TRIES:
        texts.update(due_at=timezone.now() + PAUSE)
        return
    values = {"peak_kb": found.peak_kb, "is_cut": found.is_cut}
    if found.reason:
        texts.update(state=FileText.State.UNREADABLE, reason=found.reason, **values)
    else:
        texts.update(
            state=FileText.State.SEARCHABLE,
            text=found.text.replace("\0", ""),
            read_at=timezone.now(),
            **values,
        )
    _refresh(claim.text_id)


def _refresh(text_id: int) -> None:
    item = LibraryItem.objects.filter(deliverable__versions__files__text=text_id).values_list(
        "pk", flat=True
    )
    for item_id in item.distinct():
        write_body(item_id=item_id)
