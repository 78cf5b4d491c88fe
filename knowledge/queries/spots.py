"""What the knowledge map shows of a day, added up by the database in one query.

Only what a page shows comes into Python. The figures are those of `queries.coverage`, and a test
compares the map with what Python makes of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from core.models import Organisation
from knowledge import rules
from knowledge.queries.coverage import TopicFigures, decimal_of, figures_of_row, rows_of_all

MOST_COLUMNS: Final = 8  # topics side by side; the list below has all of them
MOST_OUTSIDE: Final = 10
MOST: Final = {"most_columns": MOST_COLUMNS, "most_outside": MOST_OUTSIDE}
# What is not covered and all, weighed, of professionals who are there on the day.
SUMS: Final = """
    SELECT department_id, sum(criticality), sum(criticality * (10000 - parts))
    FROM covered WHERE ends_on >= %(day)s GROUP BY department_id
"""
_TIMES: Final = "".join(
    f" WHEN ends_on - %(day)s > {days} THEN {factor}" for days, factor in rules.TIME_FACTORS
)
# Risk, then title; what comes first after that is what topics are listed by elsewhere. The title
# that weighs most is written as the one with the highest risk writes it. A cell shows the weakest.
SPOTS: Final = f"""
,
spots AS (
    SELECT covered.*,
           criticality * (10000 - parts) * CASE{_TIMES} ELSE {rules.LAST_FACTOR} END AS risk
    FROM covered
    WHERE (%(department)s::bigint IS NULL OR department_id = %(department)s)
      AND (%(text)s = '' OR strpos(folded, lower(%(text)s)) > 0)
),
placed AS (
    SELECT spots.*, row_number() OVER in_order AS place,
           count(*) FILTER (WHERE insiders = 0) OVER in_order AS outside_place
    FROM spots
    WINDOW in_order AS (
        ORDER BY risk DESC, folded COLLATE "C", engagement_id, criticality DESC, id
        ROWS UNBOUNDED PRECEDING)
),
titles AS (
    SELECT folded, sum(criticality) AS weight, min(place) AS place FROM placed GROUP BY folded
),
heads AS (
    SELECT * FROM titles ORDER BY weight DESC, place LIMIT %(most_columns)s
),
totals AS (
    SELECT count(*) AS number, count(*) FILTER (WHERE insiders = 0) AS outside,
           count(*) FILTER (WHERE insiders = 0 AND criticality >= %(critical)s AND parts < 10000)
               AS critical_outside,
           greatest(1, ceil(count(*) / %(size)s::numeric)) AS pages,
           (SELECT count(*) FROM titles) AS titles
    FROM placed
),
page AS (
    SELECT %(size)s * least(%(page)s, pages)::bigint AS last FROM totals
),
cells AS (
    SELECT DISTINCT ON (placed.department_id, heads.place) placed.id, heads.place AS head,
           count(*) OVER (PARTITION BY placed.department_id, heads.place) AS number
    FROM placed JOIN heads ON heads.folded = placed.folded
    ORDER BY placed.department_id, heads.place, placed.parts, placed.place
)
SELECT 'topic' AS part, placed.place AS number, cells.head, cells.number AS of_cell,
       placed.id, topic.public_id, topic.title, placed.engagement_id, placed.department_id,
       placed.ends_on, placed.criticality, placed.parts, placed.insiders, placed.outsiders,
       placed.artefact
FROM placed
CROSS JOIN page
LEFT JOIN cells ON cells.id = placed.id
JOIN knowledge_topic topic ON topic.id = placed.id
WHERE placed.place > page.last - %(size)s AND placed.place <= page.last
   OR placed.insiders = 0 AND placed.outside_place <= %(most_outside)s
   OR placed.place = 1 OR cells.id IS NOT NULL OR placed.place IN (SELECT place FROM heads)
UNION ALL
SELECT 'head', place, weight, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM heads
UNION ALL
SELECT 'totals', number, outside, critical_outside, page.last, NULL, NULL, titles,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM totals, page
UNION ALL
SELECT 'department', department_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, NULL
FROM placed GROUP BY department_id
UNION ALL
SELECT 'sums', sums.*,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM ({SUMS}) AS sums
ORDER BY part, number
"""  # noqa: S608 - our own words and numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class MapFigures:
    """What a map is made of.

    Attributes:
        columns: titles that weigh most.
        titles: how many there are.
        departments: keys of those that have topics.
        cells: by department and place of the column, the weakest topic and how many there are.
        listed: one page of topics, the highest risk on top.
        total: how many there are on all pages.
        outside: topics that nobody inside holds, some of them, the highest risk on top.
        outside_total: how many those are.
        critical_outside: those of them that are critical and at risk, as the overview counts them.
        worst: the topic with the highest risk; none when nothing is at risk.
        sums: what is not covered and all, weighed, by department, of all topics of professionals
            who are there on that day, whatever was asked for.
    """

    columns: tuple[str, ...]
    titles: int
    departments: frozenset[int]
    cells: Mapping[tuple[int, int], tuple[TopicFigures, int]]
    listed: tuple[TopicFigures, ...]
    total: int
    outside: tuple[TopicFigures, ...]
    outside_total: int
    critical_outside: int
    worst: tuple[TopicFigures, ...]
    sums: Mapping[int, tuple[Decimal, int]]


def map_figures(
    organisation: Organisation,
    *,
    on: date,
    department: int | None = None,
    text: str = "",
    page: int,
    size: int,
) -> MapFigures:
    """Return what the map of a day shows.

    Args:
        organisation: whose topics.
        on: the day, where the organisation is.
        department: key of the only one that is asked for; all when None.
        text: part of the title of a topic.
        page: of the list, from 1; beyond the last one it is the last.
        size: topics on a page.
    """
    asked = {"department": department, "text": text, "page": page, "size": size}
    parts: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for part, *row in rows_of_all(SPOTS, organisation, on, **asked, **MOST):
        parts[part].append(tuple(row))
    ((total, outside_total, critical_outside, last, _id, _key, titles, *_rest),) = parts["totals"]
    topics = {
        place: figures_of_row(tuple(row), on) for place, _head, _count, *row in parts["topic"]
    }
    heads = sorted(parts["head"], key=lambda head: (-head[1], head[0]))
    columns = {place: number for number, (place, *_rest) in enumerate(heads)}
    return MapFigures(
        columns=tuple(topics[place].title for place in columns),
        titles=titles,
        departments=frozenset(row[0] for row in parts["department"]),
        cells={
            (topics[place].department_id, columns[head]): (topics[place], count)
            for place, head, count, *_rest in parts["topic"]
            if head is not None
        },
        listed=tuple(one for place, one in topics.items() if last - size < place <= last),
        total=total,
        outside=tuple(one for one in topics.values() if not one.insiders)[:MOST_OUTSIDE],
        outside_total=outside_total,
        critical_outside=critical_outside,
        worst=tuple(one for place, one in topics.items() if place == 1 and one.risk),
        sums=_sums(parts["sums"]),
    )


def sums_by_department(organisation: Organisation, on: date) -> dict[int, tuple[Decimal, int]]:
    """Return what is not covered and all, weighed, by department, of who is there on a day."""
    return _sums(rows_of_all(SUMS, organisation, on))


def _sums(rows: Iterable[tuple[Any, ...]]) -> dict[int, tuple[Decimal, int]]:
    return {department: (decimal_of(parts), weight) for department, weight, parts, *_rest in rows}
