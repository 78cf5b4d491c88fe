from django.contrib.postgres.indexes import OpClass
from django.db import migrations, models
from django.db.models.functions import Upper

from core.migrating import AddIndexBesideOthers


class Migration(migrations.Migration):
    """Let ids be found by how they begin; nobody waits while the index is made."""

    atomic = False
    dependencies = [("engagements", "0007_periods_in_the_index")]
    operations = [
        AddIndexBesideOthers(
            model_name="engagement",
            index=models.Index(
                models.F("organisation"),
                OpClass(Upper("external_id"), name="text_pattern_ops"),
                name="engagement_id_by_beginning",
            ),
        ),
    ]
