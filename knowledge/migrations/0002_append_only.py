from django.db import migrations

from core.triggers import append_only, drop_append_only


class Migration(migrations.Migration):
    """Refuse UPDATE, DELETE and TRUNCATE in the database itself."""

    dependencies = [("knowledge", "0001_initial")]
    operations = [
        migrations.RunSQL(append_only("knowledge_ledgerentry"), drop_append_only("knowledge_ledgerentry")),
    ]
