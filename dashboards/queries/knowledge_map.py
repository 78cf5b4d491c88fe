"""The knowledge map: what the organisation can do itself, by department and topic."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.core.paginator import Page

from core.models import Organisation
from core.pages import MOST_COUNTED, CountedPaginator
from engagements.models import Department
from knowledge.models import Topic
from knowledge.queries import MapFigures, TopicFigures, map_figures

PAGE_SIZE: Final = 25
EVERYTHING: Final = 2**31 - 1

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
        figures: what it is made of.
        rows: departments by name.
        page: of all topics, the highest risk on top.
    """

    on: date
    figures: MapFigures
    rows: tuple[MapRow, ...]
    page: Page[Spot]

    @property
    def columns(self) -> tuple[str, ...]:
        """Titles of the topics side by side."""
        return self.figures.columns

    @property
    def spots(self) -> list[Spot]:
        """The topics of the page."""
        return list(self.page.object_list)

    @property
    def outside(self) -> list[Spot]:
        """Topics that nobody inside holds, some of them, the highest risk on top."""
        return [_spot(figures, self.on) for figures in self.figures.outside]

    @property
    def worst(self) -> list[Spot]:
        """The topic with the highest risk; none when nothing is at risk."""
        return [_spot(figures, self.on) for figures in self.figures.worst]


def knowledge_map(
    organisation: Organisation,
    *,
    on: date,
    department: Department | None = None,
    text: str = "",
    page: Any = 1,
    size: int = PAGE_SIZE,
) -> KnowledgeMap:
    """Return the map of a day: after the departures before it, and with what is stale by then.

    Args:
        organisation: whose map.
        on: the day, where the organisation is.
        department: only this one; all when None.
        text: part of the title of a topic.
        page: of the list of topics, as somebody typed it.
        size: topics on a page.
    """
    figures = map_figures(
        organisation,
        on=on,
        department=None if department is None else department.pk,
        text=text,
        page=_number(page, max(1, MOST_COUNTED // size)),
        size=size,
    )
    pages = CountedPaginator[Spot]([], size, count=figures.total)
    listed = [_spot(one, on) for one in figures.listed]
    return KnowledgeMap(
        on=on,
        figures=figures,
        rows=_rows(figures, on),
        page=Page(listed, pages.get_page(page).number, pages),
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


def _rows(figures: MapFigures, on: date) -> tuple[MapRow, ...]:
    departments = Department.objects.filter(pk__in=figures.departments)
    places = range(len(figures.columns))
    return tuple(
        MapRow(one, tuple(_cell(figures.cells.get((one.pk, place)), on) for place in places))
        for one in sorted(departments, key=lambda one: one.name.casefold())
    )


def _cell(found: tuple[TopicFigures, int] | None, on: date) -> Cell | None:
    return None if found is None else Cell(_spot(found[0], on), found[1])


def _spot(figures: TopicFigures, on: date) -> Spot:
    return Spot(figures, is_gone=figures.ends_on < on)


def _number(page: Any, most: int) -> int:
    """Return which page the pages of a list take for what somebody typed; the most is the last."""
    try:
        number = int(page)
    except (TypeError, ValueError):
        return 1
    return number if 0 < number <= most else most


def _word(percent: Decimal) -> tuple[str, str]:
    return next((word, kind) for least, word, kind in WORDS if percent >= least)
