"""Which of several notices about one thing is told."""
# ruff: noqa: D102 - the members of a protocol name themselves

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID


class Notice(Protocol):
    """What a draft and a stored reminder have in common."""

    @property
    def rule(self) -> str: ...
    @property
    def band(self) -> str: ...
    @property
    def about_on(self) -> date: ...
    @property
    def contact_id(self) -> int: ...
    @property
    def dossier(self) -> UUID: ...
    @property
    def item(self) -> UUID | None: ...
    @property
    def due_at(self) -> datetime: ...
    @property
    def expires_at(self) -> datetime: ...
    @property
    def urgency(self) -> int: ...


New = TypeVar("New", bound=Notice)
Old = TypeVar("Old", bound=Notice)


@dataclass(frozen=True)
class Decision(Generic[New, Old]):
    """What becomes of notices: each new one is in exactly one of the first three.

    Attributes:
        kept: will be told.
        superseded: a more urgent notice about the same thing is told instead.
        expired: nobody decided in time; shown to HR, not told.
        overtaken: decided earlier, and now less urgent than one that is kept.
    """

    kept: list[New]
    superseded: list[New]
    expired: list[New]
    overtaken: list[Old]


def key_of(draft: Notice, organisation_id: int) -> str:
    """Return what makes a notice happen once: same key, same notice.

    The date it is about is part of it, so that a moved end date gives new notices.
    """
    return (
        f"rem:v1:{organisation_id}:{draft.dossier}:{draft.item or '-'}:{draft.rule}"
        f":{draft.band}:{draft.about_on}:{draft.contact_id}"
    )


def group_of(notice: Notice) -> Hashable:
    """Return what a notice is about and for whom; of one group only the most urgent is told."""
    return (notice.rule, notice.dossier, notice.item, notice.contact_id, notice.about_on)


def rank_of(notice: Notice) -> tuple[Any, ...]:
    """Return what sorts the notices of a group, most urgent last."""
    days = re.search(r"[+-]?\d+$", notice.band)
    # Two deadline notices that both move to Friday are equally due; the later step says more.
    return (notice.urgency, notice.due_at, int(days.group()) if days else 0, notice.band)


def decide(new: Iterable[New], earlier: Iterable[Old], at: datetime) -> Decision[New, Old]:
    """Keep the most urgent notice of each group that is still of use.

    Args:
        new: due and never decided before.
        earlier: decided before and not withdrawn; those of other groups do not matter.
        at: the moment of deciding.

    Source: domain.md section 4, "Missed runs are caught up with the most urgent only".
    """
    decision: Decision[New, Old] = Decision([], [], [], [])
    groups: dict[Hashable, list[New]] = defaultdict(list)
    for draft in new:
        groups[group_of(draft)].append(draft)
    told: dict[Hashable, list[Old]] = defaultdict(list)
    for notice in earlier:
        told[group_of(notice)].append(notice)
    for group, notices in groups.items():
        _decide_group(sorted(notices, key=rank_of), told[group], at, decision)
    return decision


def _decide_group(
    ranked: list[New], told: list[Old], at: datetime, decision: Decision[New, Old]
) -> None:
    useful = [notice for notice in ranked if notice.expires_at > at]
    kept = useful[-1] if useful else None
    if kept and any(rank_of(old) >= rank_of(kept) for old in told):
        kept = None
    top = ranked[-1]
    is_too_late = top.expires_at <= at and not any(rank_of(old) >= rank_of(top) for old in told)
    for notice in ranked:
        if notice is kept:
            decision.kept.append(notice)
        elif notice is top and is_too_late:
            decision.expired.append(notice)
        else:
            decision.superseded.append(notice)
    if kept:
        decision.overtaken.extend(told)


def overtaken(own: Iterable[Old], others: Iterable[Notice]) -> list[Old]:
    """Return those of a message that something more urgent about the same thing stands in for.

    Args:
        own: what the message would tell.
        others: what was told, or will be, by other messages.
    """
    ranks: dict[Hashable, tuple[Any, ...]] = {}
    for other in others:
        group, rank = group_of(other), rank_of(other)
        ranks[group] = max(rank, ranks.get(group, rank))
    return [one for one in own if ranks.get(group_of(one), ()) > rank_of(one)]
