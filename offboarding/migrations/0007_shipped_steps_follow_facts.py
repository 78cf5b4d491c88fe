from django.db import migrations

# Steps of a version in use are frozen; what they say stays the same, so that they thaw for this.
# There was no editor of procedures so far: these codes are those of the procedure we ship. Whether
# something happened before is left to people: a tick without an event in the history is none.
LINK = """
ALTER TABLE offboarding_procedurestep DISABLE TRIGGER offboarding_steps_in_use_are_frozen;
UPDATE offboarding_procedurestep SET done_once = 'agreed' WHERE code = 'ON08';
UPDATE offboarding_procedurestep SET done_once = 'handed_in' WHERE code = 'OF06';
UPDATE offboarding_procedurestep SET done_once = 'accepted' WHERE code = 'OF10';
ALTER TABLE offboarding_procedurestep ENABLE TRIGGER offboarding_steps_in_use_are_frozen;
UPDATE offboarding_checklistitem SET done_once = 'agreed' WHERE code = 'ON08';
UPDATE offboarding_checklistitem SET done_once = 'handed_in' WHERE code = 'OF06';
UPDATE offboarding_checklistitem SET done_once = 'accepted' WHERE code = 'OF10';
"""


class Migration(migrations.Migration):
    """Lists that run already follow what happens, as new ones do."""

    dependencies = [("offboarding", "0006_steps_follow_facts")]
    operations = [migrations.RunSQL(LINK, migrations.RunSQL.noop)]
