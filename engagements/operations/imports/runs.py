"""The steps that people take with an import: upload, columns, confirm, undo, throw away."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import BinaryIO, Final, cast

from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import audit
from core.actors import Actor
from core.errors import DomainError, InvalidTransitionError
from core.files import clean_file_name, sha256_of
from core.models import Organisation
from core.scoping import across_organisations
from engagements.models import ImportRow, ImportRun
from engagements.operations.imports.columns import BY_NAME, guess, missing
from engagements.operations.imports.reading import read_opening
from engagements.rules import ImportStep, may_step

logger = logging.getLogger(__name__)

State = ImportRun.State
LEARN_FROM: Final = 20  # earlier imports
# Lists of people are kept no longer than other files that were refused (trust.md section 2.8).
KEEP: Final = timedelta(days=30)
COUNTS: Final = tuple(outcome.value for outcome in ImportRow.Outcome)
WAITS_TOO_LONG: Final = timedelta(minutes=2)


def start_import(
    *, organisation: Organisation, content: BinaryIO, name: str, actor: Actor
) -> ImportRun:
    """Keep a list and propose what its columns mean; nothing is checked yet.

    Args:
        organisation: into which it is imported.
        content: the file.
        name: as the browser sent it.
        actor: who uploads it.

    Raises:
        UnreadableFileError: it is not a list that we can read; nothing is kept of it.
    """
    opening = read_opening(content)
    content.seek(0)
    digest = sha256_of(iter(lambda: content.read(64 * 1024), b""))
    content.seek(0)
    run = ImportRun(
        organisation=organisation,
        original_name=clean_file_name(name),
        sha256=digest,
        uploaded_by_id=actor.user_id,
        uploaded_by_label=actor.label[:150],
        language=(get_language() or organisation.language)[:2],
        headers=opening.headers,
        mapping=guess(opening.headers, _earlier_choices()),
        summary={"example": opening.example},
        asked_by=asdict(actor),
    )
    run.file.save(run.original_name, File(content), save=False)
    try:
        return _keep(run, actor)
    except BaseException:
        run.file.delete(save=False)
        raise


@transaction.atomic
def _keep(run: ImportRun, actor: Actor) -> ImportRun:
    run.save(force_insert=True)
    audit.record("engagements.import.uploaded", subject=run, actor=actor)
    return run


def _earlier_choices() -> list[tuple[list[str], dict[str, int]]]:
    return [
        (run.headers, run.mapping)
        for run in ImportRun.objects.exclude(mapping={})
        .exclude(state=State.UPLOADED)
        .order_by("-pk")[:LEARN_FROM]
    ]


@transaction.atomic
def choose_columns(*, run_id: int, mapping: Mapping[str, int], actor: Actor) -> ImportRun:
    """Say which column of the file is which of ours; the check of the rows is next.

    Raises:
        DomainError: a column that must be there is missing, or one is used twice.
        InvalidTransitionError: the list is being checked, was imported, or was thrown away.
    """
    run = _locked(run_id)
    unknown = set(mapping) - set(BY_NAME)
    positions = list(mapping.values())
    if unknown or not set(positions) <= set(range(len(run.headers))):
        raise DomainError(_("Choose columns of this list."))
    if len(set(positions)) < len(positions):
        raise DomainError(_("Choose each column of the list once."))
    absent = missing(mapping)
    if absent:
        names = ", ".join(str(BY_NAME[name].label) for name in absent)
        raise DomainError(_("Choose a column for: %(names)s.") % {"names": names})
    run.mapping = dict(mapping)
    _begin(run, State.CHECKING, actor)
    return run


@transaction.atomic
def confirm_import(*, run_id: int, without_errors: bool, actor: Actor) -> ImportRun:
    """Agree to what the check showed; the import itself is next.

    Args:
        run_id: which import.
        without_errors: leave out the rows that have an error.
        actor: who agrees.

    Raises:
        InvalidTransitionError: it was confirmed before, is not checked, or was thrown away.
        DomainError: there are rows with an error, or nothing to import.
    """
    run = _locked(run_id)
    _require(run, State.APPLYING)
    if run.summary.get("error") and not without_errors:
        raise DomainError(
            _("Some rows have an error. Mend them, or choose to import without them.")
        )
    if not run.summary.get("new") and not run.summary.get("changed"):
        raise DomainError(_("There is nothing to import: no row is new or changed."))
    _begin(run, State.APPLYING, actor)
    audit.record("engagements.import.confirmed", subject=run, actor=actor)
    return run


@transaction.atomic
def confirm_undo(*, run_id: int, actor: Actor) -> ImportRun:
    """Ask to undo an import; taking everything back is next.

    Raises:
        InvalidTransitionError: it was not imported, is undone already, or the time is over.
    """
    run = _locked(run_id)
    _require(run, State.UNDOING)
    if timezone.now() > undo_until(run):
        raise InvalidTransitionError(
            _("This import can no longer be undone: the time for that is over.")
        )
    run.summary.pop("traces", None)
    _begin(run, State.UNDOING, actor)
    return run


def undo_until(run: ImportRun) -> datetime:
    """Return the aware moment until which an import can be undone."""
    applied_at = run.applied_at or run.created_at
    return applied_at + timedelta(hours=run.organisation.import_undo_hours)


@transaction.atomic
def discard_import(*, run_id: int, actor: Actor) -> None:
    """Throw a list away that was not imported, with its file.

    Raises:
        InvalidTransitionError: it is busy, was imported, or was thrown away before.
    """
    run = _locked(run_id)
    if run.is_busy or run.applied_at is not None:
        raise InvalidTransitionError(_("This list is in use and cannot be thrown away."))
    audit.record("engagements.import.discarded", subject=run, actor=actor)
    transaction.on_commit(_deletion_of_file(run), robust=True)
    run.delete()


@transaction.atomic
def stop_import(*, run_id: int, problem: str) -> None:
    """Note that a step ended without its result: nothing of it was kept.

    Args:
        run_id: which import.
        problem: what people read.
    """
    run = _locked(run_id)
    if not run.is_busy:
        return
    # An undo that fails leaves the import standing.
    run.state = State.APPLIED if run.state == State.UNDOING else State.FAILED
    run.problem = problem[:500]
    run.save(update_fields=["state", "problem"])
    logger.warning("import stopped", extra={"import": run_id})


def organisation_of(run_id: int) -> Organisation | None:
    """Return whose import this is, whatever scope is open."""
    with across_organisations():
        run = ImportRun.objects.select_related("organisation").filter(pk=run_id).first()
    return run.organisation if run else None


def unfinished(at: datetime) -> list[int]:
    """Return the imports of all organisations that are busy without a sign of life."""
    with across_organisations():
        waiting = ImportRun.objects.filter(
            state__in=ImportRun.BUSY, progressed_at__lt=at - WAITS_TOO_LONG
        ).order_by("progressed_at")
        return list(waiting.values_list("pk", flat=True))


@transaction.atomic
def forget_old_imports(*, organisation: Organisation, at: datetime) -> int:
    """Delete the lists and rows of imports that are long past; their counts stay.

    Returns:
        how many were forgotten.
    """
    old = (
        ImportRun.objects.select_for_update()
        .filter(organisation=organisation, created_at__lt=at - KEEP)
        .exclude(state__in=ImportRun.BUSY)
        .exclude(file="")
    )
    count = 0
    for run in old:
        ImportRow.objects.filter(run=run).delete()
        transaction.on_commit(_deletion_of_file(run), robust=True)
        run.file = ""
        run.summary = {key: run.summary[key] for key in COUNTS if key in run.summary}
        run.save(update_fields=["file", "summary"])
        count += 1
    return count


def _deletion_of_file(run: ImportRun) -> Callable[[], None]:
    storage, name = run.file.storage, str(run.file.name)
    return lambda: storage.delete(name)


def _locked(run_id: int) -> ImportRun:
    runs = ImportRun.objects.select_for_update()
    run = runs.filter(pk=run_id).first()
    if run is None:  # thrown away a moment ago
        raise InvalidTransitionError(_("This was removed in the meantime."))
    return run


def _require(run: ImportRun, state: State) -> None:
    if not may_step(cast("ImportStep", run.state), cast("ImportStep", state.value)):
        raise InvalidTransitionError(
            _("This import is %(state)s and cannot do that now.")
            % {"state": run.get_state_display()}
        )


def _begin(run: ImportRun, state: State, actor: Actor) -> None:
    _require(run, state)
    run.state = state
    run.asked_by = asdict(actor)
    run.language = (get_language() or run.language)[:2]
    run.problem = ""
    run.rows_done = 0
    run.tries = 0
    run.progressed_at = timezone.now()
    run.save()
