"""How much of the knowledge would stay, for one engagement and for lists of them.

`rules.coverage` says what the figures mean; the SQL here gives the same ones for thousands of
topics in one query, and a test compares both on a thousand random engagements.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection
from django.urls import reverse

from core.models import Organisation
from engagements.models import Engagement
from knowledge import rules

# A receiver counts while they are here: a contact that was put to rest does not, nor does a
# professional without an engagement that lasts until the day that is asked about. Of a topic only
# what an index holds: most are of engagements that ended, and are found and left again.
FIGURES: Final = """
WITH topics AS (
    SELECT topic.id, topic.engagement_id, topic.criticality,
           engagement.ends_on, engagement.department_id,
           CASE WHEN topic.criticality = 5 THEN 2 ELSE 1 END AS places,
           CASE WHEN topic.criticality <= 2 THEN 0.50
                WHEN topic.criticality = 3 THEN 0.75 ELSE 1.00 END AS needed
    FROM knowledge_topic topic
    JOIN engagements_engagement engagement ON engagement.id = topic.engagement_id
    WHERE topic.organisation_id = %(organisation)s AND topic.state = 'agreed'
      AND CASE WHEN %(all)s
               THEN engagement.cancelled_at IS NULL AND engagement.closed_at IS NULL
               ELSE topic.engagement_id = ANY(%(engagements)s) END
),
words AS (
    SELECT receiver.id, receiver.topic_id, receiver.contact_id, contact.is_external,
           max(CASE said.answer WHEN 'performed' THEN 1.00
                                WHEN 'explained' THEN 0.75 ELSE 0.50 END) AS value
    FROM topics
    JOIN knowledge_receiver receiver
      ON receiver.topic_id = topics.id AND receiver.released_at IS NULL
    JOIN core_contact contact ON contact.id = receiver.contact_id AND contact.is_active
    JOIN knowledge_confirmation said
      ON said.receiver_id = receiver.id AND said.withdrawn_at IS NULL AND said.answer <> 'not_yet'
    GROUP BY receiver.id, contact.is_external
),
professionals AS (
    SELECT person.id, contact.id AS contact_id
    FROM (SELECT DISTINCT contact_id AS id FROM words) contact
    JOIN engagements_freelancer person ON person.business_contact_id = contact.id
    UNION ALL
    SELECT person.id, contact.id
    FROM (SELECT DISTINCT contact_id AS id FROM words) contact
    JOIN engagements_freelancer person ON person.private_contact_id = contact.id
),
gone AS (
    SELECT professionals.contact_id
    FROM professionals
    LEFT JOIN engagements_engagement own
      ON own.freelancer_id = professionals.id
     AND own.cancelled_at IS NULL AND own.ends_on >= %(day)s
    GROUP BY professionals.contact_id
    HAVING count(own.id) = 0
),
holdings AS (
    SELECT words.topic_id, words.is_external, words.value
    FROM words LEFT JOIN gone ON gone.contact_id = words.contact_id
    WHERE gone.contact_id IS NULL
),
artefacts AS (
    SELECT link.topic_id,
           max(CASE WHEN handover.check_on < %(day)s THEN 0.125 ELSE 0.25 END) AS value
    FROM topics
    JOIN knowledge_topichandover link ON link.topic_id = topics.id
    JOIN knowledge_deliverable handover
      ON handover.id = link.deliverable_id AND handover.state = 'accepted'
    GROUP BY link.topic_id
),
candidates AS (
    SELECT topic_id, value * CASE WHEN is_external THEN %(weight)s ELSE 1 END AS value
    FROM holdings
    UNION ALL
    SELECT topic_id, value FROM artefacts
),
ranked AS (
    SELECT topic_id, value,
           row_number() OVER (PARTITION BY topic_id ORDER BY value DESC) AS place
    FROM candidates
),
filled AS (
    SELECT ranked.topic_id, sum(ranked.value) AS value
    FROM ranked JOIN topics ON topics.id = ranked.topic_id AND ranked.place <= topics.places
    GROUP BY ranked.topic_id
),
people AS (
    SELECT topic_id, count(*) FILTER (WHERE NOT is_external) AS insiders,
           count(*) FILTER (WHERE is_external) AS outsiders
    FROM holdings GROUP BY topic_id
),
covered AS (
    SELECT topics.id, topics.engagement_id, topics.criticality, topics.ends_on,
           topics.department_id,
           COALESCE(people.insiders, 0) AS insiders, COALESCE(people.outsiders, 0) AS outsiders,
           artefacts.value AS artefact,
           round(LEAST(
               1,
               COALESCE(filled.value, 0) / (topics.places * topics.needed),
               CASE WHEN COALESCE(people.insiders, 0) = 0 THEN 0.50 ELSE 1 END,
               CASE WHEN topics.criticality >= 4 AND artefacts.value IS NULL THEN 0.75 ELSE 1 END
           ), 4) AS coverage
    FROM topics
    LEFT JOIN filled ON filled.topic_id = topics.id
    LEFT JOIN people ON people.topic_id = topics.id
    LEFT JOIN artefacts ON artefacts.topic_id = topics.id
)
"""
BY_TOPIC: Final = """
SELECT covered.id, topic.public_id, topic.title, covered.engagement_id, department_id, ends_on,
       covered.criticality, coverage, insiders, outsiders, artefact
