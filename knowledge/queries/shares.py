"""Which part of the knowledge insiders received, and which part went to people from outside.

`rules.shares` says what the figures mean; the SQL here gives the same ones, and a test compares
both.
"""

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from core.calendars import local_moment
from core.models import Organisation
from core.periods import Period
from engagements.models import Department
from knowledge.rules import Received

# From what the database keeps of words that added something (`knowledge.models.TopicGain`): each
# counts for what it adds to the earlier ones of the same person about the same topic. Somebody who
# left since did receive it then. An index alone answers this.
RECEIVED: Final = """
SELECT department_id, count(DISTINCT topic_id),
       count(DISTINCT contact_id) FILTER (WHERE NOT is_external),
       count(DISTINCT contact_id) FILTER (WHERE is_external),
       COALESCE(sum(weight) FILTER (WHERE NOT is_external), 0),
       COALESCE(sum(weight) FILTER (WHERE is_external), 0)
FROM knowledge_topicgain
WHERE organisation_id = %(organisation)s AND at >= %(start)s AND at < %(end)s
GROUP BY GROUPING SETS ((department_id), ())
"""
# Engagements of the period first, and the topics of these by an index: joined, all topics that an
# organisation ever agreed on would be read.
TOPICS: Final = """
WITH ran AS MATERIALIZED (
    SELECT id, department_id FROM engagements_engagement
    WHERE organisation_id = %(organisation)s AND cancelled_at IS NULL
      AND ends_on >= %(first)s AND starts_on <= %(last)s
)
SELECT ran.department_id, count(*)
FROM knowledge_topic topic JOIN ran ON ran.id = topic.engagement_id
WHERE topic.organisation_id = %(organisation)s AND topic.state = 'agreed'
  AND topic.engagement_id = ANY(ARRAY(SELECT id FROM ran))
GROUP BY ran.department_id
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
    received_topics, insiders, outsiders, *hundredths = row
    received = Received(*(Decimal(part).scaleb(-2) for part in hundredths))
    return Share(department, topics, received_topics, insiders, outsiders, received)


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
    with connection.cursor() as cursor:
        cursor.execute(
            TOPICS,
            {"organisation": organisation.pk, "first": period.first, "last": period.last},
        )
        return dict(cursor.fetchall())
