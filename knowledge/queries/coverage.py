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

from core.addresses import row_address
from core.models import Organisation
from engagements.models import Engagement
from knowledge import rules

# All that SQL weighs is a whole number of parts: of a hundred for levels, of ten thousand for the
# rest, as the rules round to that.
FRESH: Final = int(rules.artefact_value("fresh").scaleb(4))
STALE: Final = int(rules.artefact_value("stale").scaleb(4))
# Of some engagements, closed ones too: from the rows themselves.
OF_SOME: Final = """
WITH topics AS (
    SELECT topic.id, topic.engagement_id, '' AS folded, topic.criticality,
           engagement.ends_on, engagement.department_id,
           (SELECT max(CASE WHEN handover.check_on < %(day)s THEN %(stale)s ELSE %(fresh)s END)
            FROM knowledge_topichandover link
            JOIN knowledge_deliverable handover
              ON handover.id = link.deliverable_id AND handover.state = 'accepted'
            WHERE link.topic_id = topic.id) AS artefact
    FROM knowledge_topic topic
    JOIN engagements_engagement engagement ON engagement.id = topic.engagement_id
    WHERE topic.organisation_id = %(organisation)s AND topic.state = 'agreed'
      AND topic.engagement_id = ANY(%(engagements)s)
),
words AS (
    SELECT receiver.topic_id, receiver.contact_id, contact.is_external,
           max(CASE said.answer WHEN 'performed' THEN 100
                                WHEN 'explained' THEN 75 ELSE 50 END) AS level
    FROM topics
    JOIN knowledge_receiver receiver
      ON receiver.topic_id = topics.id AND receiver.released_at IS NULL
    JOIN core_contact contact ON contact.id = receiver.contact_id AND contact.is_active
    JOIN knowledge_confirmation said
      ON said.receiver_id = receiver.id AND said.withdrawn_at IS NULL AND said.answer <> 'not_yet'
    GROUP BY receiver.id, contact.is_external
),
"""
# Of all that run: from what the database keeps of each topic (`knowledge.models.TopicStanding`).
# From the rows themselves, all that ever ended would be looked through for the few that run.
OF_ALL: Final = """
WITH topics AS (
    SELECT standing.topic_id AS id, standing.engagement_id, standing.folded,
           standing.criticality, engagement.ends_on, engagement.department_id,
           CASE WHEN standing.checked_until < %(day)s THEN %(stale)s
                WHEN standing.is_written THEN %(fresh)s END AS artefact
    FROM knowledge_topicstanding standing
    -- Each is of an engagement that runs. LEFT, so that PostgreSQL expects a row for each, and of
    -- the organisation, so that an index has these engagements and no others.
    LEFT JOIN engagements_engagement engagement ON engagement.id = standing.engagement_id
     AND engagement.organisation_id = %(organisation)s
     AND engagement.cancelled_at IS NULL AND engagement.closed_at IS NULL
    WHERE standing.organisation_id = %(organisation)s
),
words AS (
    SELECT standing.topic_id, held.contact_id, contact.is_external, held.level
    FROM knowledge_topicstanding standing
    CROSS JOIN LATERAL unnest(standing.holders, standing.levels) AS held(contact_id, level)
    JOIN core_contact contact ON contact.id = held.contact_id AND contact.is_active
    WHERE standing.organisation_id = %(organisation)s AND standing.holders <> '{}'
      AND standing.criticality >= %(least)s
),
"""
# A receiver counts while they are here: a contact that was put to rest does not, nor does a
# professional without an engagement that lasts until the day that is asked about. The best holders
# and the handover fill the places: one, or two of a topic without which the work stops.
FIGURES: Final = """
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
    SELECT words.topic_id, words.is_external,
           words.level * CASE WHEN words.is_external THEN %(percent)s ELSE 100 END AS value
    FROM words LEFT JOIN gone ON gone.contact_id = words.contact_id
    WHERE gone.contact_id IS NULL
),
held AS (
    SELECT topic_id, count(*) FILTER (WHERE NOT is_external) AS insiders,
           count(*) FILTER (WHERE is_external) AS outsiders,
           max(value) AS best, COALESCE((array_agg(value ORDER BY value DESC))[2], 0) AS second
    FROM holdings GROUP BY topic_id
),
filled AS (
    SELECT topics.*, insiders, outsiders,
           CASE WHEN criticality <= 2 THEN 5000 WHEN criticality = 3 THEN 7500
                WHEN criticality = 4 THEN 10000 ELSE 20000 END AS needed,
           COALESCE(greatest(best, artefact), 0)
           + CASE WHEN criticality = 5
                  THEN greatest(second, least(COALESCE(best, 0), COALESCE(artefact, 0)))
                  ELSE 0 END AS value
    FROM topics LEFT JOIN held ON held.topic_id = topics.id
),
-- Before anything is asked of them: a condition that reached the joins above would let PostgreSQL
-- expect one topic and add up words for each.
covered AS MATERIALIZED (
    SELECT id, engagement_id, folded, criticality, ends_on, department_id, artefact,
           COALESCE(insiders, 0) AS insiders, COALESCE(outsiders, 0) AS outsiders,
           least(
               (20000 * value + needed) / (2 * needed),  -- rounded half up
               CASE WHEN insiders > 0 THEN 10000 ELSE 5000 END,
               CASE WHEN criticality >= 4 AND artefact IS NULL THEN 7500 ELSE 10000 END
           ) AS parts
    FROM filled
)
"""
BY_TOPIC: Final = """
SELECT covered.id, topic.public_id, topic.title, covered.engagement_id, department_id, ends_on,
       covered.criticality, parts, insiders, outsiders, artefact
FROM covered JOIN knowledge_topic topic ON topic.id = covered.id
ORDER BY covered.engagement_id, covered.criticality DESC, covered.id
"""
BY_ENGAGEMENT: Final = """
SELECT engagement_id, ends_on, count(*), sum(criticality),
       sum(criticality * (10000 - parts)), max(criticality * (10000 - parts)),
       count(*) FILTER (WHERE parts = 10000)
FROM covered GROUP BY engagement_id, ends_on
"""
# What nobody inside holds is never covered altogether: no more of the figures is asked for, and of
# the critical topics only. What is kept of topics is of engagements that run, which are not asked.
LEAKS: Final = """
SELECT count(*) FILTER (WHERE criticality >= %(critical)s)
       - (SELECT count(DISTINCT topic_id) FROM holdings WHERE NOT is_external),
       count(DISTINCT engagement_id),
       (SELECT count(*) FROM engagements_engagement
        WHERE organisation_id = %(organisation)s AND cancelled_at IS NULL AND closed_at IS NULL)
FROM knowledge_topicstanding WHERE organisation_id = %(organisation)s
"""


