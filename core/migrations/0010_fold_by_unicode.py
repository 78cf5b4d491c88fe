from django.db import migrations

# PostgreSQL 17 has the rules of Unicode built in; before, ICU has them.
CREATE = """
DO $$ BEGIN
    IF current_setting('server_version_num')::integer >= 170000 THEN
        CREATE COLLATION kb_unicode (provider = builtin, locale = 'C.UTF-8');
    ELSE
        CREATE COLLATION kb_unicode (provider = icu, locale = 'und');
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    """Name the rules by which texts are compared whatever their case, the same on every host."""

    dependencies = [("core", "0009_indexes_for_pages")]
    operations = [migrations.RunSQL(CREATE, "DROP COLLATION kb_unicode;")]
