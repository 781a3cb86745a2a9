"""The database itself refuses to change the ledger, and policies that proposals came under."""

from django.db import migrations

LEDGER = """
CREATE FUNCTION catalogue_refuse_to_change_the_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger of releases is append-only: % is refused', TG_OP
        USING ERRCODE = 'restrict_violation',
              HINT = 'What was wrong is put right by a new event.';
END $$;
CREATE TRIGGER release_event_is_never_changed
    BEFORE UPDATE OR DELETE ON catalogue_releaseevent
    FOR EACH ROW EXECUTE FUNCTION catalogue_refuse_to_change_the_ledger();
CREATE TRIGGER release_event_is_never_truncated
    BEFORE TRUNCATE ON catalogue_releaseevent
    FOR EACH STATEMENT EXECUTE FUNCTION catalogue_refuse_to_change_the_ledger();
"""
NO_LEDGER = """
DROP TRIGGER release_event_is_never_truncated ON catalogue_releaseevent;
DROP TRIGGER release_event_is_never_changed ON catalogue_releaseevent;
DROP FUNCTION catalogue_refuse_to_change_the_ledger();
"""
POLICY = """
CREATE FUNCTION catalogue_refuse_to_change_a_policy_in_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - 'modified_at' IS DISTINCT FROM to_jsonb(OLD) - 'modified_at'
       AND EXISTS (SELECT FROM catalogue_proposal WHERE embargo_policy_id = OLD.id) THEN
        RAISE EXCEPTION 'embargo policy % is in use: proposals were accepted under it', OLD.id
            USING ERRCODE = 'restrict_violation',
                  HINT = 'Make a new version for the proposals to come.';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER policy_in_use_is_frozen
    BEFORE UPDATE ON catalogue_embargopolicy
    FOR EACH ROW EXECUTE FUNCTION catalogue_refuse_to_change_a_policy_in_use();
"""
NO_POLICY = """
DROP TRIGGER policy_in_use_is_frozen ON catalogue_embargopolicy;
DROP FUNCTION catalogue_refuse_to_change_a_policy_in_use();
"""

class Migration(migrations.Migration):
    dependencies = [("catalogue", "0019_policies_and_ledger")]
    operations = [
        migrations.RunSQL(LEDGER, NO_LEDGER),
        migrations.RunSQL(POLICY, NO_POLICY),
    ]
