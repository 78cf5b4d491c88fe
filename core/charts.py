"""Geometry of the charts: plain values in, numbers for an SVG out. No ORM, no language, no markup.

Every coordinate is a string with a decimal point, because a template would write a Dutch comma.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

CHART_WIDTH: Final = 400
BARS_TOP: Final = 26
BARS_BASE: Final = 144
BAR_SHARE: Final = 0.74
BAR_WIDEST: Final = 52
BAR_EMPTY: Final = 2
BURNUP_TOP: Final = 34
BURNUP_BASE: Final = 142
DOT_SPACE: Final = 8
NEAR_TARGET: Final = 34
FULL: Final = 100


@dataclass(frozen=True, slots=True)
class WeekCount:
    """How many engagements end in one week; the address leads to exactly those."""

    starts_on: date
    count: int
    url: str = ""

    @property
    def number(self) -> int:
        return self.starts_on.isocalendar().week


@dataclass(frozen=True, slots=True)
class PointStep:
    """The balance of points from one day on."""

    on: date
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Station:
    """One stop of the relay line. The state is "done", "now" or "ahead"."""

    label: str
    note: str = ""
    state: str = "ahead"


@dataclass(frozen=True, slots=True)
class Bar:
    """One drawn week."""

    week: WeekCount
    x: str
    y: str
    width: str
    height: str
    centre: str
    value_y: str
    is_peak: bool


@dataclass(frozen=True, slots=True)
class BarChart:
    """The drawn weeks, and the fullest of them when any engagement ends at all."""

    bars: list[Bar]
    peak: WeekCount | None
    total: int


@dataclass(frozen=True, slots=True)
class BurnUp:
    """The drawn steps towards an agreed number of points, up to today."""

    path: str
    now_x: str
    now_y: str
    label_x: str
    label_y: str
    target_y: str
    target_label_y: str
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Segment:
    """One tint of a bar, in hundredths of its length."""

    x: str
    width: str


def coordinate(value: float | Decimal) -> str:
    """Return a coordinate with at most one decimal, whatever the language."""
    return f"{float(value):.1f}".removesuffix(".0")


def bar_chart(weeks: Sequence[WeekCount]) -> BarChart:
    """Lay out one bar per week; the first of the fullest weeks is the peak."""
    highest = max((week.count for week in weeks), default=0)
    peak = next((week for week in weeks if highest and week.count == highest), None)
    slot = CHART_WIDTH / max(len(weeks), 1)
    width = min(slot * BAR_SHARE, BAR_WIDEST)
    bars = []
    for index, week in enumerate(weeks):
        centre = slot * (index + 0.5)
        height = max((BARS_BASE - BARS_TOP) * week.count / max(highest, 1), BAR_EMPTY)
        bars.append(
            Bar(
                week=week,
                x=coordinate(centre - width / 2),
                y=coordinate(BARS_BASE - height),
                width=coordinate(width),
                height=coordinate(height),
                centre=coordinate(centre),
                value_y=coordinate(BARS_BASE - height - 7),
                is_peak=week is peak,
            )
        )
    return BarChart(bars=bars, peak=peak, total=sum(week.count for week in weeks))


def burn_up(
    steps: Sequence[PointStep], *, target: Decimal, starts_on: date, ends_on: date, today: date
) -> BurnUp:
    """Lay out the balance over time as steps from the first day to today, below a target line.

    Steps outside the engagement are drawn on its edge, so that nothing falls off the picture.
    """
    seen = sorted((step for step in steps if step.on <= today), key=lambda step: step.on)
    balance = seen[-1].balance if seen else Decimal(0)
    top = max([target, *(step.balance for step in seen), Decimal(1)])
    span = max((ends_on - starts_on).days, 1)
    inner = CHART_WIDTH - 2 * DOT_SPACE

    def across(day: date) -> float:
        return DOT_SPACE + inner * (min(max(day, starts_on), ends_on) - starts_on).days / span

    def up(points: Decimal) -> float:
        return BURNUP_BASE - (BURNUP_BASE - BURNUP_TOP) * float(max(points, Decimal(0)) / top)

    path = [f"M{coordinate(DOT_SPACE)} {coordinate(BURNUP_BASE)}"]
    for step in seen:
        path += [f"H{coordinate(across(step.on))}", f"V{coordinate(up(step.balance))}"]
    path.append(f"H{coordinate(across(today))}")
    now_x, now_y, target_y = across(today), up(balance), up(target)
    is_near_target = -DOT_SPACE <= now_y - target_y <= NEAR_TARGET
    return BurnUp(
        path="".join(path),
        now_x=coordinate(now_x),
        now_y=coordinate(now_y),
        label_x=coordinate(min(max(now_x, DOT_SPACE + 10), CHART_WIDTH - DOT_SPACE - 10)),
        label_y=coordinate(now_y + 26 if is_near_target else now_y - 14),
        target_y=coordinate(target_y),
        target_label_y=coordinate(target_y - 9),
        balance=balance,
    )


def segments(amounts: Sequence[Decimal], *, target: Decimal) -> list[Segment]:
    """Divide a bar among amounts that follow each other; past the target the bar is full."""
    whole = max(target, sum(amounts, Decimal(0)), Decimal(1))
    parts, start = [], Decimal(0)
    for amount in amounts:
        width = max(amount, Decimal(0)) * FULL / whole
        parts.append(Segment(x=coordinate(start), width=coordinate(width)))
        start += width
    return parts
