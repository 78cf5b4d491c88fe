import importlib

from django.db import migrations

# As in migration 0020, with each table a subquery of its own (`OFFSET 0` keeps it one) that is
# looked up for each row of the one before: where many rows were deleted, PostgreSQL takes a table
# that has filled up since for empty until it looks again, and joined it would then go through all
# of one table for every row of the other. Inside stands the key alone, so that no index of some rows
# is gone through instead.
STANDINGS = """
CREATE OR REPLACE FUNCTION knowledge_standings_of(topics bigint[]) RETURNS TABLE (
    topic_id bigint, organisation_id bigint, engagement_id bigint, title varchar,
    folded text, criticality smallint, is_written boolean, checked_until date,
    holders bigint[], levels smallint[]
) LANGUAGE sql STABLE AS $$
    SELECT topic.id, topic.organisation_id, topic.engagement_id, topic.title,
           lower(topic.title), topic.criticality,
           written.number > 0, CASE WHEN written.endless = 0 THEN written.until END,
           COALESCE(held.contacts, '{}'), COALESCE(held.levels, '{}')
    FROM knowledge_topic topic
    CROSS JOIN LATERAL (
        SELECT closed_at, cancelled_at FROM engagements_engagement
        WHERE id = topic.engagement_id OFFSET 0
    ) engagement
    CROSS JOIN LATERAL (
        SELECT count(*) AS number, count(*) FILTER (WHERE handover.check_on IS NULL) AS endless,
               max(handover.check_on) AS until
        FROM (
            SELECT deliverable_id FROM knowledge_topichandover
            WHERE knowledge_topichandover.topic_id = topic.id OFFSET 0
        ) link
        CROSS JOIN LATERAL (
            SELECT check_on FROM knowledge_deliverable
            WHERE id = link.deliverable_id AND state = 'accepted' OFFSET 0
        ) handover
    ) written
    CROSS JOIN LATERAL (
        SELECT array_agg(best.contact_id ORDER BY best.contact_id) AS contacts,
               array_agg(best.level ORDER BY best.contact_id) AS levels
        FROM (
            SELECT receiver.contact_id,
                   max(CASE said.answer WHEN 'performed' THEN 100
                                        WHEN 'explained' THEN 75 ELSE 50 END)::smallint AS level
            FROM (
                SELECT id, contact_id, released_at FROM knowledge_receiver
                WHERE knowledge_receiver.topic_id = topic.id OFFSET 0
            ) receiver
            CROSS JOIN LATERAL (
                SELECT answer FROM knowledge_confirmation
                WHERE receiver_id = receiver.id AND withdrawn_at IS NULL AND answer <> 'not_yet'
                OFFSET 0
            ) said
            WHERE receiver.released_at IS NULL
            GROUP BY receiver.contact_id
        ) best
    ) held
    WHERE topic.id = ANY(topics) AND topic.state = 'agreed'
      AND engagement.closed_at IS NULL AND engagement.cancelled_at IS NULL
$$;
"""
BEFORE = importlib.import_module("knowledge.migrations.0020_topics_stand").STANDINGS
# A connection keeps a plan that it made for tables with a few rows in them, and a statement about
# thousands then reads them over and over. Planning costs about a millisecond a time.
FUNCTIONS = (
    "knowledge_stand_anew(bigint[])",
    "knowledge_gain_anew(bigint[])",
    "knowledge_topic_topics_stand()",
    "knowledge_topichandover_topics_stand()",
    "knowledge_receiver_topics_stand()",
    "knowledge_confirmation_topics_stand()",
    "knowledge_deliverable_topics_stand()",
    "engagements_engagement_topics_stand()",
)


class Migration(migrations.Migration):
    """Let a statement about topics be planned for as many as it has, whatever was there before."""

    dependencies = [("knowledge", "0024_an_index_for_each_use")]
    operations = [
        migrations.RunSQL(STANDINGS, BEFORE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")),
        *(
            migrations.RunSQL(
                f"ALTER FUNCTION {function} SET plan_cache_mode = force_custom_plan",
                f"ALTER FUNCTION {function} RESET plan_cache_mode",
            )
            for function in FUNCTIONS
        ),
    ]
