from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from core.migrating import AddIndexBesideOthers


class Migration(migrations.Migration):
    """Let sums over a period read an index alone; nobody waits while it is made."""

    atomic = False
    dependencies = [
        ("core", "0009_indexes_for_pages"),
        ("engagements", "0006_an_index_for_each_use"),
    ]
    operations = [
        AddIndexBesideOthers(
            model_name="engagement",
            index=models.Index(
                fields=["organisation", "ends_on", "id"],
                include=["department", "starts_on", "cancelled_at"],
                name="engagement_by_last_day",
            ),
        ),
        RemoveIndexConcurrently(model_name="engagement", name="engagement_by_end"),
    ]
