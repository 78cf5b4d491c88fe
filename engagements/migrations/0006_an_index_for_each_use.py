import django.db.models.deletion
from django.db import migrations, models

from core.migrating import DropKeyIndex


class Migration(migrations.Migration):
    """Drop what begins another index: it is kept up to date for nothing."""

    atomic = False
    dependencies = [
        ('engagements', '0005_counted_from_indexes'),
    ]

    operations = [
        DropKeyIndex(
            model_name='importrow',
            name='run',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='engagements.importrun'),
        ),
        DropKeyIndex(
            model_name='waiver',
            name='engagement',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='waivers', to='engagements.engagement'),
        ),
    ]
