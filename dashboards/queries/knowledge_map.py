"""The knowledge map: what the organisation can do itself, by department and topic."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

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


@dataclass(frozen=True, slots=True)
class Spot:
    """One topic of one engagement on the map.

    Attributes:
        topic: its engagement, professional and department are fetched.
        figures: how well it is covered on the day of the map.
        is_gone: the professional left before that day.
    """

    topic: Topic
    figures: TopicFigures
    is_gone: bool

    @property
    def is_only_outside(self) -> bool:
        """Whether nobody inside holds it: the professional, or other outsiders, alone do."""
        return self.figures.insiders == 0

    @property
    def kind(self) -> str:
        """Colour of its coverage."""
        return _word(self.figures.percent)[1]


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


@dataclass(frozen=True, slots=True)
class KnowledgeMap:
    """All that the page shows of a day.

    Attributes:
        on: the day.
        columns: titles of the topics side by side.
        rows: departments by name.
        spots: every topic, the highest risk on top.
    """

    on: date
    columns: tuple[str, ...]
    rows: tuple[MapRow, ...]
    spots: tuple[Spot, ...]

    @property
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
    spots = _spots(organisation, on, department, text)
    by_cell: Mapping[tuple[int, str], list[Spot]] = _by_cell(spots)
    columns = _columns(spots)
    departments = sorted(
        {spot.topic.engagement.department for spot in spots}, key=lambda one: one.name.casefold()
    )
    by_department: dict[int, list[Spot]] = defaultdict(list)
    for spot in spots:
        by_department[spot.topic.engagement.department_id].append(spot)
    rows = [
        MapRow(
            department=one,
            cells=tuple(_cell(by_cell.get((one.pk, title.casefold()), ())) for title in columns),
        )
        for one in departments
    ]
    return KnowledgeMap(on=on, columns=columns, rows=tuple(rows), spots=tuple(spots))


def _spots(
    organisation: Organisation, on: date, department: Department | None, text: str
) -> list[Spot]:
    topics = Topic.objects.agreed().filter(
        engagement__cancelled_at=None, engagement__closed_at=None
    )
    if department is not None:
        topics = topics.filter(engagement__department=department)
    if text:
        topics = topics.filter(title__icontains=text)
    found = topics.select_related("engagement__freelancer", "engagement__department").in_bulk()
    spots = [
        Spot(topic, figures, is_gone=topic.engagement.ends_on < on)
        for figures in topic_figures(organisation, on=on)
        if (topic := found.get(figures.topic_id)) is not None
    ]
    return sorted(spots, key=lambda spot: (-spot.figures.risk, spot.topic.title.casefold()))


def _by_cell(spots: Iterable[Spot]) -> dict[tuple[int, str], list[Spot]]:
    cells: dict[tuple[int, str], list[Spot]] = defaultdict(list)
    for spot in spots:
        cells[spot.topic.engagement.department_id, spot.topic.title.casefold()].append(spot)
    return cells


def _columns(spots: Sequence[Spot]) -> tuple[str, ...]:
    """Return the titles that weigh most, as the one with the highest risk writes them."""
    weights: Counter[str] = Counter()
    titles: dict[str, str] = {}
    for spot in spots:
        key = spot.topic.title.casefold()
        weights[key] += spot.topic.criticality
        titles.setdefault(key, spot.topic.title)
    chosen = [key for key, _weight in weights.most_common(MOST_COLUMNS)]
    return tuple(titles[key] for key in chosen)


def _cell(spots: Sequence[Spot]) -> Cell | None:
    if not spots:
        return None
    return Cell(min(spots, key=lambda spot: spot.figures.covered), len(spots))


def _word(percent: Decimal) -> tuple[str, str]:
    return next((word, kind) for least, word, kind in WORDS if percent >= least)
