"""When professionals worked: most of it long ago, some of it now, a little of it soon over."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from dashboards.management.scale.dice import Dice, iso

Fate = Literal["planned", "live", "ended", "closed", "cancelled"]

# How many engagements one professional had here, with weights.
TURNS: Final = ((1, 35.0), (2, 30.0), (3, 18.0), (4, 11.0), (5, 6.0))
# Days from first to last, with weights: short ones skip a part of the procedure.
LENGTHS: Final = (((14, 29), 8.0), ((60, 120), 22.0), ((120, 240), 45.0), ((240, 480), 25.0))
# Of the last engagement of each professional: about a ninth runs, which is 5 % of all.
LIVE, PLANNED = 0.11, 0.015
LONGEST_TO_GO: Final = 300  # days
LONGEST_AGO: Final = 3300  # days
# Of what ended: files are closed within weeks, few stay open.
CLOSING_DAYS: Final = 40
LEFT_OPEN: Final = 0.01
CLOSED_SOON: Final = 0.5
EARLY, CANCELLED = 0.04, 0.02


@dataclass(frozen=True, slots=True)
class Period:
    """One engagement in time; days are counted from the year 1."""

    starts: int
    ends: int
    fate: Fate
    is_early: bool = False

    @property
    def starts_on(self) -> str:
        """The first day, as the database reads it."""
        return iso(self.starts)

    @property
    def ends_on(self) -> str:
        """The last day, as the database reads it."""
        return iso(self.ends)

    @property
    def length(self) -> int:
        """Days, both ends counted."""
        return self.ends - self.starts + 1

    @property
    def is_running(self) -> bool:
        """Whether its file is open."""
        return self.fate in ("planned", "live", "ended")


def periods(dice: Dice, today: int, most: int) -> Iterator[Period]:
    """Return the engagements of one professional, the last one first; no two overlap.

    Args:
        dice: of the organisation.
        today: where the organisation is.
        most: how many at most.
    """
    last = _last(dice, today)
    yield last
    for _turn in range(min(most, dice.weighed(TURNS)) - 1):
        ends = min(last.starts, today) - dice.randint(7, 420)
        last = _past(dice, ends, today)
        yield last


def _last(dice: Dice, today: int) -> Period:
    at = dice.random()
    length = _length(dice)
    if at < LIVE:
        ends = today + int(LONGEST_TO_GO * dice.random())
        return Period(min(ends - length + 1, today - 1), ends, "live")
    if at < LIVE + PLANNED:
        starts = today + dice.randint(1, 60)
        return Period(starts, starts + length - 1, "planned")
    return _past(dice, today - 1 - int(LONGEST_AGO * dice.random()), today)


def _past(dice: Dice, ends: int, today: int) -> Period:
    starts = ends - _length(dice) + 1
    if dice.chance(CANCELLED):
        return Period(starts, ends, "cancelled")
    is_recent = today - ends <= CLOSING_DAYS
    is_closed = dice.chance(CLOSED_SOON if is_recent else 1 - LEFT_OPEN)
    return Period(starts, ends, "closed" if is_closed else "ended", dice.chance(EARLY))


def _length(dice: Dice) -> int:
    shortest, longest = dice.weighed(LENGTHS)
    return dice.randint(shortest, longest)
