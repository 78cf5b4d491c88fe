import django.db.models.deletion
from django.db import migrations, models

from core.migrating import DropKeyIndex


class Migration(migrations.Migration):
    """Drop what begins another index: it is kept up to date for nothing."""

    atomic = False
    dependencies = [
        ('engagements', '0008_ids_by_beginning'),
        ('knowledge', '0023_topics_gain'),
    ]

    operations = [
        DropKeyIndex(
            model_name='agreedform',
            name='agreement',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='agreed_forms', to='knowledge.knowledgeagreement'),
        ),
        DropKeyIndex(
            model_name='coveragesnapshot',
            name='engagement',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='snapshots', to='engagements.engagement'),
        ),
        DropKeyIndex(
            model_name='deliverable',
            name='engagement',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='deliverables', to='engagements.engagement'),
        ),
        DropKeyIndex(
            model_name='deliverableversion',
            name='deliverable',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='knowledge.deliverable'),
        ),
        DropKeyIndex(
            model_name='keptpromise',
            name='engagement',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='kept_promises', to='engagements.engagement'),
        ),
        DropKeyIndex(
            model_name='knowledgeagreement',
            name='engagement',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='agreements', to='engagements.engagement'),
        ),
        DropKeyIndex(
            model_name='ledgerentry',
            name='engagement',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='ledger', to='engagements.engagement'),
        ),
        DropKeyIndex(
            model_name='topic',
            name='engagement',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='topics', to='engagements.engagement'),
        ),
        DropKeyIndex(
            model_name='topichandover',
            name='topic',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='handovers', to='knowledge.topic'),
        ),
        DropKeyIndex(
            model_name='transferform',
            name='policy',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='forms', to='knowledge.transferpolicy'),
        ),
        DropKeyIndex(
            model_name='usefulnesscheck',
            name='receiver',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='usefulness', to='knowledge.receiver'),
        ),
    ]