def decimal_of(parts: int) -> Decimal:
    """Return what SQL weighs in parts of ten thousand."""
    return Decimal(parts).scaleb(-4)


class TopicFigures(NamedTuple):
    """How well one topic is covered on a day; a tuple, since an export has thousands.

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
        return row_address("knowledge:topic_detail", self.public_id)

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
        engagements: that have agreed topics.
        unknown: engagements that run and have none; of those nobody knows.
    """

    topics: int
    engagements: int
    unknown: int


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
    return [figures_of_row(row, day) for row in _rows(BY_TOPIC, organisation, engagements, day)]


def figures_of_row(row: tuple[Any, ...], day: date) -> TopicFigures:
    """Return the figures of a topic from a row of SQL.

    Args:
        row: what is known of it, then what it is weighed by, as `BY_TOPIC` selects it.
        day: the day that was asked about.
    """
    *known, parts, insiders, outsiders, artefact = row
    ends_on, criticality = known[-2:]
    covered = decimal_of(parts)
    factor = rules.time_factor((ends_on - day).days)
    risk = rules.residual_risk(criticality, covered, factor)
    held = (covered, insiders, outsiders)
    return TopicFigures._make((*known, *held, artefact is not None, artefact == STALE, risk))


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
        engagement, ends_on, topics, weight, open_parts, highest, safe = row
        open_weight = decimal_of(open_parts)
        figures[engagement] = EngagementFigures(
            topics=topics,
            safe=safe,
            leak=rules.leak_of(open_weight, weight),
            risk=decimal_of(highest) * rules.time_factor((ends_on - day).days),
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
    today = organisation.today()
    ((topics, engagements, running),) = rows_of_all(
        LEAKS, organisation, today, least=rules.CRITICAL
    )
    return Leaks(topics, engagements, running - engagements)


def rows_of_all(
    select: str, organisation: Organisation, day: date, **asked: Any
) -> list[tuple[Any, ...]]:
    """Return what a statement makes of the topics of all engagements that run.

    Args:
        select: what comes after the CTEs of this module.
        organisation: whose topics.
        day: the day, where the organisation is.
        asked: more values that the statement takes.
    """
    return _rows(select, organisation, None, day, **asked)


def _rows(
    select: str,
    organisation: Organisation,
    engagements: Collection[int] | None,
    day: date,
    **asked: Any,
) -> list[tuple[Any, ...]]:
    source = OF_ALL if engagements is None else OF_SOME
    values: dict[str, Any] = {
        "organisation": organisation.pk,
        "engagements": list(engagements or ()),
        "day": day,
        "fresh": FRESH,
        "stale": STALE,
        "percent": organisation.external_receiver_percent,
        "critical": rules.CRITICAL,
        "least": 1,  # whose words are looked up, by criticality of the topic
    }
    with connection.cursor() as cursor:
        cursor.execute(source + FIGURES + select, values | asked)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
