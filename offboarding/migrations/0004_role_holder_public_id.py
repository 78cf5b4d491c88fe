import uuid

from django.contrib.postgres.functions import RandomUUID
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('offboarding', '0003_item_days_in_our_time'),
    ]

    operations = [
        # The database makes one for each row that is there; a default of Python's is one for all.
        migrations.AddField(
            model_name='roleholder',
            name='public_id',
            field=models.UUIDField(db_default=RandomUUID(), editable=False, unique=True),
        ),
        migrations.AlterField(
            model_name='roleholder',
            name='public_id',
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
    ]
