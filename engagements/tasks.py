"""Celery does what stands in the database; a lost task is picked up by ``resume_imports``."""

import logging
from typing import Final

from celery import Task, shared_task
from django.utils import timezone
from django.utils.translation import gettext as _

from core import queue
from core.models import Organisation
from core.scoping import organisation_scope
from engagements.models import ImportRun
from engagements.operations import imports

logger = logging.getLogger(__name__)

# What a page may do itself while the queue is away.
SHORT_LIST: Final = 500  # rows
SHORT_FILE: Final = 100_000  # bytes, before the rows are counted


@shared_task(ignore_result=True)
def check_import(run_id: int) -> None:
    """Check the rows of a list."""
    _carry_out(run_id)


@shared_task(ignore_result=True)
def apply_import(run_id: int) -> None:
    """Import a list that was confirmed."""
    _carry_out(run_id)


@shared_task(ignore_result=True)
def undo_import(run_id: int) -> None:
    """Take an import back."""
    _carry_out(run_id)


@shared_task(ignore_result=True)
def resume_imports() -> None:
    """Do what waits without a sign of life: its task was lost, or its worker died."""
    now = timezone.now()
    for run_id in imports.unfinished(now):
        _carry_out(run_id)
    for organisation in Organisation.objects.order_by("pk"):
        with organisation_scope(organisation):
            imports.forget_old_imports(organisation=organisation, at=now)


TASKS: Final[dict[str, Task[[int], None]]] = {
    ImportRun.State.CHECKING: check_import,
    ImportRun.State.APPLYING: apply_import,
    ImportRun.State.UNDOING: undo_import,
}


def hand_over(run: ImportRun) -> bool:
    """Ask a worker to do the step in which an import stands.

    Returns:
        False when the queue is away and the list is too long to do it here and now; then
        ``resume_imports`` does it as soon as the queue is back.
    """
    if queue.leave(TASKS[run.state], run.pk):
        return True
    if not _is_short(run):
        return False
    _carry_out(run.pk)
    return True


def _is_short(run: ImportRun) -> bool:
    if run.state == ImportRun.State.CHECKING:
        return run.file.size <= SHORT_FILE
    return run.rows_total <= SHORT_LIST


def _carry_out(run_id: int) -> None:
    try:
        imports.carry_out(run_id=run_id)
    except Exception:
        logger.exception("import stopped by a fault", extra={"import": run_id})
        imports.stop_import(
            run_id=run_id,
            problem=_("A fault on our side stopped this. Nothing was changed. Try again."),
        )
