from django.db import migrations

# What the rows of some topics have to be; `manage.py check_standings` asks the same. A function, as
# a view would stand in the way of whoever changes one of these tables later.
STANDINGS = """
CREATE FUNCTION knowledge_standings_of(topics bigint[]) RETURNS TABLE (
    topic_id bigint, organisation_id bigint, engagement_id bigint, title varchar,
    folded text, criticality smallint, is_written boolean, checked_until date,
    holders bigint[], levels smallint[]
) LANGUAGE sql STABLE AS $$
    SELECT topic.id, topic.organisation_id, topic.engagement_id, topic.title,
           lower(topic.title), topic.criticality,
           written.number > 0, CASE WHEN written.endless = 0 THEN written.until END,
           COALESCE(held.contacts, '{}'), COALESCE(held.levels, '{}')
    FROM knowledge_topic topic
    JOIN engagements_engagement engagement
      ON engagement.id = topic.engagement_id
     AND engagement.closed_at IS NULL AND engagement.cancelled_at IS NULL
    CROSS JOIN LATERAL (
        SELECT count(*) AS number, count(*) FILTER (WHERE handover.check_on IS NULL) AS endless,
               max(handover.check_on) AS until
        FROM knowledge_topichandover link
        JOIN knowledge_deliverable handover
          ON handover.id = link.deliverable_id AND handover.state = 'accepted'
        WHERE link.topic_id = topic.id
    ) written
    CROSS JOIN LATERAL (
        SELECT array_agg(best.contact_id ORDER BY best.contact_id) AS contacts,
               array_agg(best.level ORDER BY best.contact_id) AS levels
        FROM (
            SELECT receiver.contact_id,
                   max(CASE said.answer WHEN 'performed' THEN 100
                                        WHEN 'explained' THEN 75 ELSE 50 END)::smallint AS level
            FROM knowledge_receiver receiver
            JOIN knowledge_confirmation said
              ON said.receiver_id = receiver.id
             AND said.withdrawn_at IS NULL AND said.answer <> 'not_yet'
            WHERE receiver.topic_id = topic.id AND receiver.released_at IS NULL
            GROUP BY receiver.contact_id
        ) best
    ) held
    WHERE topic.id = ANY(topics) AND topic.state = 'agreed'
$$;
"""
# The lock is the one that operations take first. Whoever changes the same engagement waits for it,
# and each statement after it sees what the other committed.
STAND_ANEW = """
CREATE FUNCTION knowledge_stand_anew(topics bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM engagements_engagement
    WHERE id IN (SELECT engagement_id FROM knowledge_topic WHERE id = ANY(topics))
    ORDER BY id FOR NO KEY UPDATE;
    DELETE FROM knowledge_topicstanding WHERE topic_id = ANY(topics);
    INSERT INTO knowledge_topicstanding (
        topic_id, organisation_id, engagement_id, title, folded, criticality, is_written,
        checked_until, holders, levels
    ) SELECT * FROM knowledge_standings_of(topics);
END $$;
"""
FILL = """
SET LOCAL statement_timeout = 0;
SELECT knowledge_stand_anew(ARRAY(
    SELECT topic.id FROM knowledge_topic topic
    JOIN engagements_engagement engagement ON engagement.id = topic.engagement_id
    WHERE topic.state = 'agreed'
      AND engagement.closed_at IS NULL AND engagement.cancelled_at IS NULL
));
"""

# By table: the columns that a standing is made of, and the topics that rows are about.
WATCHED = {
    "knowledge_topic": (
        "id, organisation_id, engagement_id, title, criticality, state",
        "SELECT row.id FROM {rows} row",
    ),
    "knowledge_topichandover": (
        "topic_id, deliverable_id",
        "SELECT row.topic_id FROM {rows} row",
    ),
    "knowledge_receiver": (
        "id, topic_id, contact_id, released_at",
        "SELECT row.topic_id FROM {rows} row",
    ),
    "knowledge_confirmation": (
        "id, receiver_id, answer, withdrawn_at",
        "SELECT receiver.topic_id FROM {rows} row"
        " JOIN knowledge_receiver receiver ON receiver.id = row.receiver_id",
    ),
    "knowledge_deliverable": (
        "id, state, check_on",
        "SELECT link.topic_id FROM {rows} row"
        " JOIN knowledge_topichandover link ON link.deliverable_id = row.id",
    ),
    "engagements_engagement": (
        "id, cancelled_at, closed_at",
        "SELECT topic.id FROM {rows} row JOIN knowledge_topic topic ON topic.engagement_id = row.id",
    ),
}
# Nothing hangs on them when they come or go.
CHANGE_ONLY = ("knowledge_deliverable", "engagements_engagement")


def watch(table: str) -> str:
    """Return SQL that lets topics stand anew when rows of a table change."""
    columns, topics = WATCHED[table]
    changed = (
        f"((SELECT {columns} FROM before EXCEPT SELECT {columns} FROM after)"
        f" UNION (SELECT {columns} FROM after EXCEPT SELECT {columns} FROM before))"
    )
    triggers = {"UPDATE": "REFERENCING OLD TABLE AS before NEW TABLE AS after"}
    if table not in CHANGE_ONLY:
        triggers |= {
            "INSERT": "REFERENCING NEW TABLE AS after",
            "DELETE": "REFERENCING OLD TABLE AS before",
        }
    made = [
        f"""
        CREATE TRIGGER {table}_{event.lower()}_topics_stand AFTER {event} ON {table} {tables}
            FOR EACH STATEMENT EXECUTE FUNCTION {table}_topics_stand();
        """
        for event, tables in triggers.items()
    ]
    return f"""
    CREATE FUNCTION {table}_topics_stand() RETURNS trigger LANGUAGE plpgsql AS $$
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
    {"".join(made)}
    """


def unwatch(table: str) -> str:
    """Return SQL that undoes :func:`watch`."""
    return f"DROP FUNCTION {table}_topics_stand() CASCADE;"


class Migration(migrations.Migration):
    """The database itself writes down how topics stand, whoever changes what that is made of."""

    dependencies = [("knowledge", "0019_topic_standings")]
    operations = [
        migrations.RunSQL(STANDINGS, "DROP FUNCTION knowledge_standings_of(bigint[]);"),
        migrations.RunSQL(STAND_ANEW, "DROP FUNCTION knowledge_stand_anew(bigint[]);"),
        *(migrations.RunSQL(watch(table), unwatch(table)) for table in WATCHED),
        # Last: from the first trigger on nobody else writes until this is committed.
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
