from django.db import migrations

# A connection keeps a plan that it made for tables with a few rows in them, and a statement about
# thousands then reads them over and over. Planning costs less than a millisecond a time.
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
    """Let each statement be planned for as many rows as it has."""

    dependencies = [("knowledge", "0024_an_index_for_each_use")]
    operations = [
        migrations.RunSQL(
            f"ALTER FUNCTION {function} SET plan_cache_mode = force_custom_plan",
            f"ALTER FUNCTION {function} RESET plan_cache_mode",
        )
        for function in FUNCTIONS
    ]
