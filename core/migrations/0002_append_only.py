from django.db import migrations

from core.triggers import append_only, drop_append_only


class Migration(migrations.Migration):
    """Refuse UPDATE, DELETE and TRUNCATE of the history in the database itself."""

    dependencies = [("core", "0001_initial")]
    operations = [
        migrations.RunSQL(append_only("core_auditevent"), drop_append_only("core_auditevent")),
    ]
