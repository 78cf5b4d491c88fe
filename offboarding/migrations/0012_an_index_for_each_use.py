import django.db.models.deletion
from django.db import migrations, models

from core.migrating import DropKeyIndex


class Migration(migrations.Migration):
    """Drop what begins another index: it is kept up to date for nothing."""

    atomic = False
    dependencies = [
        ('engagements', '0006_an_index_for_each_use'),
        ('offboarding', '0011_unowned_by_organisation'),
    ]

    operations = [
        DropKeyIndex(
            model_name='checklist',
            name='engagement',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='checklists', to='engagements.engagement'),
        ),
        DropKeyIndex(
            model_name='checklistitem',
            name='checklist',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='items', to='offboarding.checklist'),
        ),
        DropKeyIndex(
            model_name='checklistitem',
            name='engagement',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='items', to='engagements.engagement'),
        ),
        DropKeyIndex(
            model_name='evidencefile',
            name='item',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='offboarding.checklistitem'),
        ),
        DropKeyIndex(
            model_name='procedurestep',
            name='version',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='offboarding.procedureversion'),
        ),
        DropKeyIndex(
            model_name='procedureversion',
            name='procedure',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='offboarding.procedure'),
        ),
    ]
