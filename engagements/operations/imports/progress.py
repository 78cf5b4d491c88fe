"""How far an import is, for everybody to see while its one big transaction goes on."""

import logging
from types import TracebackType
from typing import Any, Final, Self

from django.db import DatabaseError, connection, transaction

logger = logging.getLogger(__name__)

AT_ONCE: Final = 250  # rows between two signs of life
# The limits of a page do not fit an import: one statement may write a thousand rows, and between
# two of them there is work without the database.
LIMITS: Final = (
    "SET LOCAL statement_timeout = '5min'; SET LOCAL idle_in_transaction_session_timeout = '5min'"
)


class Progress:
    """Counts rows through a connection of its own, so that other connections see it at once.

    What the big transaction writes is invisible until it ends, its own row in ``ImportRun``
    included. It must therefore not touch that row before it is done: the counts would wait for it.
    """

    def __init__(self, run_id: int) -> None:
        """Prepare the second connection; it opens with the first count."""
        self.run_id = run_id
        self._connection = connection.copy()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the second connection."""
        self._connection.close()

    def start(self) -> int:
        """Note that the step begins; return how many times it began, this time included."""
        found = self._write(
            "UPDATE engagements_importrun SET tries = tries + 1, progressed_at = now(),"
            " rows_done = 0 WHERE id = %s RETURNING tries"
        )
        return found[0] if found else 1

    def expect(self, total: int) -> None:
        """Note how many rows there are."""
        self._write("UPDATE engagements_importrun SET rows_total = %s WHERE id = %s", total)

    def done(self, count: int) -> None:
        """Note how many rows are done."""
        self._write(
            "UPDATE engagements_importrun SET rows_done = %s, progressed_at = now() WHERE id = %s",
            count,
        )

    def _write(self, statement: str, *values: int) -> Any:
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(statement, [*values, self.run_id])
                return cursor.fetchone() if cursor.description else None
        except DatabaseError:  # a count that nobody sees is no reason to stop the import
            logger.warning("progress not written", extra={"import": self.run_id})
            return None


def take(name: str) -> bool:
    """Take a lock until the end of the transaction; False when somebody else has it.

    The database gives it back when the worker dies, so that nothing needs to be cleaned up.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        row = cursor.fetchone()
    return bool(row and row[0])


def lift_page_limits() -> None:
    """Give the statements of this transaction the time that an import needs."""
    if not transaction.get_connection().in_atomic_block:
        message = "the limits of pages are lifted inside a transaction only"
        raise RuntimeError(message)
    with connection.cursor() as cursor:
        cursor.execute(LIMITS)
