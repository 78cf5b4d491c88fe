from django.db import migrations

FREEZE = """
CREATE FUNCTION offboarding_steps_in_use_are_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM 1 FROM offboarding_checklist WHERE version_id = OLD.version_id;
        IF FOUND THEN
            RAISE EXCEPTION 'steps of a procedure version in use are frozen: % refused', TG_OP
                USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM 1 FROM offboarding_checklist WHERE version_id = NEW.version_id;
        IF FOUND THEN
            RAISE EXCEPTION 'steps of a procedure version in use are frozen: % refused', TG_OP
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER offboarding_steps_in_use_are_frozen
    BEFORE INSERT OR UPDATE OR DELETE ON offboarding_procedurestep
    FOR EACH ROW EXECUTE FUNCTION offboarding_steps_in_use_are_frozen();
"""
THAW = "DROP FUNCTION offboarding_steps_in_use_are_frozen() CASCADE;"


class Migration(migrations.Migration):
    """A version of the procedure from which a checklist has run never changes again."""

    dependencies = [("offboarding", "0001_initial")]
    operations = [migrations.RunSQL(FREEZE, THAW)]
