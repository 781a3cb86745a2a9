"""Terms that a release was counted from stay; versions of a policy get days of their own."""

from django.db import migrations

# Each version that did not say from when on it holds, beside the first, holds since it was entered.
# Those in use are frozen by a trigger, which this once has to step aside.
DAYS = """
ALTER TABLE catalogue_embargopolicy DISABLE TRIGGER policy_in_use_is_frozen;
UPDATE catalogue_embargopolicy AS later
SET effective_from = (later.created_at AT TIME ZONE 'UTC')::date
WHERE later.effective_from IS NULL AND EXISTS (
    SELECT FROM catalogue_embargopolicy AS first
    WHERE first.facility_id = later.facility_id AND first.name = later.name
      AND first.effective_from IS NULL AND first.id < later.id
);
ALTER TABLE catalogue_embargopolicy ENABLE TRIGGER policy_in_use_is_frozen;
"""
FROZEN = """
CREATE FUNCTION catalogue_refuse_to_change_accepted_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.accepted_on IS NOT NULL AND OLD.embargo_policy_id IS NOT NULL
       AND (NEW.accepted_on, NEW.embargo_policy_id)
           IS DISTINCT FROM (OLD.accepted_on, OLD.embargo_policy_id)
       AND EXISTS (
           SELECT FROM catalogue_releaseevent event
           JOIN catalogue_investigation visit ON visit.id = event.investigation_id
           WHERE visit.proposal_id = OLD.id
       ) THEN
        RAISE EXCEPTION 'proposal % was accepted on % under embargo policy %, which stay',
            OLD.code, OLD.accepted_on, OLD.embargo_policy_id
            USING ERRCODE = 'restrict_violation',
                  HINT = 'Extend, hold, waive or set the release date of its investigations.';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER accepted_terms_are_frozen
    BEFORE UPDATE ON catalogue_proposal
    FOR EACH ROW EXECUTE FUNCTION catalogue_refuse_to_change_accepted_terms();
"""
NOT_FROZEN = """
DROP TRIGGER accepted_terms_are_frozen ON catalogue_proposal;
DROP FUNCTION catalogue_refuse_to_change_accepted_terms();
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0026_automatic_dois")]
    operations = [
        migrations.RunSQL(DAYS, migrations.RunSQL.noop),
        migrations.RunSQL(FROZEN, NOT_FROZEN),
    ]
