"""The knowledge map: what the organisation can do itself, by department and topic."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Final, NamedTuple

from core.models import Organisation
from engagements.models import Department
from knowledge import rules
from knowledge.models import Topic
from knowledge.queries import TopicFigures, topic_figures

MOST_COLUMNS: Final = 8  # topics side by side; the list below has all of them

# From so much coverage on, in percent: what a cell is called, and its colour.
WORDS: Final = (
    (75, "good", "ok"),
    (50, "fair", "info"),
    (25, "low", "warn"),
    (0, "critical", "bad"),
)


class Spot(NamedTuple):
    """One topic of one engagement on the map.

    Attributes:
        figures: how well it is covered on the day of the map.
        is_gone: the professional left before that day.
    """

    figures: TopicFigures
    is_gone: bool

    @property
    def is_only_outside(self) -> bool:
        """Whether nobody inside holds it: the professional, or other outsiders, alone do."""
        return self.figures.insiders == 0


class ShownSpot(NamedTuple):
    """A spot with the words about it: its topic, engagement, professional and department."""

    topic: Topic
    spot: Spot


@dataclass(frozen=True, slots=True)
class Cell:
    """What a department can do of a topic: the weakest of its engagements counts."""

    spot: Spot
    count: int  # engagements of the department with this topic

    @property
    def percent(self) -> Decimal:
        """How much stays, in percent to 0.1."""
        return self.spot.figures.percent

    @property
    def word(self) -> str:
        """Name of the class of coverage: good, fair, low or critical."""
        return _word(self.percent)[0]

    @property
    def kind(self) -> str:
        """Colour of the class."""
        return _word(self.percent)[1]


@dataclass(frozen=True, slots=True)
class MapRow:
    """One department with a cell for each column; None where it has no such topic."""

    department: Department
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True)
class KnowledgeMap:
    """All that the page shows of a day.

    Attributes:
        on: the day.
        columns: titles of the topics side by side.
        rows: departments by name.
        spots: every topic, the highest risk on top.
        all_topics: of the organisation, whatever was asked for.
    """

    on: date
    columns: tuple[str, ...]
    rows: tuple[MapRow, ...]
    spots: tuple[Spot, ...]
    all_topics: Sequence[TopicFigures]

    @cached_property
    def only_outside(self) -> list[Spot]:
        """Topics that nobody inside holds, the highest risk on top."""
        return [spot for spot in self.spots if spot.is_only_outside]

    @property
    def critical_outside(self) -> list[Spot]:
        """Those of them that are critical and at risk, as the overview counts them."""
        return [spot for spot in self.only_outside if rules.is_at_risk(spot.figures.as_risk)]

    @property
    def worst(self) -> Spot | None:
        """The topic with the highest risk; None when nothing is at risk."""
        first = next(iter(self.spots), None)
        return first if first is not None and first.figures.risk else None


def knowledge_map(
    organisation: Organisation, *, on: date, department: Department | None = None, text: str = ""
) -> KnowledgeMap:
    """Return the map of a day: after the departures before it, and with what is stale by then.

    Args:
        organisation: whose map.
        on: the day, where the organisation is.
        department: only this one; all when None.
        text: part of the title of a topic.
    """
    topics = topic_figures(organisation, on=on)
    spots = _spots(topics, on, department, text)
    by_cell = _by_cell(spots)
    columns = _columns(spots)
    departments = Department.objects.filter(pk__in={spot.figures.department_id for spot in spots})
    rows = [
        MapRow(
            department=one,
            cells=tuple(_cell(by_cell.get((one.pk, title.casefold()), ())) for title in columns),
        )
        for one in sorted(departments, key=lambda one: one.name.casefold())
    ]
    return KnowledgeMap(
        on=on, columns=columns, rows=tuple(rows), spots=tuple(spots), all_topics=topics
    )


def described(*groups: Sequence[Spot]) -> list[list[ShownSpot]]:
    """Return the spots of each group with the words about them, in one query for all."""
    keys = {spot.figures.topic_id for group in groups for spot in group}
    topics = Topic.objects.select_related(
        "engagement__freelancer", "engagement__department"
    ).in_bulk(keys)
    return [
        [
            ShownSpot(topics[spot.figures.topic_id], spot)
            for spot in group
            if spot.figures.topic_id in topics
        ]
        for group in groups
    ]


def _spots(
    topics: Iterable[TopicFigures], on: date, department: Department | None, text: str
) -> list[Spot]:
    part = text.casefold()
    spots = [
        Spot(figures, is_gone=figures.ends_on < on)
        for figures in topics
        if (department is None or figures.department_id == department.pk)
        and part in figures.title.casefold()
    ]
    return sorted(spots, key=lambda spot: (-spot.figures.risk, spot.figures.title.casefold()))


def _by_cell(spots: Iterable[Spot]) -> dict[tuple[int, str], list[Spot]]:
    cells: dict[tuple[int, str], list[Spot]] = defaultdict(list)
    for spot in spots:
        cells[spot.figures.department_id, spot.figures.title.casefold()].append(spot)
    return cells


def _columns(spots: Sequence[Spot]) -> tuple[str, ...]:
    """Return the titles that weigh most, as the one with the highest risk writes them."""
    weights: Counter[str] = Counter()
    titles: dict[str, str] = {}
    for spot in spots:
        key = spot.figures.title.casefold()
        weights[key] += spot.figures.criticality
        titles.setdefault(key, spot.figures.title)
    chosen = [key for key, _weight in weights.most_common(MOST_COLUMNS)]
    return tuple(titles[key] for key in chosen)


def _cell(spots: Sequence[Spot]) -> Cell | None:
    if not spots:
        return None
    return Cell(min(spots, key=lambda spot: spot.figures.covered), len(spots))


def _word(percent: Decimal) -> tuple[str, str]:
    return next((word, kind) for least, word, kind in WORDS if percent >= least)
