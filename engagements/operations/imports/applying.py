"""The steps that a worker takes: check the rows, import them. Each is one transaction."""

import logging
from collections.abc import Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any, BinaryIO, Final, cast

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.actors import Actor
from core.errors import StaleError
from engagements.models import ImportRow, ImportRun
from engagements.operations.imports.changing import change_all
from engagements.operations.imports.checking import plan_rows
from engagements.operations.imports.parsing import Row, parse_row, read_cells
from engagements.operations.imports.planned import Outcome, Plan, PlannedRow
from engagements.operations.imports.progress import AT_ONCE, Progress, lift_page_limits, take
from engagements.operations.imports.reading import read_rows
from engagements.operations.imports.world import World, load_world
from engagements.operations.imports.writing import add_engagements, bring_along, in_parts
from engagements.operations.locking import lock_in_order, queue_for_days_of

logger = logging.getLogger(__name__)
State = ImportRun.State
REMEMBER: Final = (
    "UPDATE engagements_importrow SET engagement_id = pair.engagement"
    " FROM unnest(%s::bigint[], %s::bigint[]) AS pair (id, engagement)"
    " WHERE engagements_importrow.id = pair.id"
)


@transaction.atomic
def check_rows(run: ImportRun, progress: Progress) -> None:
    """Read the file and write down what each row would do; engagements stay as they are.

    Raises:
        UnreadableFileError: the file as a whole cannot be read after all.
    """
    lift_page_limits()
    rows = _read(run)
    progress.expect(len(rows))
    plan = plan_rows(rows, load_world(run.organisation, rows))
    ImportRow.objects.filter(run=run).delete()
    count = 0
    for some in in_parts(plan.rows, AT_ONCE):
        ImportRow.objects.bulk_create([_stored(planned, run) for planned in some])
        count += len(some)
        progress.done(count)
    summary = {"example": run.summary.get("example", []), **plan.summary()}
    finish(run, State.CHECKED, summary=summary, rows_total=count, rows_done=count)


def _read(run: ImportRun) -> list[Row]:
    with run.file.open("rb") as file:
        raw = read_rows(cast("BinaryIO", file))
        width = max((len(row.cells) for row in islice(raw, 1)), default=0)
        return [parse_row(row, run.mapping, width) for row in raw]


def _stored(planned: PlannedRow, run: ImportRun) -> ImportRow:
    row = planned.row
    return ImportRow(
        organisation_id=run.organisation_id,
        run=run,
        number=row.number,
        outcome=planned.outcome,
        cells=row.cells,
        problems=row.problems,
        differences=planned.differences,
        engagement=planned.engagement,
    )


@transaction.atomic
def apply_rows(run: ImportRun, progress: Progress) -> None:
    """Import every row without an error, or none.

    The rows are checked again against what is known by now; what was confirmed is what is done.

    Raises:
        StaleError: the same rows would do something else than what was confirmed.
        DomainError: the database or an operation refuses a row.
    """
    lift_page_limits()
    if not take(f"engagements.import.organisation:{run.organisation_id}"):
        return  # another import of this organisation is at work: this one waits for its turn
    actor = Actor(**run.asked_by)
    stored = list(run.rows.exclude(outcome=Outcome.ERROR).order_by("number"))
    rows = [read_cells(row.number, row.cells, run.mapping) for row in stored]
    progress.expect(len(rows))
    world = load_world(run.organisation, rows)
    plan = plan_rows(rows, world)
    _check_as_confirmed(plan, stored)
    _lock_known(plan, world)
    brought = bring_along(plan, world, actor)
    by_number = {row.number: row for row in stored}
    count = plan.counts[Outcome.UNCHANGED]
    reason = _("From the list %(name)s") % {"name": run.original_name}
    for planned, before in change_all(plan.with_outcome(Outcome.CHANGED), world, reason, actor):
        _remember_change(planned, before, by_number)
        count += 1
        if count % AT_ONCE == 0:
            progress.done(count)
    for some in add_engagements(plan.with_outcome(Outcome.NEW), world, run, actor):
        _remember(some, by_number)
        count += len(some)
        progress.done(count)
    finish(
        run,
        State.APPLIED,
        applied_at=timezone.now(),
        brought_along=asdict(brought),
        rows_total=count,
        rows_done=count,
    )
    audit.record("engagements.import.applied", subject=run, actor=actor, data=plan.counts)


def _check_as_confirmed(plan: Plan, stored: Sequence[ImportRow]) -> None:
    for planned, row in zip(plan.rows, stored, strict=True):
        if (planned.outcome, planned.differences) != (row.outcome, row.differences):
            raise StaleError(
                _(
                    "Nothing was imported: since the check something changed that row %(row)d is "
                    "about. Check the list again."
                )
                % {"row": row.number}
            )


def _lock_known(plan: Plan, world: World) -> None:
    """Lock what the rows are about in the order of keys: the list has any order."""
    changed = [one.engagement for one in plan.with_outcome(Outcome.CHANGED) if one.engagement]
    named = {one.row.key("freelancer_email") for one in plan.with_outcome(Outcome.NEW)}
    people = {person.pk for email, person in world.freelancers.items() if email in named}
    queue_for_days_of(people | {one.freelancer_id for one in changed})
    lock_in_order(one.pk for one in changed)


def _remember_change(
    planned: PlannedRow, before: dict[str, Any], stored: dict[int, ImportRow]
) -> None:
    row = stored[planned.row.number]
    row.before, row.engagement = before, planned.engagement
    row.save(update_fields=["before", "engagement"])


def _remember(some: Sequence[PlannedRow], stored: dict[int, ImportRow]) -> None:
    """Note which engagement each new row became, in one statement without a case for each."""
    pairs = [(stored[p.row.number].pk, p.made.pk) for p in some if p.made]
    with connection.cursor() as cursor:
        cursor.execute(REMEMBER, [list(keys) for keys in zip(*pairs, strict=True)])


def finish(run: ImportRun, state: State, **facts: object) -> None:
    """End a step with its result; the first write to the run in the whole transaction."""
    ImportRun.objects.filter(pk=run.pk).update(
        state=state, problem="", progressed_at=timezone.now(), **facts
    )
    logger.info("import step done", extra={"import": run.pk, "state": state.value})
