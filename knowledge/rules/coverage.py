"""How much of a topic would stay if the professional left, and how urgent that is. Pure.

Points are effort, coverage is truth: nothing here knows about points.

Source: domain.md section 3. The form of the product and the two factors from 1 to 5 follow the
attrition factor and the position factor of the IAEA (STI/PUB/1248). Bands are quoted from memory,
the thresholds in days are compressed from years, and the term (1 - K) and the weights of receivers
are new.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import Final, Literal

from knowledge.rules.percents import percent_of

Level = Literal["received", "explained", "performed"]
Artefact = Literal["", "fresh", "stale"]
Band = Literal["act_now", "plan_now", "prepare", "watch"]

LEVELS: Final[tuple[Level, ...]] = ("received", "explained", "performed")
CRITICALITIES: Final = range(1, 6)
DEFAULT_EXTERNAL_WEIGHT: Final = Decimal("0.50")
PARTS: Final = Decimal("0.0001")  # coverage is exact to this; SQL rounds the same way

LEVEL_VALUES: Final[Mapping[Level, Decimal]] = MappingProxyType(
    {"received": Decimal("0.50"), "explained": Decimal("0.75"), "performed": Decimal("1.00")}
)
ARTEFACT_VALUES: Final[Mapping[Artefact, Decimal]] = MappingProxyType(
    {"": Decimal(0), "fresh": Decimal("0.25"), "stale": Decimal("0.125")}
)
NO_INSIDER_CAP: Final = Decimal("0.50")
NO_ARTEFACT_CAP: Final = Decimal("0.75")
CRITICAL: Final = 4  # from here on the work stops, in part or altogether

# More than so many days to the end: factor. What is left, or past, is 5.
TIME_FACTORS: Final[tuple[tuple[int, int], ...]] = ((182, 1), (91, 2), (42, 3), (14, 4))
LAST_FACTOR: Final = 5

# From so much residual risk on; below the last one is "watch".
BANDS: Final[tuple[tuple[int, Band], ...]] = ((20, "act_now"), (16, "plan_now"), (10, "prepare"))


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a topic needs to be safe."""

    receivers: int  # who must hold it
    value: Decimal  # how well each of them, as a value of a level


@dataclass(frozen=True, slots=True)
class Holding:
    """How well one receiver holds a topic, by their own word."""

    level: Level
    is_external: bool = False


@dataclass(frozen=True, slots=True)
class TopicRisk:
    """One topic as the figures of an engagement need it."""

    criticality: int  # 1 to 5
    coverage: Decimal  # 0 to 1


# Source: domain.md section 3, "Required".
REQUIREMENTS: Final[Mapping[int, Requirement]] = MappingProxyType(
    {
        1: Requirement(1, Decimal("0.50")),
        2: Requirement(1, Decimal("0.50")),
        3: Requirement(1, Decimal("0.75")),
        4: Requirement(1, Decimal("1.00")),
        5: Requirement(2, Decimal("1.00")),  # a bus factor of two
    }
)


def requirement_for(criticality: int) -> Requirement:
    """Return how many receivers a topic needs, and how well they must hold it.

    Args:
        criticality: 1 to 5; 5 means that the work stops without it.

    Raises:
        KeyError: the criticality is out of range.
    """
    return REQUIREMENTS[criticality]


def artefact_value(artefact: Artefact) -> Decimal:
    """Return what an accepted handover is worth where nobody confirmed that they received it."""
    return ARTEFACT_VALUES[artefact]


