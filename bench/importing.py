"""Importing a list, against copying the same rows into the same tables."""

import csv
import random
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from bench.machine import Machine
from bench.report import Figure, Report
from bench.visitors import Visit

# What an import writes, one row and more of each for every line of the list.
TABLES = (
    "core_contact",
    "engagements_freelancer",
    "engagements_engagement",
    "offboarding_checklist",
    "offboarding_checklistitem",
    "core_auditevent",
    "engagements_importrow",
)


def add_import(report: Report, machine: Machine, visit: Visit, rows: int) -> None:
    """Import a list into the organisation, and copy what came of it once more, bare.

    Args:
        report: gets the figure.
        machine: to run the command on.
        visit: whose organisation.
        rows: of the list.
    """
    path = machine.folder / "list.csv"
    before = _last_keys()
    _write(path, visit, rows, run=before["engagements_engagement"])
    began = time.perf_counter()
    machine.manage("import_engagements", str(path), "--organisation", visit.organisation.slug)
    took = time.perf_counter() - began
    bare, written = _bare(before)
    note = (
        f"{took:.0f} s against {bare:.1f} s; {rows} lines, {written} rows in {len(TABLES)} tables"
    )
    report.add("Import, in bare copies", Figure(f"{rows} lines", took / bare, 6.0, 3.0, note=note))


def _write(path: Path, visit: Visit, rows: int, run: int) -> None:
    """Write a list of people who are new, also where a run before left its own.

    Args:
        path: of the list.
        visit: whose organisation.
        rows: of the list.
        run: another number each time.
    """
    today, dice = visit.organisation.today(), random.Random(3)  # noqa: S311 - no secret
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(
            [
                "external_id",
                "freelancer_name",
                "freelancer_email",
                "department",
                "manager_name",
                "manager_email",
                "title",
                "starts_on",
                "ends_on",
            ]
        )
        for number in range(rows):
            manager = number % 40
            lines.writerow(
                [
                    f"LIJST-{run}-{number}",
                    f"Nieuwe Kracht {number}",
                    f"nieuw{run}-{number}@lijst.example",
                    f"Afdeling {number % 12}",
                    f"Chef {manager}",
                    f"chef{manager}@lijst.example",
                    f"Beheerder {number}",
                    today - timedelta(days=dice.randint(10, 200)),
                    today + timedelta(days=dice.randint(10, 200)),
                ]
            )


def _last_keys() -> dict[str, int]:
    with connection.cursor() as cursor:
        found = {}
        for table in TABLES:
            cursor.execute(f"SELECT COALESCE(max(id), 0) FROM {table}")  # noqa: S608
            found[table] = cursor.fetchone()[0]
        return found


def _bare(before: dict[str, int]) -> tuple[float, int]:
    """Copy the rows that came in out, and in again into tables made alike, indexes included."""
    took, written = 0.0, 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        for table, last in before.items():
            cursor.execute(f"CREATE TEMP TABLE bare (LIKE {table} INCLUDING ALL) ON COMMIT DROP")
            columns = ", ".join(_columns(cursor, table))
            out = f"COPY (SELECT {columns} FROM {table} WHERE id > {last}) TO STDOUT"  # noqa: S608
            with cursor.copy(out) as copy:
                text = b"".join(bytes(part) for part in copy)
            began = time.perf_counter()
            with cursor.copy(f"COPY bare ({columns}) FROM STDIN") as copy:
                copy.write(text)
            took += time.perf_counter() - began
            written += text.count(b"\n")
            cursor.execute("DROP TABLE bare")
    return took, written


def _columns(cursor: Any, table: str) -> list[str]:
    cursor.execute(
        "SELECT quote_ident(column_name) FROM information_schema.columns"
        " WHERE table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
        [table],
    )
    return [name for (name,) in cursor.fetchall()]
