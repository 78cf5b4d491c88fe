"""Which step an import stands in, and doing it: the one door for workers, pages and commands."""

from collections.abc import Callable, Mapping
from typing import Final

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.scoping import organisation_scope
from engagements.models import ImportRun
from engagements.operations.imports.applying import apply_rows, check_rows
from engagements.operations.imports.progress import Progress, take
from engagements.operations.imports.runs import organisation_of, stop_import
from engagements.operations.imports.undoing import undo_rows

State = ImportRun.State
MOST_TRIES: Final = 3  # of one step; a list that stops every worker must not do so for ever
STEPS: Final[Mapping[str, Callable[[ImportRun, Progress], None]]] = {
    State.CHECKING: check_rows,
    State.APPLYING: apply_rows,
    State.UNDOING: undo_rows,
}


def carry_out(*, run_id: int) -> None:
    """Do the step in which an import stands, in one transaction, with its counts visible.

    Harmless when the step is done already, when somebody else is doing it, and when a worker died
    in the middle of it. What goes wrong for a reason that people can mend is noted on the import.
    """
    organisation = organisation_of(run_id)
    if organisation is None:
        return
    with organisation_scope(organisation), timezone.override(organisation.zone):
        run = ImportRun.objects.select_related("organisation").get(pk=run_id)
        with translation.override(run.language):
            _carry_out(run)


def _carry_out(run: ImportRun) -> None:
    try:
        with Progress(run.pk) as progress, transaction.atomic():
            if not take(f"engagements.import:{run.pk}"):
                return
            run.refresh_from_db(from_queryset=ImportRun.objects.select_related("organisation"))
            step = STEPS.get(run.state)
            if step is None:
                return
            _count_tries(progress)
            step(run, progress)
    except DomainError as error:
        stop_import(run_id=run.pk, problem=str(error))


def _count_tries(progress: Progress) -> None:
    if progress.start() > MOST_TRIES:
        raise DomainError(
            _("This did not come to an end three times. Split the list and try the parts.")
        )
