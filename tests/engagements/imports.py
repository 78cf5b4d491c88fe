"""What the tests of the import share: a list from upload to result, step by step."""

import io

from core.actors import Actor
from engagements.models import ImportRun
from engagements.operations import imports
from tests.factories.lists import csv_of

HR = Actor(label="Marieke Visser", kind="user")


def uploaded(organisation, rows, *, name="lijst.csv", **options):
    content = rows if isinstance(rows, bytes) else csv_of(rows, **options)
    return imports.start_import(
        organisation=organisation, content=io.BytesIO(content), name=name, actor=HR
    )


def fresh(run):
    return ImportRun.objects.select_related("organisation").get(pk=run.pk)


def checked(organisation, rows, **options):
    """Upload a list, accept the proposed columns and check it."""
    run = uploaded(organisation, rows, **options)
    imports.choose_columns(run_id=run.pk, mapping=run.mapping, actor=HR)
    imports.carry_out(run_id=run.pk)
    return fresh(run)


def applied(organisation, rows, *, without_errors=False, **options):
    """Upload, check and import a list."""
    run = checked(organisation, rows, **options)
    imports.confirm_import(run_id=run.pk, without_errors=without_errors, actor=HR)
    imports.carry_out(run_id=run.pk)
    return fresh(run)


def undone(run):
    imports.confirm_undo(run_id=run.pk, actor=HR)
    imports.carry_out(run_id=run.pk)
    return fresh(run)


def problems_of(run):
    """Return what is wrong: row -> column -> message."""
    return {row.number: row.problems for row in run.rows.filter(outcome="error")}


def outcomes_of(run):
    return list(run.rows.order_by("number").values_list("outcome", flat=True))
