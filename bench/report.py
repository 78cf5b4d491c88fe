"""Results: one table for people, one file for programs."""

import json
import os
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django
import psycopg

FILE = Path(__file__).parent / "results.json"


@dataclass(frozen=True)
class Figure:
    """One measured ratio or count.

    Attributes:
        name: of what.
        value: measured.
        bar: what it has to be at most, or at least where `is_least`.
        ambition: what it would ideally be.
        is_least: more is better.
        note: what stands behind it.
    """

    name: str
    value: float
    bar: float | None = None
    ambition: float | None = None
    is_least: bool = False
    note: str = ""

    @property
    def verdict(self) -> str:
        """What was reached."""
        if self.bar is None:
            return ""
        if self.ambition is not None and self._reaches(self.ambition):
            return "ambition"
        return "bar" if self._reaches(self.bar) else "MISSED"

    def _reaches(self, limit: float) -> bool:
        return self.value >= limit if self.is_least else self.value <= limit


@dataclass
class Report:
    """All figures of one run, by part."""

    size: int
    parts: dict[str, list[Figure]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    def add(self, part: str, *figures: Figure) -> None:
        """Add figures to a part."""
        self.parts.setdefault(part, []).extend(figures)

    def lines(self) -> Iterator[str]:
        """Return the table."""
        for part, figures in self.parts.items():
            yield f"\n{part}"
            for one in figures:
                there = [limit for limit in (one.bar, one.ambition) if limit is not None]
                limits = " / ".join(f"{limit:g}" for limit in there)
                text = (
                    f"  {one.name:<44}{one.value:>10.2f}  {limits:<12}{one.verdict:<10}{one.note}"
                )
                yield text.rstrip()

    def write(self) -> None:
        """Write everything down, with what it ran on."""
        parts = {
            part: [asdict(one) | {"verdict": one.verdict} for one in figures]
            for part, figures in self.parts.items()
        }
        content = {"on": surroundings() | {"engagements": self.size}, "facts": self.facts} | parts
        FILE.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def surroundings() -> dict[str, Any]:
    """Return what the figures depend on."""
    from django.db import connection

    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "django": django.get_version(),
        "psycopg": psycopg.__version__,
        "postgresql": _version(connection),
    }


def _version(database: Any) -> float:
    """Return the version of PostgreSQL; only its own kind of connection knows."""
    return float(database.pg_version / 10_000)
