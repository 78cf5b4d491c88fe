from django.db import migrations

# What a load of rows alone (`pg_restore --data-only`) empties, so that triggers find no table.
WATCHED = (
    "knowledge_topic",
    "knowledge_topichandover",
    "knowledge_receiver",
    "knowledge_confirmation",
    "knowledge_deliverable",
    "engagements_engagement",
)


class Migration(migrations.Migration):
    """Let triggers that keep standings find their tables whatever the session looks through."""

    dependencies = [("knowledge", "0020_topics_stand")]
    operations = [
        migrations.RunSQL(
            f"ALTER FUNCTION {table}_topics_stand() SET search_path FROM CURRENT",
            f"ALTER FUNCTION {table}_topics_stand() RESET search_path",
        )
        for table in WATCHED
    ]
