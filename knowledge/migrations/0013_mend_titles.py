import core.fields
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('knowledge', '0012_usefulness'),
    ]

    operations = [
        core.fields.mend_lines('knowledge_topic', 'title'),
        core.fields.mend_lines('knowledge_libraryitem', 'credit'),
    ]
