from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

from core.words import Folded


class Migration(migrations.Migration):
    """Let titles and ids be found by one way of folding; nobody waits while indexes are made."""

    atomic = False
    dependencies = [
        ("core", "0010_fold_by_unicode"),
        ("engagements", "0007_periods_in_the_index"),
    ]
    operations = [
        AddIndexConcurrently(
            model_name="engagement",
            index=GinIndex(
                OpClass(Folded("title"), name="gin_trgm_ops"),
                name="engagement_title_folded",
            ),
        ),
        AddIndexConcurrently(
            model_name="engagement",
            index=models.Index(
                models.F("organisation"),
                OpClass(Folded("external_id"), name="text_pattern_ops"),
                name="engagement_id_folded",
            ),
        ),
        RemoveIndexConcurrently(model_name="engagement", name="engagement_title_trgm"),
    ]
