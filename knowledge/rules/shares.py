"""How much of the knowledge that arrived went to insiders, and how much outside. Pure.

Source: domain.md section 3, "Received by whom".
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from knowledge.rules.coverage import LEVEL_VALUES, Level
from knowledge.rules.percents import percent_of


@dataclass(frozen=True, slots=True)
class Word:
    """What one receiver said about one topic at a moment.

    Attributes:
        receiver: names the person and the topic together.
        criticality: of the topic, 1 to 5.
        level: what they said.
        is_external: whether they were from outside when they said it.
        at: when they said it.
    """

    receiver: Hashable
    criticality: int
    level: Level
    is_external: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Received:
    """Knowledge that arrived: criticality times the value of the level, added up."""

    inside: Decimal = Decimal(0)
    outside: Decimal = Decimal(0)

    @property
    def total(self) -> Decimal:
        """Both together."""
        return self.inside + self.outside

    @property
    def inside_percent(self) -> Decimal | None:
        """The share of insiders, to 0.1; None where nothing arrived."""
        return percent_of(self.inside, self.total)

    @property
    def outside_percent(self) -> Decimal | None:
        """The rest of it, so that both are always 100 together."""
        inside = self.inside_percent
        return None if inside is None else 100 - inside

    def __add__(self, other: "Received") -> "Received":
        """Return what arrived in two periods, or in two departments, together."""
        return Received(self.inside + other.inside, self.outside + other.outside)


def received_between(words: Iterable[Word], start: datetime, end: datetime) -> Received:
    """Return what arrived in a period: each word counts for what it adds to the words before it.

    Somebody who received a topic in March (0.50) and did it alone in May (1.00) adds a half in
    either quarter, so that quarters add up to their year. Being from outside costs nothing here:
    this says where knowledge went, coverage says how safe it is there.

    Args:
        words: in force, in any order; those before the period decide what later ones add.
        start: first moment of the period.
        end: first moment after it.
    """
    best: dict[Hashable, Decimal] = {}
    sums = {False: Decimal(0), True: Decimal(0)}
    for word in sorted(words, key=lambda one: one.at):
        before = best.get(word.receiver, Decimal(0))
        value = LEVEL_VALUES[word.level]
        if value <= before:
            continue
        best[word.receiver] = value
        if start <= word.at < end:
            sums[word.is_external] += word.criticality * (value - before)
    return Received(inside=sums[False], outside=sums[True])
