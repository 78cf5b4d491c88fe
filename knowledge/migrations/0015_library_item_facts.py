from django.db import migrations, models
import django.db.models.deletion


class Migration(migrations.Migration):

    dependencies = [
        ('engagements', '0003_successors'),
        ('knowledge', '0014_titles_on_one_line'),
    ]

    operations = [
        migrations.AddField(
            model_name='libraryitem',
            name='engagement',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='engagements.engagement'),
        ),
        migrations.AddField(
            model_name='libraryitem',
            name='form',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='knowledge.transferform'),
        ),
        migrations.AddIndex(
            model_name='deliverable',
            index=models.Index(condition=models.Q(('check_on__isnull', False)), fields=['check_on'], name='deliverable_to_check'),
        ),
    ]
