from django.db import migrations

# What the rows of some topics have to be; `manage.py check_standings` asks the same. A word counts
# for what it adds to the earlier ones of the same person about the same topic, also where they were
# released and named again; a word that was taken back was never so. Each table is a subquery of its
# own (`OFFSET 0` keeps it one), looked up for each row of the one before: where many rows were
# deleted, PostgreSQL takes a table that has filled up since for empty until it looks again, and
# joined it would then go through all of one table for every row of the other.
GAINS = """
CREATE FUNCTION knowledge_gains_of(topics bigint[]) RETURNS TABLE (
    word_id bigint, organisation_id bigint, department_id bigint, topic_id bigint,
    contact_id bigint, is_external boolean, at timestamptz, weight smallint
) LANGUAGE sql STABLE AS $$
    WITH said AS (
        SELECT word.id, word.organisation_id, engagement.department_id, receiver.topic_id,
               receiver.contact_id, word.is_external, word.at, topic.criticality,
               CASE word.answer WHEN 'performed' THEN 100
                                WHEN 'explained' THEN 75 ELSE 50 END AS level
        FROM knowledge_topic topic
        CROSS JOIN LATERAL (
            SELECT department_id, cancelled_at FROM engagements_engagement
            WHERE id = topic.engagement_id OFFSET 0
        ) engagement
        CROSS JOIN LATERAL (
            SELECT id, topic_id, contact_id FROM knowledge_receiver
            WHERE knowledge_receiver.topic_id = topic.id OFFSET 0
        ) receiver
        CROSS JOIN LATERAL (
            SELECT id, organisation_id, is_external, at, answer FROM knowledge_confirmation
            WHERE receiver_id = receiver.id AND withdrawn_at IS NULL AND answer <> 'not_yet'
            OFFSET 0
        ) word
        WHERE topic.id = ANY(topics) AND topic.state = 'agreed'
          AND engagement.cancelled_at IS NULL
    ),
    gained AS (
        SELECT said.*, level - COALESCE(max(level) OVER (
                   PARTITION BY said.topic_id, said.contact_id ORDER BY said.at, said.id
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS gain
        FROM said
    )
    SELECT id, organisation_id, department_id, topic_id, contact_id, is_external, at,
           (criticality * gain)::smallint
    FROM gained WHERE gain > 0
$$;
"""
GAIN_ANEW = """
CREATE FUNCTION knowledge_gain_anew(topics bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM knowledge_topicgain WHERE topic_id = ANY(topics);
    INSERT INTO knowledge_topicgain (
        word_id, organisation_id, department_id, topic_id, contact_id, is_external, at, weight
    ) SELECT * FROM knowledge_gains_of(topics);
END $$;
ALTER FUNCTION knowledge_gain_anew(bigint[]) SET search_path FROM CURRENT;
"""
# As it was (migration 0020), with the last line; its lock holds for both.
STAND_ANEW = """
CREATE OR REPLACE FUNCTION knowledge_stand_anew(topics bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM engagements_engagement
    WHERE id IN (SELECT engagement_id FROM knowledge_topic WHERE id = ANY(topics))
    ORDER BY id FOR NO KEY UPDATE;
    DELETE FROM knowledge_topicstanding WHERE topic_id = ANY(topics);
    INSERT INTO knowledge_topicstanding (
        topic_id, organisation_id, engagement_id, title, folded, criticality, is_written,
        checked_until, holders, levels
    ) SELECT * FROM knowledge_standings_of(topics);
    {gain}
END $$;
"""
FILL = """
SET LOCAL statement_timeout = 0;
INSERT INTO knowledge_topicgain (
    word_id, organisation_id, department_id, topic_id, contact_id, is_external, at, weight
) SELECT * FROM knowledge_gains_of(ARRAY(
    SELECT DISTINCT receiver.topic_id FROM knowledge_confirmation word
    JOIN knowledge_receiver receiver ON receiver.id = word.receiver_id));
"""
# By table: the columns that rows are made of, as they were and as they are watched now, and the
# topics that rows are about.
WATCHED = {
    "knowledge_confirmation": (
        "id, receiver_id, answer, withdrawn_at",
        "id, receiver_id, answer, withdrawn_at, is_external, at",
        "SELECT receiver.topic_id FROM {rows} row CROSS JOIN LATERAL ("
        "SELECT topic_id FROM knowledge_receiver WHERE id = row.receiver_id OFFSET 0) receiver",
    ),
    "engagements_engagement": (
        "id, cancelled_at, closed_at",
        "id, cancelled_at, closed_at, department_id",
        "SELECT topic.id FROM {rows} row CROSS JOIN LATERAL ("
        "SELECT id FROM knowledge_topic WHERE engagement_id = row.id OFFSET 0) topic",
    ),
}


def watch(table: str, columns: str) -> str:
    """Return SQL that lets topics stand anew when these columns change (as in migration 0020)."""
    topics = WATCHED[table][-1]
    changed = (
        f"((SELECT {columns} FROM before EXCEPT SELECT {columns} FROM after)"
        f" UNION (SELECT {columns} FROM after EXCEPT SELECT {columns} FROM before))"
    )
    return f"""
    CREATE OR REPLACE FUNCTION {table}_topics_stand() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE topics bigint[];
    BEGIN
        IF TG_OP = 'INSERT' THEN
            topics := ARRAY({topics.format(rows="after")});
        ELSIF TG_OP = 'DELETE' THEN
            topics := ARRAY({topics.format(rows="before")});
        ELSE
            topics := ARRAY({topics.format(rows=changed)});
        END IF;
        IF cardinality(topics) > 0 THEN
            PERFORM knowledge_stand_anew(topics);
        END IF;
        RETURN NULL;
    END $$;
    ALTER FUNCTION {table}_topics_stand() SET search_path FROM CURRENT;
    """


class Migration(migrations.Migration):
    """The database itself writes down what words added, as it does how topics stand."""

    dependencies = [("knowledge", "0022_topic_gains")]
    operations = [
        # Whoever writes waits until this is committed, and meets the functions of after it.
        migrations.RunSQL(
            "LOCK TABLE engagements_engagement, knowledge_topic, knowledge_receiver,"
            " knowledge_confirmation IN SHARE ROW EXCLUSIVE MODE",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(GAINS, "DROP FUNCTION knowledge_gains_of(bigint[]);"),
        migrations.RunSQL(GAIN_ANEW, "DROP FUNCTION knowledge_gain_anew(bigint[]);"),
        migrations.RunSQL(
            STAND_ANEW.format(gain="PERFORM knowledge_gain_anew(topics);"),
            STAND_ANEW.format(gain=""),
        ),
        *(
            migrations.RunSQL(watch(table, now), watch(table, before))
            for table, (before, now, _topics) in WATCHED.items()
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
