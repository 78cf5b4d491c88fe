"""Which part of the knowledge insiders received, and which part went to people from outside.

`rules.shares` says what the figures mean; the SQL here gives the same ones, and a test compares
both.
"""

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Count

from core.calendars import local_moment
from core.models import Organisation
from core.periods import Period
from engagements.models import Department
from knowledge.models import Topic
from knowledge.rules import Received

# Each word counts for what it adds to the earlier ones of the same person about the same topic,
# also where they were released and named again. A word that was taken back was never so; somebody
# who left since did receive it then. Words before the period count for those who spoke in it.
RECEIVED: Final = """
WITH recent AS (
    SELECT DISTINCT receiver.topic_id, receiver.contact_id
    FROM knowledge_confirmation word
    JOIN knowledge_receiver receiver ON receiver.id = word.receiver_id
    WHERE word.organisation_id = %(organisation)s
      AND word.at >= %(start)s AND word.at < %(end)s
      AND word.withdrawn_at IS NULL AND word.answer <> 'not_yet'
),
said AS (
    SELECT engagement.department_id, topic.id AS topic_id, topic.criticality,
           receiver.contact_id, word.is_external, word.at, word.id,
           CASE word.answer WHEN 'performed' THEN 1.00
                            WHEN 'explained' THEN 0.75 ELSE 0.50 END AS value
    FROM recent
    JOIN knowledge_receiver receiver
      ON receiver.topic_id = recent.topic_id AND receiver.contact_id = recent.contact_id
    JOIN knowledge_confirmation word ON word.receiver_id = receiver.id
    JOIN knowledge_topic topic ON topic.id = receiver.topic_id AND topic.state = 'agreed'
    JOIN engagements_engagement engagement
      ON engagement.id = topic.engagement_id AND engagement.cancelled_at IS NULL
    WHERE word.at < %(end)s
      AND word.withdrawn_at IS NULL AND word.answer <> 'not_yet'
),
gains AS (
    SELECT said.*, value - COALESCE(max(value) OVER (
               PARTITION BY topic_id, contact_id ORDER BY at, id
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS gain
    FROM said
)
SELECT department_id, count(DISTINCT topic_id),
       count(DISTINCT contact_id) FILTER (WHERE NOT is_external),
       count(DISTINCT contact_id) FILTER (WHERE is_external),
       COALESCE(sum(criticality * gain) FILTER (WHERE NOT is_external), 0),
       COALESCE(sum(criticality * gain) FILTER (WHERE is_external), 0)
FROM gains
WHERE gain > 0 AND at >= %(start)s
GROUP BY GROUPING SETS ((department_id), ())
"""


@dataclass(frozen=True, slots=True)
class Share:
    """What arrived in a period, in one department or in all of them.

    Attributes:
        department: None for all together.
        topics: agreed ones of engagements that ran in the period.
        received_topics: topics of which somebody received something in the period.
        insiders: colleagues who did.
        outsiders: people from outside who did.
        received: how much, weighed.
    """

    department: Department | None
    topics: int = 0
    received_topics: int = 0
    insiders: int = 0
    outsiders: int = 0
    received: Received = field(default_factory=Received)


@dataclass(frozen=True, slots=True)
class Shares:
    """The shares of a period: departments by name, and all of them together."""

    period: Period
    departments: tuple[Share, ...]
    total: Share


def shares_in(organisation: Organisation, period: Period) -> Shares:
    """Return who received the knowledge of a period, by department.

    Departments stand in it that had agreed topics in engagements of the period, or where somebody
    received something in it.

    Args:
        organisation: whose departments.
        period: days where the organisation is.

    Source: domain.md section 3, "Received by whom".
    """
    received = _received(organisation, period)
    topics = _topics(organisation, period)
    names = Department.objects.in_bulk({*received, *topics} - {None})
    ordered = sorted(names.values(), key=lambda department: department.name.casefold())
    return Shares(
        period=period,
        departments=tuple(
            _share(department, topics.get(department.pk, 0), received.get(department.pk))
            for department in ordered
        ),
        total=_share(None, sum(topics.values()), received.get(None)),
    )


def _share(department: Department | None, topics: int, row: tuple[Any, ...] | None) -> Share:
    if row is None:
        return Share(department, topics)
    received_topics, insiders, outsiders, inside, outside = row
    return Share(
        department, topics, received_topics, insiders, outsiders, Received(inside, outside)
    )


def _received(organisation: Organisation, period: Period) -> dict[int | None, tuple[Any, ...]]:
    def midnight(day: date) -> Any:
        return local_moment(day, time(0), organisation.time_zone)

    with connection.cursor() as cursor:
        cursor.execute(
            RECEIVED,
            {
                "organisation": organisation.pk,
                "start": midnight(period.first),
                "end": midnight(period.last + timedelta(days=1)),
            },
        )
        return {row[0]: row[1:] for row in cursor.fetchall()}


def _topics(organisation: Organisation, period: Period) -> dict[int, int]:
    rows = (
        Topic.objects.agreed()
        .filter(
            # Said once more: by it an index leads to the engagements of the period.
            engagement__organisation=organisation,
            engagement__cancelled_at=None,
            engagement__starts_on__lte=period.last,
            engagement__ends_on__gte=period.first,
        )
        .order_by()
        .values_list("engagement__department")
        .annotate(Count("pk"))
    )
    return dict(rows)
