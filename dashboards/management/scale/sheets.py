"""Rows on their way into a table, as the text that PostgreSQL's COPY reads.

Rows wait here until a lot of engagements is complete; then all tables are copied one after the
other, parents first. So memory stays flat however many there are.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from django.db import models
from psycopg import sql

NULL: Final = "\\N"
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_TO_ESCAPE: Final = re.compile(r"[\\\t\n\r]")  # ten times faster than looking every letter up


class Encoded(str):
    """Text that is in the form of COPY already: one column, or several with tabs in between."""

    __slots__ = ()


def _text(text: str) -> str:
    return text.translate(_ESCAPES) if _TO_ESCAPE.search(text) else text


def _array(values: Iterable[str]) -> str:
    quoted = (json.dumps(str(value), ensure_ascii=False) for value in values)
    return f"{{{','.join(quoted)}}}".translate(_ESCAPES)


_ENCODERS: Final[Mapping[type, Callable[[Any], str]]] = {
    Encoded: lambda text: text,
    str: _text,
    int: str,
    Decimal: str,
    type(None): lambda _nothing: NULL,
    bool: lambda truth: "t" if truth else "f",
    bytes: lambda content: f"\\\\x{content.hex()}",
    list: _array,
    tuple: _array,
    dict: lambda mapping: json.dumps(mapping, ensure_ascii=False).translate(_ESCAPES),
}


def encoded(*values: Any) -> Encoded:
    """Return values as columns of COPY."""
    return Encoded("\t".join([_ENCODERS[type(value)](value) for value in values]))


class Sheet:
    """The rows of one table.

    Columns that a row does not name have the same value in all: what was fixed, or the default of
    the model. So a column that is added to a model later needs no change here.
    """

    def __init__(
        self, model: type[models.Model], keys: str, values: str = "", **fixed: Any
    ) -> None:
        """Say which columns differ from row to row.

        Args:
            model: whose table it is; its key is counted here.
            keys: names of columns with keys of other rows, in the order in which they are given.
            values: names of the other columns that differ.
            fixed: columns that are the same in all rows and differ from the model's default.
        """
        self.model = model
        self.table = model._meta.db_table
        given = [*keys.split(), *values.split()]
        rest = {
            field.attname: fixed[field.attname] if field.attname in fixed else _default_of(field)
            for field in model._meta.local_concrete_fields
            if not (field.primary_key or field.generated or field.attname in given)
        }
        if unknown := fixed.keys() - rest.keys():
            message = f"{model.__name__} has no such columns: {', '.join(sorted(unknown))}"
            raise ValueError(message)
        self.columns = ["id", *given, *rest]
        self._tail = "".join(f"\t{encoded(value)}" for value in rest.values())
        self._lines: list[str] = []
        self._values: list[str] = []
        self._hash = hashlib.blake2b(digest_size=8)
        self.last_id = 0
        self.count = 0

    def add(self, keys: tuple[int | None, ...], *values: Any) -> int:
        """Add a row and return its key."""
        return self.add_encoded(encoded(*keys), encoded(*values))

    def add_encoded(self, keys: str, values: str) -> int:
        """Add a row of columns in the form of COPY, and return its key."""
        self.last_id += 1
        self._values.append(values)
        before = f"{self.last_id}\t{keys}" if keys else str(self.last_id)
        between = "\t" if values else ""
        self._lines.append(f"{before}{between}{values}{self._tail}\n")
        return self.last_id

    @property
    def fingerprint(self) -> str:
        """Return a checksum of all values but keys: the same dice give the same one."""
        return self._hash.hexdigest()

    def take(self) -> tuple[sql.Composed, str]:
        """Return what waits as a statement of COPY and what it reads, and begin a new page."""
        names = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(self.table), names)
        text = "".join(self._lines)
        self._hash.update("\n".join(self._values).encode())
        self.count += len(self._lines)
        self._lines.clear()
        self._values.clear()
        return statement, text

    def start_after(self, cursor: Any) -> None:
        """Go on where the table's own sequence stands."""
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [self.table])
        (sequence,) = cursor.fetchone()
        cursor.execute(
            sql.SQL("SELECT GREATEST(last_value, (SELECT max(id) FROM {})) FROM {}").format(
                sql.Identifier(self.table), sql.Identifier(*sequence.split("."))
            )
        )
        (self.last_id,) = cursor.fetchone()

    def leave(self, cursor: Any) -> None:
        """Let the table's sequence go on after the last row."""
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [self.table, self.last_id]
        )


def _default_of(field: Any) -> Any:
    default = field.default
    if default is models.NOT_PROVIDED:
        if field.null:
            return None
        if field.empty_strings_allowed and field.blank:
            return ""
        message = f"{field.model.__name__}.{field.attname} has no value"
        raise ValueError(message)
    if default in (list, dict):
        return default()
    if callable(default):
        message = f"{field.model.__name__}.{field.attname} would differ with every run"
        raise TypeError(message)
    return str(default) if isinstance(default, str) else default
