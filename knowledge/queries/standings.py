"""Whether what the database keeps of topics, and of words about them, is what it is made of."""

from typing import Final, NamedTuple

from django.db import connection

from core.models import Organisation

# Both ways: what is kept and should not be, and what should be kept.
FAULTS: Final = """
WITH kept AS (
    SELECT topic_id, organisation_id, engagement_id, title, folded, criticality, is_written,
           checked_until, holders, levels
    FROM knowledge_topicstanding WHERE organisation_id = %(organisation)s
),
right_ones AS (
    SELECT * FROM knowledge_standings_of(ARRAY(
        SELECT id FROM knowledge_topic WHERE organisation_id = %(organisation)s))
),
gains AS (
    SELECT word_id, organisation_id, department_id, topic_id, contact_id, is_external, at, weight
    FROM knowledge_topicgain WHERE organisation_id = %(organisation)s
),
right_gains AS (
    SELECT * FROM knowledge_gains_of(ARRAY(
        SELECT id FROM knowledge_topic WHERE organisation_id = %(organisation)s))
),
wrong AS (
    (SELECT topic_id FROM (SELECT * FROM kept EXCEPT SELECT * FROM right_ones))
    UNION (SELECT topic_id FROM (SELECT * FROM right_ones EXCEPT SELECT * FROM kept))
    UNION (SELECT topic_id FROM (SELECT * FROM gains EXCEPT SELECT * FROM right_gains))
    UNION (SELECT topic_id FROM (SELECT * FROM right_gains EXCEPT SELECT * FROM gains))
)
SELECT topic.id, topic.title
FROM wrong JOIN knowledge_topic topic ON topic.id = wrong.topic_id ORDER BY topic.id
"""


class StandingFault(NamedTuple):
    """A topic of which something else is kept than what it is made of."""

    topic_id: int
    title: str


def standing_faults(organisation: Organisation) -> list[StandingFault]:
    """Return the topics of which lists and reports would show something else than their pages."""
    with connection.cursor() as cursor:
        cursor.execute(FAULTS, {"organisation": organisation.pk})
        return [StandingFault(*row) for row in cursor.fetchall()]
