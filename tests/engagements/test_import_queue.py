"""Who does the work of an import: a worker, the page itself, or whoever comes by later."""

import socket
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from celery import current_app
from django.core.management import call_command
from django.utils import timezone

from core.models import AuditEvent
from engagements import tasks
from engagements.models import Engagement, ImportRow, ImportRun
from engagements.operations import imports
from engagements.rules import IMPORT_STEPS, may_step
from tests.engagements.imports import HR, applied, checked, fresh, uploaded
from tests.engagements.test_import_pages import page
from tests.factories.lists import rows_of


@pytest.fixture
def no_broker(settings):
    """A broker at whose address nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.REDIS_URL = f"redis://127.0.0.1:{taken.getsockname()[1]}/0"
        yield


def test_names_of_the_tasks_are_those_of_the_schedule():
    scheduled = {entry["task"] for entry in current_app.conf.beat_schedule.values()}

    assert tasks.resume_imports.name in scheduled


def test_a_short_list_goes_on_without_a_broker(hr_client, organisation, no_broker):
    run = uploaded(organisation, rows_of(20))
    columns = {name: str(at) for name, at in run.mapping.items()}

    hr_client.post(page(run, "columns"), columns)
    assert fresh(run).state == "checked"
    hr_client.post(page(run, "confirm"))

    assert fresh(run).state == "applied"
    assert Engagement.objects.count() == 20


def test_a_long_list_waits_until_the_queue_is_back(hr_client, organisation, no_broker):
    run = checked(organisation, rows_of(501))

    answer = hr_client.post(page(run, "confirm"), follow=True)

    assert "The work queue is down" in answer.text
    assert "being imported" in answer.text
    assert fresh(run).state == "applying"
    assert not Engagement.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        tasks.resume_imports()
    assert fresh(run).state == "applied"
    assert Engagement.objects.count() == 501


def test_without_a_broker_a_command_does_what_waits(organisation):
    run = checked(organisation, rows_of(2))
    imports.confirm_import(run_id=run.pk, without_errors=False, actor=HR)
    out = StringIO()

    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        call_command("resume_imports", stdout=out)

    assert out.getvalue() == "1 done, 0 left\n"
    assert fresh(run).state == "applied"


def test_tasks_do_what_stands_in_the_database_and_nothing_else(organisation):
    run = checked(organisation, rows_of(2))

    tasks.apply_import(run.pk)  # not confirmed
    tasks.undo_import(run.pk)
    tasks.check_import(run.pk + 1_000_000)

    assert fresh(run).state == "checked"
    assert not Engagement.objects.exists()


def test_lists_are_forgotten_after_a_month_and_their_counts_stay(
    organisation, django_capture_on_commit_callbacks
):
    run = applied(organisation, rows_of(2))
    waiting = uploaded(organisation, rows_of(2))
    storage, name = run.file.storage, run.file.name

    with (
        time_machine.travel(timezone.now() + timedelta(days=31)),
        django_capture_on_commit_callbacks(execute=True),
    ):
        tasks.resume_imports()

    assert not storage.exists(name)
    assert not ImportRow.objects.exists()
    run = fresh(run)
    assert run.summary == {"new": 2, "changed": 0, "unchanged": 0, "error": 0}
    assert run.state == "applied"
    assert fresh(waiting).file.name == ""
    assert AuditEvent.objects.filter(action="engagements.import.applied").exists()


def test_a_list_of_which_the_file_is_forgotten_stops_with_words(organisation):
    run = uploaded(organisation, rows_of(2))
    imports.choose_columns(run_id=run.pk, mapping=run.mapping, actor=HR)
    run.file.storage.delete(run.file.name)

    tasks.check_import(run.pk)

    assert fresh(run).state == "failed"
    assert "Nothing was changed" in fresh(run).problem


@pytest.mark.parametrize("old", IMPORT_STEPS)
def test_every_step_knows_where_it_can_go(old):
    states = set(ImportRun.State.values)

    assert IMPORT_STEPS.keys() == states
    assert IMPORT_STEPS[old] <= states - {old}
    assert {new for new in states if may_step(old, new)} == IMPORT_STEPS[old]
