"""When receivers are asked whether a transfer was of use, and what their answers suggest. Pure.

Source: domain.md section 5, question V2, and section 4, E+30 and E+90.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Literal

from core.calendars import WorkCalendar
from knowledge.rules.percents import WHOLE, percent_of

Advice = Literal["fewer", "better", "more", "keep"]

USEFULNESS_DAYS: Final = (30, 90)  # after the end, as shipped
USEFULNESS_RULE: Final = "usefulness_check"  # code of the reminder rule that holds these days
# In percent. Below the first, a form is hardly used; from the others on it does what it should.
LEAST_USED: Final = 40
LEAST_ENOUGH: Final = 60
MOST_CALLED: Final = 50
MUCH_USED, MUCH_ENOUGH, SELDOM_CALLED = 75, 80, 20


@dataclass(frozen=True, slots=True)
class Round:
    """A row of days, both ends included, in which receivers answer.

    Attributes:
        days: after the end; names the round.
    """

    days: int
    opens_on: date
    closes_on: date


@dataclass(frozen=True, slots=True)
class Tally:
    """What receivers said about one form of transfer.

    Attributes:
        asked: how many were asked, each topic and round by itself.
        answered: how many of them said something.
        used: who used it.
        enough: of those, for whom it was enough.
        called: who had to call all the same.
        hours: that gaps cost, all together.
        median_hours: of one answer.
    """

    asked: int = 0
    answered: int = 0
    used: int = 0
    enough: int = 0
    called: int = 0
    hours: Decimal = Decimal(0)
    median_hours: Decimal = Decimal(0)

    @property
    def used_percent(self) -> int | None:
        """Of those who answered."""
        return _percent(self.used, self.answered)

    @property
    def enough_percent(self) -> int | None:
        """Of those who used it; None when nobody did."""
        return _percent(self.enough, self.used)

    @property
    def called_percent(self) -> int | None:
        """Of those who answered."""
        return _percent(self.called, self.answered)


def rounds_of(
    ends_on: date, days: Iterable[int], unit: str, calendar: WorkCalendar, window_days: int
) -> list[Round]:
    """Return when receivers are asked about an engagement; a round ends where the next one opens.

    Args:
        ends_on: last day of the engagement.
        days: after the end; what lies not after it is no round.
        unit: ``calendar`` or ``working`` days.
        calendar: of the organisation.
        window_days: calendar days in which one can answer, the first included.
    """
    opening = [
        (number, calendar.counted(ends_on, number, unit))
        for number in sorted(set(days))
        if number > 0
    ]
    last_days = [opens_on + timedelta(days=window_days - 1) for _number, opens_on in opening]
    before_next = [opens_on - timedelta(days=1) for _number, opens_on in opening[1:]]
    return [
        Round(number, opens_on, max(opens_on, min(last, before)))
        for (number, opens_on), last, before in zip(
            opening, last_days, [*before_next, date.max], strict=True
        )
    ]


def round_on(day: date, rounds: Sequence[Round]) -> Round | None:
    """Return the round in which a day lies, the latest where two of them touch."""
    found = [one for one in rounds if one.opens_on <= day <= one.closes_on]
    return found[-1] if found else None


def advice_on(tally: Tally, least: int) -> Advice | None:
    """Return what the answers suggest for the points of a form; nobody has to follow it.

    Hardly used: fewer points. Used, and yet not enough or followed by calls: ask more before it is
    accepted. Used much, enough, and seldom followed by a call: more points. Else keep it.

    Args:
        tally: the answers.
        least: from so many answers on they say something.

    Returns:
        None with fewer answers.
    """
    if tally.answered < max(1, least):
        return None
    used, called = _percent_or(tally.used_percent), _percent_or(tally.called_percent)
    enough = _percent_or(tally.enough_percent)
    if used < LEAST_USED:
        return "fewer"
    if enough < LEAST_ENOUGH or called >= MOST_CALLED:
        return "better"
    if used >= MUCH_USED and enough >= MUCH_ENOUGH and called <= SELDOM_CALLED:
        return "more"
    return "keep"


def _percent(part: int, whole: int) -> int | None:
    percent = percent_of(part, whole, to=WHOLE)
    return None if percent is None else int(percent)


def _percent_or(percent: int | None) -> int:
    return 0 if percent is None else percent
