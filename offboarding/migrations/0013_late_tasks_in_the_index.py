from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from core.migrating import AddIndexBesideOthers


class Migration(migrations.Migration):
    """Let lists and sums of late tasks read an index alone; nobody waits while it is made."""

    atomic = False
    dependencies = [
        ("core", "0009_indexes_for_pages"),
        ("offboarding", "0012_an_index_for_each_use"),
    ]
    operations = [
        AddIndexBesideOthers(
            model_name="checklistitem",
            index=models.Index(
                fields=["organisation", "due_on", "id"],
                include=["engagement", "owner", "is_backlog", "is_gate"],
                condition=models.Q(state="open"),
                name="item_open_by_day",
            ),
        ),
        RemoveIndexConcurrently(model_name="checklistitem", name="item_open_by_due"),
    ]
