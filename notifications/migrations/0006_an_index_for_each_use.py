import django.db.models.deletion
from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from core.migrating import DropKeyIndex


class Migration(migrations.Migration):
    """Drop what begins another index: it is kept up to date for nothing."""

    atomic = False
    dependencies = [
        ('notifications', '0005_hold_and_settle'),
    ]

    operations = [
        RemoveIndexConcurrently(
            model_name='reminder',
            name='reminder_by_message',
        ),
        DropKeyIndex(
            model_name='messageattempt',
            name='message',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='notifications.message'),
        ),
    ]