FROM covered JOIN knowledge_topic topic ON topic.id = covered.id
ORDER BY covered.engagement_id, covered.criticality DESC, covered.id
"""
BY_ENGAGEMENT: Final = """
SELECT engagement_id, ends_on, count(*), sum(criticality),
       sum(criticality * (1 - coverage)), max(criticality * (1 - coverage)),
       count(*) FILTER (WHERE coverage = 1)
FROM covered GROUP BY engagement_id, ends_on
"""
# What nobody inside holds is never covered altogether: no more of the figures is asked for.
LEAKS: Final = """
SELECT count(*) FILTER (WHERE criticality >= %(critical)s AND COALESCE(people.insiders, 0) = 0),
       count(DISTINCT engagement_id)
FROM topics LEFT JOIN people ON people.topic_id = topics.id
"""


class TopicFigures(NamedTuple):
    """How well one topic is covered on a day; a tuple, since a map is made of thousands.

    Attributes:
        ends_on: last day of its professional.
        covered: 0 to 1.
        risk: residual, 0 to 25.
        insiders: colleagues who hold it, by their own word.
        outsiders: people from outside who hold it.
        is_written: an accepted handover is about it.
        is_stale: all that is written is past its day of checking.
    """

    topic_id: int
    public_id: UUID
    title: str
    engagement_id: int
    department_id: int
    ends_on: date
    criticality: int
    covered: Decimal
    insiders: int
    outsiders: int
    is_written: bool
    is_stale: bool
    risk: Decimal

    def get_absolute_url(self) -> str:
        """Return the page of the topic, for HR."""
        return reverse("knowledge:topic_detail", args=[self.public_id])

    @property
    def band(self) -> rules.Band:
        """What the risk asks for."""
        return rules.band_of(self.risk)

    @property
    def percent(self) -> Decimal:
        """How much of it stays, in percent to 0.1."""
        return rules.percent_staying(self.covered)

    @property
    def as_risk(self) -> rules.TopicRisk:
        """The topic as the rules weigh it."""
        return rules.TopicRisk(self.criticality, self.covered)


class Leaks(NamedTuple):
    """What an organisation would lose today.

    Attributes:
        topics: critical ones at risk that nobody inside has received any part of.
        engagements: that have agreed topics; of the others nobody knows.
    """

    topics: int
    engagements: int


@dataclass(frozen=True, slots=True)
class EngagementFigures:
    """What would walk out of the door with one professional.

    Attributes:
        topics: agreed ones.
        safe: topics that are covered altogether.
        leak: percent to 0.1; None without topics.
        risk: the highest residual one, 0 to 25.
        weight: sum of criticality, to add engagements up.
        open_weight: the part of it that is not covered.
    """

    topics: int = 0
    safe: int = 0
    leak: Decimal | None = None
    risk: Decimal = Decimal(0)
    weight: int = 0
    open_weight: Decimal = Decimal(0)

    @property
    def band(self) -> rules.Band:
        """What the highest risk asks for."""
        return rules.band_of(self.risk)


def topic_figures(
    organisation: Organisation,
    *,
    engagements: Collection[int] | None = None,
    on: date | None = None,
) -> list[TopicFigures]:
    """Return how well agreed topics are covered, by engagement, the most critical first.

    Args:
        organisation: whose topics.
        engagements: keys; all that still run when None.
        on: the day, where the organisation is; today when None. Professionals whose last day is
            before it no longer count as receivers, and handovers past their day of checking count
            as stale.
    """
    day = on or organisation.today()
    stale = rules.artefact_value("stale")
    figures = []
    for row in _rows(BY_TOPIC, organisation, engagements, day):
        ends_on, criticality, covered = row[5:8]
        artefact = row[-1]
        factor = rules.time_factor((ends_on - day).days)
        risk = rules.residual_risk(criticality, covered, factor)
        written = (artefact is not None, artefact == stale)
        figures.append(TopicFigures._make((*row[:-1], *written, risk)))
    return figures


def next_of(topics: Sequence[TopicFigures]) -> list[TopicFigures]:
    """Return the three topics to transfer next, the most urgent first."""
    return [topics[at] for at in rules.next_topics([one.as_risk for one in topics])]


def added_up(topics: Sequence[TopicFigures]) -> EngagementFigures:
    """Return the figures of one engagement from those of its topics."""
    risks = [one.as_risk for one in topics]
    open_weight = sum((one.criticality * (1 - one.covered) for one in topics), Decimal(0))
    return EngagementFigures(
        topics=len(topics),
        safe=sum(one.covered == 1 for one in topics),
        leak=rules.leak_percent(risks),
        risk=max((one.risk for one in topics), default=Decimal(0)),
        weight=sum(one.criticality for one in topics),
        open_weight=open_weight,
    )


def engagement_figures(
    organisation: Organisation,
    *,
    engagements: Collection[int] | None = None,
    on: date | None = None,
) -> dict[int, EngagementFigures]:
    """Return what would walk out with each professional, by key of the engagement.

    Engagements without agreed topics are not in the answer: nobody knows.

    Args:
        organisation: whose engagements.
        engagements: keys; all that still run when None.
        on: the day, as for topics.
    """
    day = on or organisation.today()
    figures = {}
    for row in _rows(BY_ENGAGEMENT, organisation, engagements, day):
        engagement, ends_on, topics, weight, open_weight, highest, safe = row
        figures[engagement] = EngagementFigures(
            topics=topics,
            safe=safe,
            leak=rules.leak_of(open_weight, weight),
            risk=highest * rules.time_factor((ends_on - day).days),
            weight=weight,
            open_weight=open_weight,
        )
    return figures


def figures_of(engagement: Engagement, *, on: date | None = None) -> EngagementFigures:
    """Return what would walk out with the professional of one engagement."""
    found = engagement_figures(engagement.organisation, engagements=[engagement.pk], on=on)
    return found.get(engagement.pk, EngagementFigures())


def leaks(organisation: Organisation) -> Leaks:
    """Count today's leaks of all engagements that run, without looking at each of them."""
    ((topics, engagements),) = _rows(LEAKS, organisation, None, organisation.today())
    return Leaks(topics, engagements)


def _rows(
    select: str, organisation: Organisation, engagements: Collection[int] | None, day: date
) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            FIGURES + select,
            {
                "organisation": organisation.pk,
                "all": engagements is None,
                "engagements": list(engagements or ()),
                "day": day,
                "weight": Decimal(organisation.external_receiver_percent) / 100,
                "critical": rules.CRITICAL,
            },
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
