"""Whether what the database keeps of topics that count is what they are made of."""

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
)
SELECT topic_id, min(title) FROM (
    (SELECT * FROM kept EXCEPT SELECT * FROM right_ones)
    UNION ALL
    (SELECT * FROM right_ones EXCEPT SELECT * FROM kept)
) wrong
GROUP BY topic_id ORDER BY topic_id
"""


class StandingFault(NamedTuple):
    """A topic of which something else is kept than what it is made of."""

    topic_id: int
    title: str


def standing_faults(organisation: Organisation) -> list[StandingFault]:
    """Return the topics of which lists would show something else than their own pages do."""
    with connection.cursor() as cursor:
        cursor.execute(FAULTS, {"organisation": organisation.pk})
        return [StandingFault(*row) for row in cursor.fetchall()]
