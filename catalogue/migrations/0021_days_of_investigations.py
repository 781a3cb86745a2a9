"""The days that policies count from, for the investigations that are stored already."""

from django.db import migrations

# Counted anew at each refresh; here for the investigations that no file reaches again.
DAYS = """
UPDATE catalogue_investigation AS investigation
SET last_file_on = found.last_file, last_data_on = found.last_data
FROM (
    SELECT dataset.investigation_id AS pk,
           (max(file.modified) AT TIME ZONE facility.time_zone)::date AS last_file,
           (max(greatest(dataset.start, dataset.end)) AT TIME ZONE facility.time_zone)::date
               AS last_data
    FROM catalogue_dataset dataset
    LEFT JOIN catalogue_datafile file ON file.dataset_id = dataset.id
    JOIN catalogue_investigation visit ON visit.id = dataset.investigation_id
    JOIN catalogue_proposal proposal ON proposal.id = visit.proposal_id
    JOIN catalogue_facility facility ON facility.id = proposal.facility_id
    GROUP BY dataset.investigation_id, facility.time_zone
) AS found
WHERE found.pk = investigation.id
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0020_ledger_and_policies_are_protected")]
    operations = [migrations.RunSQL(DAYS, migrations.RunSQL.noop)]
