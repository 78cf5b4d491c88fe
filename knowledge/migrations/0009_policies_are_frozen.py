from django.db import migrations

from core.triggers import append_only, drop_append_only

FREEZE = """
CREATE FUNCTION knowledge_policies_are_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (to_jsonb(OLD) - 'is_default' - 'is_current')
        IS DISTINCT FROM (to_jsonb(NEW) - 'is_default' - 'is_current')
    THEN
        RAISE EXCEPTION 'versions of a points policy are frozen: % refused', TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER knowledge_policies_are_frozen
    BEFORE UPDATE OR DELETE ON knowledge_transferpolicy
    FOR EACH ROW EXECUTE FUNCTION knowledge_policies_are_frozen();

CREATE FUNCTION knowledge_policies_in_use_gain_no_form() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM knowledge_knowledgeagreement WHERE policy_id = NEW.policy_id
    UNION ALL
    SELECT 1 FROM knowledge_deliverable d JOIN knowledge_transferform f ON f.id = d.form_id
    WHERE f.policy_id = NEW.policy_id
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'versions of a points policy are frozen: a form more refused'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER knowledge_policies_in_use_gain_no_form
    BEFORE INSERT ON knowledge_transferform
    FOR EACH ROW EXECUTE FUNCTION knowledge_policies_in_use_gain_no_form();
"""
THAW = """
DROP FUNCTION knowledge_policies_are_frozen() CASCADE;
DROP FUNCTION knowledge_policies_in_use_gain_no_form() CASCADE;
"""


class Migration(migrations.Migration):
    """A version of a policy never changes, nor do its forms: a change is a new version."""

    dependencies = [("knowledge", "0008_policy_versions")]
    operations = [
        migrations.RunSQL(append_only("knowledge_transferform"), drop_append_only("knowledge_transferform")),
        migrations.RunSQL(FREEZE, THAW),
    ]
