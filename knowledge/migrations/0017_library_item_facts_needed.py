from django.db import migrations, models
import django.db.models.deletion


class Migration(migrations.Migration):

    dependencies = [
        ('engagements', '0003_successors'),
        ('knowledge', '0016_fill_library_item_facts'),
    ]

    operations = [
        migrations.AlterField(
            model_name='libraryitem',
            name='engagement',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='engagements.engagement'),
        ),
        migrations.AlterField(
            model_name='libraryitem',
            name='form',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='knowledge.transferform'),
        ),
        migrations.AddIndex(
            model_name='libraryitem',
            index=models.Index(condition=models.Q(('retired_at', None)), fields=['organisation', 'form'], name='library_item_by_form'),
        ),
    ]
