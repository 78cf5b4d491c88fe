"""What an import would do, worked out in full before anything is written."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from engagements.models import Engagement, ImportRow
from engagements.operations.imports.parsing import Row

Outcome = ImportRow.Outcome
NAMED_IN_SUMMARY: Final = 50  # names and warnings; the counts tell about all


@dataclass(slots=True, kw_only=True)
class PlannedRow:
    """What one row would do.

    Attributes:
        row: what the file says.
        engagement: the one that it changes, if there is one.
        made: the one that it added, once the import is under way.
        differences: our column -> old and new, as text that belongs to no language.
        changes_person: the differences of the professional are carried out with this row.
    """

    row: Row
    engagement: Engagement | None = None
    made: Engagement | None = None
    differences: dict[str, list[str]] = field(default_factory=dict)
    changes_person: bool = False

    @property
    def outcome(self) -> Outcome:
        """Say what comes of the row."""
        if self.row.problems:
            return Outcome.ERROR
        if self.engagement is None:
            return Outcome.NEW
        return Outcome.CHANGED if self.differences else Outcome.UNCHANGED


@dataclass(slots=True, kw_only=True)
class Newcomer:
    """A contact that the organisation does not know yet."""

    name: str
    email: str
    language: str
    is_external: bool


@dataclass(slots=True)
class Plan:
    """What a whole file would do; of all but ``rows`` only what good rows need.

    Attributes:
        rows: in the order of the file.
        people: business address in small letters -> what the rows together say of a person.
        departments: new ones, name in small letters -> name.
        intermediaries: likewise.
        contacts: new ones, by address in small letters.
        freelancers: new professionals, business address in small letters -> name.
        warnings: what deserves a look, in the active language.
    """

    rows: list[PlannedRow] = field(default_factory=list)
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    departments: dict[str, str] = field(default_factory=dict)
    intermediaries: dict[str, str] = field(default_factory=dict)
    contacts: dict[str, Newcomer] = field(default_factory=dict)
    freelancers: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def with_outcome(self, outcome: Outcome) -> list[PlannedRow]:
        """Return the rows of which this comes."""
        return [planned for planned in self.rows if planned.outcome == outcome]

    @property
    def counts(self) -> dict[str, int]:
        """Return how many rows have each outcome."""
        counted = Counter(planned.outcome for planned in self.rows)
        return {outcome.value: counted[outcome] for outcome in Outcome}

    def summary(self) -> dict[str, Any]:
        """Return the counts, what will be added and what deserves a look, as plain values."""
        managers = [c.name for c in self.contacts.values() if not c.is_external]
        added = {
            "departments": list(self.departments.values()),
            "freelancers": list(self.freelancers.values()),
            "contacts": managers,
            "intermediaries": list(self.intermediaries.values()),
        }
        return {
            **self.counts,
            "adds": {
                kind: {"count": len(names), "names": names[:NAMED_IN_SUMMARY]}
                for kind, names in added.items()
            },
            "warnings": self.warnings[:NAMED_IN_SUMMARY],
            "warning_count": len(self.warnings),
        }
