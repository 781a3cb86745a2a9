"""Lets the next sweep write again what a policy tells of from some day on, and find its next one."""

from django.db import migrations

DAYS = """
UPDATE catalogue_publishedrecord AS record
SET says_more_on = CURRENT_DATE
FROM catalogue_datapublication AS publication
JOIN catalogue_investigation AS visit ON visit.id = publication.investigation_id
JOIN catalogue_proposal AS proposal ON proposal.id = visit.proposal_id
JOIN catalogue_embargopolicy AS policy ON policy.id = proposal.embargo_policy_id
WHERE publication.id = record.publication_id AND NOT record.is_open AND NOT record.is_deleted
  AND policy.field_moments::text LIKE '%end_of_experiment%'
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0031_records_say_more")]
    operations = [migrations.RunSQL(DAYS, migrations.RunSQL.noop)]
