"""Indexes come and go while others work: nothing else is touched, and a second try succeeds."""

import importlib

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

BEFORE, AFTER = ("offboarding", "0011_unowned_by_organisation"), "0012_an_index_for_each_use"
TABLE = "offboarding_checklistitem"


def asked(sql, *given):
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return cursor.fetchall()


def indexes():
    return {
        name for (name,) in asked("SELECT indexname FROM pg_indexes WHERE tablename = %s", TABLE)
    }


def keys():
    """Return the foreign keys of the table; one that was made anew has another number."""
    return asked(
        "SELECT oid, conname FROM pg_constraint"
        " WHERE conrelid = %s::regclass AND contype = 'f' ORDER BY 1",
        TABLE,
    )


def operations():
    """Yield each operation of a migration, with what it departs from and leads to."""
    executor = MigrationExecutor(connection)
    module = importlib.import_module(f"{BEFORE[0]}.migrations.{AFTER}")
    state = executor.loader.project_state([BEFORE])
    for operation in module.Migration.operations:
        next_state = state.clone()
        operation.state_forwards(BEFORE[0], next_state)
        yield operation, state, next_state
        state = next_state


@pytest.mark.django_db(transaction=True)
def test_an_index_of_a_key_goes_and_comes_and_the_key_stays():
    before, steps = indexes(), list(operations())
    kept = keys()

    with connection.schema_editor(atomic=False) as editor:
        for operation, state, next_state in reversed(steps):
            operation.database_backwards(BEFORE[0], editor, next_state, state)
    with_all = indexes()
    with connection.schema_editor(atomic=False) as editor:
        for operation, state, next_state in steps:
            operation.database_forwards(BEFORE[0], editor, state, next_state)

    assert {name[:40] for name in with_all - before} == {
        "offboarding_checklistitem_checklist_id_9",
        "offboarding_checklistitem_engagement_id_",
    }
    assert indexes() == before
    assert keys() == kept


@pytest.mark.django_db(transaction=True)
def test_an_index_that_was_half_made_is_made_anew():
    module = importlib.import_module("offboarding.migrations.0013_late_tasks_in_the_index")
    operation = module.Migration.operations[0]
    loader = MigrationExecutor(connection).loader
    state = loader.project_state([(BEFORE[0], AFTER)])
    next_state = state.clone()
    operation.state_forwards(BEFORE[0], next_state)
    (left_over,) = asked("SELECT 'item_open_by_day'::regclass::oid")

    with connection.schema_editor(atomic=False) as editor:
        operation.database_forwards(BEFORE[0], editor, state, next_state)

    ((made, is_valid),) = asked(
        "SELECT indexrelid, indisvalid FROM pg_index"
        " WHERE indexrelid = 'item_open_by_day'::regclass"
    )
    assert is_valid
    assert made != left_over[0]
    (timeout,) = asked("SHOW statement_timeout")[0]
    assert timeout != "0"
