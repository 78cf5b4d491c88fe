"""Rows that change what is known, each through the operation that people use by hand."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

from django.db import transaction

from core.actors import Actor
from engagements.models import Engagement
from engagements.operations.changes import move_end
from engagements.operations.engagements import facts_of, update_engagement
from engagements.operations.freelancers import (
    FreelancerFacts,
    facts_of_freelancer,
    locked_freelancer,
    update_freelancer,
)
from engagements.operations.imports.planned import PlannedRow
from engagements.operations.imports.world import World
from engagements.operations.imports.writing import rows_named
from engagements.operations.locking import state_now
from engagements.operations.refusals import RefusedError
from engagements.rules import kind_of_change, may_decide

T = TypeVar("T")
Result = TypeVar("Result")
OVERLAP: Final = "engagement_no_overlap"
# Our columns and what they are called in the facts of a professional.
OF_PERSON: Final = {
    "freelancer_name": "full_name",
    "freelancer_private_email": "private_email",
    "business_name": "business_name",
    "kvk_number": "kvk_number",
    "language": "language",
}
# What an import changes of an engagement, and an undo puts back.
CHANGED: Final[tuple[str, ...]] = (
    "external_id",
    "title",
    "starts_on",
    "ends_on",
    "hourly_rate",
    "knowledge_target",
    "department_id",
    "manager_id",
    "intermediary_id",
)


def change_all(
    rows: Sequence[PlannedRow], world: World, reason: str, actor: Actor
) -> Iterator[tuple[PlannedRow, dict[str, Any]]]:
    """Change one engagement after the other; yields each row with what an undo needs.

    Raises:
        DomainError: a change is refused.
    """
    return until_settled(rows, lambda planned: _change(planned, world, reason, actor))


def until_settled(rows: Sequence[T], act: Callable[[T], Result]) -> Iterator[tuple[T, Result]]:
    """Act on each row; one that finds its new days taken waits until the others have moved.

    Two engagements that follow each other can move in one order only, and the file may have the
    other one.

    Raises:
        DomainError: an action is refused, also after all others are done.
    """
    waiting = rows
    while waiting:
        refused: list[T] = []
        last: RefusedError | None = None
        for row in waiting:
            try:
                with transaction.atomic():
                    result = act(row)
            except RefusedError as error:
                if error.constraint != OVERLAP:
                    raise
                refused.append(row)
                last = error
            else:
                yield row, result
        if last and len(refused) == len(waiting):
            raise last
        waiting = refused


def _change(planned: PlannedRow, world: World, reason: str, actor: Actor) -> dict[str, Any]:
    before: dict[str, Any] = {}
    if planned.changes_person:
        before["person"], before["person_after"] = _change_person(planned, world, actor)
    if planned.engagement and set(planned.differences) - set(OF_PERSON):
        before["engagement"] = as_plain(planned.engagement)
        values = _values_of(planned, world)
        before["version"] = put(planned.engagement, values, reason, actor)
    return before


def _change_person(
    planned: PlannedRow, world: World, actor: Actor
) -> tuple[dict[str, str], dict[str, str]]:
    # Read anew: what somebody wrote down since the import began is not in the list, and stays.
    person = locked_freelancer(world.freelancers[planned.row.key("freelancer_email")].pk)
    before = facts_of_freelancer(person)
    changed = {
        OF_PERSON[column]: new
        for column, (_old, new) in planned.differences.items()
        if column in OF_PERSON
    }
    updated = update_freelancer(
        freelancer_id=person.pk, facts=replace(before, **changed), actor=actor
    )
    return asdict(before), asdict(facts_of_freelancer(updated))


def _values_of(planned: PlannedRow, world: World) -> dict[str, Any]:
    """Return the facts that a row states; an empty cell states nothing."""
    row = planned.row
    own = {name: row.values[name] for name in CHANGED if name in row.values}
    named = rows_named(row, world).items()
    return own | {f"{name}_id": one.pk for name, one in named if one is not None}


def put(engagement: Engagement, values: Mapping[str, Any], reason: str, actor: Actor) -> int:
    """Give an engagement these facts, its last day by a move; returns its version then.

    Raises:
        DomainError: as ``update_engagement`` and ``move_end``.
    """
    facts = replace(facts_of(engagement), **values)
    moves = facts.ends_on != engagement.ends_on
    # The last day first where the new first day comes after the old last one.
    end_first = moves and facts.starts_on > engagement.ends_on
    version = engagement.version
    if end_first:
        version = _move(engagement, facts.ends_on, reason, actor)
    kept = facts if end_first or not moves else replace(facts, ends_on=engagement.ends_on)
    version = update_engagement(
        engagement_id=engagement.pk, facts=kept, version=version, actor=actor
    ).version
    if moves and not end_first:
        version = _move(engagement, facts.ends_on, reason, actor)
    return version


def _move(engagement: Engagement, new_ends_on: date, reason: str, actor: Actor) -> int:
    today = engagement.organisation.today()
    kind = kind_of_change(engagement.ends_on, new_ends_on, today) or "correction"
    if kind == "early_end" and not may_decide(state_now(engagement), "end_early"):
        kind = "correction"
    change = move_end(
        engagement_id=engagement.pk,
        new_ends_on=new_ends_on,
        kind=kind,
        reason=reason,
        actor=actor,
    )
    return change.engagement.version


def as_plain(engagement: Engagement) -> dict[str, Any]:
    """Return what an undo puts back, as JSON can hold it."""
    return {name: _plain(getattr(engagement, name)) for name in (*CHANGED, "ended_early_at")}


def from_plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of an engagement that ``as_plain`` wrote down."""
    return {
        **{name: values[name] for name in CHANGED},
        "starts_on": date.fromisoformat(values["starts_on"]),
        "ends_on": date.fromisoformat(values["ends_on"]),
        "hourly_rate": None if values["hourly_rate"] is None else Decimal(values["hourly_rate"]),
    }


def person_from_plain(values: Mapping[str, str]) -> FreelancerFacts:
    """Return the facts of a professional that an import wrote down."""
    return FreelancerFacts(**values)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