def coverage(
    criticality: int,
    holdings: Iterable[Holding],
    artefact: Artefact = "",
    external_weight: Decimal = DEFAULT_EXTERNAL_WEIGHT,
) -> Decimal:
    """Return how much of a topic would stay, 0 to 1, exact to 0.0001.

    The best holders fill the places that the topic needs; the accepted handover may fill one of
    them. Without anybody inside at most a half is covered, and a topic of 4 or 5 that is not
    written down anywhere at most three quarters.

    Args:
        criticality: 1 to 5.
        holdings: receivers who confirmed something, in any order.
        artefact: the best accepted handover about the topic.
        external_weight: what a receiver from outside counts for, 0 to 1.

    Raises:
        KeyError: the criticality is out of range.

    Source: domain.md section 3, K_t.
    """
    held = list(holdings)
    needed = requirement_for(criticality)
    values = [
        LEVEL_VALUES[holding.level] * (external_weight if holding.is_external else 1)
        for holding in held
    ]
    # The handover competes for a place instead of taking an empty one only: so a receiver from
    # outside with a small weight never lowers what is covered.
    best = sorted([*values, artefact_value(artefact)], reverse=True)[: needed.receivers]
    share = sum(best, Decimal(0)) / (needed.receivers * needed.value)
    bounds = [Decimal(1)]
    if all(holding.is_external for holding in held):
        bounds.append(NO_INSIDER_CAP)
    if criticality >= CRITICAL and not artefact:
        bounds.append(NO_ARTEFACT_CAP)
    return min(share, *bounds).quantize(PARTS, rounding=ROUND_HALF_UP)


def time_factor(days_left: int) -> int:
    """Return how near the end is, 1 to 5.

    Args:
        days_left: calendar days from today to the last day; negative when it is past.

    Source: domain.md section 3, A.
    """
    return next((factor for days, factor in TIME_FACTORS if days_left > days), LAST_FACTOR)


def residual_risk(criticality: int, covered: Decimal, factor: int) -> Decimal:
    """Return the risk that is left on a topic, 0 to 25.

    Args:
        criticality: 1 to 5.
        covered: 0 to 1.
        factor: of the time that is left, 1 to 5.

    Source: domain.md section 3, r_t = C x A x (1 - K).
    """
    return criticality * factor * (1 - covered)


def band_of(risk: Decimal) -> Band:
    """Return what a residual risk asks for.

    Source: domain.md section 3: 20 act now, 16 plan now, 10 prepare, below that watch.
    """
    return next((band for least, band in BANDS if risk >= least), "watch")


def is_at_risk(topic: TopicRisk) -> bool:
    """Say whether a critical topic would not stay altogether: closing then needs a waiver.

    Source: domain.md section 1, invariant 6.
    """
    return topic.criticality >= CRITICAL and topic.coverage < 1


def highest_risk(topics: Iterable[TopicRisk], factor: int) -> Decimal:
    """Return the highest residual risk of an engagement's topics; 0 without topics."""
    risks = (residual_risk(topic.criticality, topic.coverage, factor) for topic in topics)
    return max(risks, default=Decimal(0))


def leak_percent(topics: Sequence[TopicRisk]) -> Decimal | None:
    """Return how much of the knowledge walks out of the door today, in percent to 0.1.

    Returns:
        None without topics: then nobody knows.

    Source: domain.md section 3, leak %.
    """
    open_weight = sum((topic.criticality * (1 - topic.coverage) for topic in topics), Decimal(0))
    return leak_of(open_weight, sum(topic.criticality for topic in topics))


def leak_of(open_weight: Decimal, weight: int) -> Decimal | None:
    """Return a leak in percent to 0.1 from sums over topics; None when nothing was weighed.

    Args:
        open_weight: sum of criticality times what is not covered.
        weight: sum of criticality.
    """
    return percent_of(open_weight, weight)


def next_topics(topics: Sequence[TopicRisk], most: int = 3) -> list[int]:
    """Return the positions of the topics to transfer next, the most urgent first.

    What is covered already is not among them; equal risk keeps the order that was given.
    """
    left = [(topic.criticality * (1 - topic.coverage), at) for at, topic in enumerate(topics)]
    ranked = sorted((pair for pair in left if pair[0] > 0), key=lambda pair: (-pair[0], pair[1]))
    return [at for _risk, at in ranked[:most]]
