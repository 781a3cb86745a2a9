"""The log of reads is written once: no UPDATE and no DELETE, by whoever, gets through."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION catalogue_dataread_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'catalogue_dataread is append-only: % is refused', TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER dataread_is_append_only BEFORE UPDATE OR DELETE ON catalogue_dataread
    FOR EACH STATEMENT EXECUTE FUNCTION catalogue_dataread_refuse_change();
"""
ALLOW = """
DROP TRIGGER dataread_is_append_only ON catalogue_dataread;
DROP FUNCTION catalogue_dataread_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0010_mail")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
