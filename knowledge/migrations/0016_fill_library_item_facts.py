from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

BATCH = 5000
FILL = """
    UPDATE knowledge_libraryitem item
       SET engagement_id = deliverable.engagement_id, form_id = deliverable.form_id
      FROM knowledge_deliverable deliverable
     WHERE deliverable.id = item.deliverable_id
       AND item.id IN (SELECT id FROM knowledge_libraryitem WHERE form_id IS NULL LIMIT %s)
"""


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Write down where each item was handed over and in which form, some thousands at a time."""
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(FILL, [BATCH])
            if cursor.rowcount < BATCH:
                return


class Migration(migrations.Migration):

    dependencies = [('knowledge', '0015_library_item_facts')]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
