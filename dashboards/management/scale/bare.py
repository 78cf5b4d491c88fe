"""Tables without their indexes while rows pour in: made anew at once, that takes a fraction.

Triggers rest meanwhile: they look rows up by the indexes that are away. What they would have
written is up to the caller. What a foreign key or a unique constraint refuses is refused then as
well, for all rows together.
All of it happens in the caller's transaction: a crash leaves the tables as they were.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

# Definitions come from the database itself, so that nothing here has to know them.
CONSTRAINTS: Final = """
    SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
      FROM pg_constraint
     WHERE contype IN ('f', 'u', 'x') AND conrelid = ANY(%s::regclass[])
     ORDER BY contype = 'f', conrelid, conname
"""
INDEXES: Final = """
    SELECT quote_ident(relname), pg_get_indexdef(indexrelid)
      FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
     WHERE indrelid = ANY(%s::regclass[]) AND NOT indisprimary
       AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype <> 'f')
     ORDER BY indrelid, relname
"""
# A page's limits are too short for this, and sorting wants memory.
LIMITS: Final = """
    SET LOCAL statement_timeout = 0;
    SET LOCAL idle_in_transaction_session_timeout = 0;
    SET LOCAL maintenance_work_mem = '512MB';
    SET LOCAL work_mem = '64MB';
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED
"""


@contextmanager
def without_indexes(cursor: Any, tables: Sequence[str]) -> Iterator[None]:
    """Take indexes and keys off tables, primary ones excepted, and put them back afterwards.

    Raises:
        IntegrityError: the rows that came in break one of the constraints.
    """
    cursor.execute(LIMITS)
    names = list(tables)
    cursor.execute(CONSTRAINTS, [names])
    constraints = cursor.fetchall()
    cursor.execute(INDEXES, [names])
    indexes = cursor.fetchall()
    for table, name, _definition in reversed(constraints):
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for name, _definition in indexes:
        cursor.execute(f"DROP INDEX {name}")
    for table in names:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    # For the planner of the checks below: it would join keys of what it takes for an empty table.
    cursor.execute(f"ANALYZE {', '.join(f'{name} (id)' for name in names)}")
    for _name, definition in indexes:
        cursor.execute(definition)
    for table, name, definition in constraints:
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
    for table in names:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    cursor.execute(f"ANALYZE {', '.join(names)}")
