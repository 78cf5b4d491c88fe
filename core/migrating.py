"""Migrations of large tables that others go on using: no lock that is held for long.

Both need a migration that is not ``atomic``. They wait for older transactions as long as those
take; tried again after a fault, they begin anew.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState


class AddIndexBesideOthers(AddIndexConcurrently):
    """Make an index while rows are written; what an earlier try left half made goes first."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        with _patience(schema_editor):
            _drop(schema_editor, str(self.index.name))
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class DropKeyIndex(migrations.AlterField):
    """Take away the index of a foreign key, where another one begins with the same column.

    Django's own would take the key away too, and look at every row when it makes it again.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model: Any = from_state.apps.get_model(app_label, self.model_name)
        column = model._meta.get_field(self.name).column
        kept = {index.name for index in model._meta.indexes}
        editor: Any = schema_editor
        names = editor._constraint_names(model, [column], index=True, unique=False, exclude=kept)
        with _patience(schema_editor):
            for name in names:
                _drop(schema_editor, name)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model: Any = to_state.apps.get_model(app_label, self.model_name)
        editor: Any = schema_editor
        for statement in editor._field_indexes_sql(model, model._meta.get_field(self.name)):
            schema_editor.execute(statement)


def _drop(schema_editor: BaseDatabaseSchemaEditor, name: str) -> None:
    quoted = schema_editor.quote_name(name)
    schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {quoted}")


@contextmanager
def _patience(schema_editor: BaseDatabaseSchemaEditor) -> Iterator[None]:
    """Let statements take their time, which keep nobody waiting."""
    schema_editor.execute("SET lock_timeout = 0")
    schema_editor.execute("SET statement_timeout = 0")
    try:
        yield
    finally:
        schema_editor.execute("RESET lock_timeout")
        schema_editor.execute("RESET statement_timeout")
