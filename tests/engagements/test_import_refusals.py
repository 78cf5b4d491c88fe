"""What stops a step of an import: each refusal by its class; nothing of the step is kept."""

import io

import pytest
from django.db import transaction

from core.errors import DomainError, InvalidTransitionError, StaleError
from engagements.models import Department, Engagement, ImportRun
from engagements.operations import imports
from engagements.operations.imports.applying import apply_rows, check_rows
from engagements.operations.imports.progress import Progress
from engagements.operations.imports.undoing import undo_rows
from tests.engagements.imports import HR, applied, checked, fresh, uploaded
from tests.factories.engagements import EngagementFactory
from tests.factories.lists import csv_of, row_of, rows_of


def take(step, run):
    """Take one step as a worker does, all of it or nothing."""
    with Progress(run.pk) as progress, transaction.atomic():
        step(fresh(run), progress)


def confirmed(organisation, rows):
    run = checked(organisation, rows)
    return imports.confirm_import(run_id=run.pk, without_errors=False, actor=HR)


def test_what_is_no_list_is_not_kept(organisation):
    with pytest.raises(imports.UnreadableFileError, match="empty"):
        uploaded(organisation, b"")

    assert not ImportRun.objects.exists()


def test_a_list_whose_file_turned_out_to_be_broken_is_not_checked(organisation):
    run = uploaded(organisation, rows_of(1))
    run.file.storage.delete(run.file.name)
    run.file.storage.save(run.file.name, io.BytesIO(csv_of(rows_of(1)) + b';"'))

    with pytest.raises(imports.UnreadableFileError, match="quotation mark"):
        take(check_rows, run)

    assert not run.rows.exists()


def test_a_row_that_would_do_something_else_by_now_is_not_imported(organisation):
    run = confirmed(organisation, rows_of(2))
    imported_by_somebody_else = applied(organisation, rows_of(1))

    with pytest.raises(StaleError, match="row 2"):
        take(apply_rows, run)

    assert Engagement.objects.count() == imported_by_somebody_else.rows.count() == 1


def test_a_row_that_the_database_refuses_takes_all_others_along(organisation):
    run = confirmed(organisation, rows_of(2))
    person = EngagementFactory(
        organisation=organisation,
        freelancer__business_contact__email=row_of(2)["freelancer_email"],
        freelancer__full_name=row_of(2)["freelancer_name"],
        department=Department.objects.create(
            organisation=organisation, name=row_of(2)["department"]
        ),
        starts_on="2026-03-01",
        ends_on="2026-12-01",
    ).freelancer

    with pytest.raises(DomainError):
        take(apply_rows, run)

    assert Engagement.objects.get().freelancer == person


def test_what_cannot_be_put_back_stops_the_undo(organisation):
    applied(organisation, [row_of(1, department="Zorgdata")])
    run = applied(organisation, [row_of(1, department="Elders")])
    engagement = Engagement.objects.get()
    EngagementFactory(
        organisation=organisation,
        freelancer=engagement.freelancer,
        department=Department.objects.get(name="Zorgdata"),
        starts_on=engagement.starts_on,
        ends_on=engagement.ends_on,
    )
    imports.confirm_undo(run_id=run.pk, actor=HR)

    with pytest.raises(DomainError, match="already has an engagement"):
        take(undo_rows, run)

    engagement.refresh_from_db()
    assert engagement.department.name == "Elders"
    imports.carry_out(run_id=run.pk)
    assert fresh(run).state == "applied"
    assert "already has an engagement" in fresh(run).problem


def test_a_list_that_was_imported_is_not_thrown_away(organisation):
    run = applied(organisation, rows_of(1))

    with pytest.raises(InvalidTransitionError, match="cannot be thrown away"):
        imports.discard_import(run_id=run.pk, actor=HR)

    assert ImportRun.objects.filter(pk=run.pk).exists()
