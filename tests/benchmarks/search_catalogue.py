"""A catalogue to measure the search API with, written by the database itself.

Ten parameters (one in ten of them a range) and three files a dataset, twenty datasets and one
document with three members an investigation, one investigation in ten under embargo.
"""

from datetime import UTC, date, datetime
from typing import Any

from django.db import connection

from catalogue.models import Investigation, Sample
from catalogue.policy.embargo import ReleaseState
from tests.factories import make_facility, make_instrument, make_policy, make_proposal

PER_INVESTIGATION = 20
INSTRUMENTS = 10
OPEN: dict[str, Any] = {
    "release_state": ReleaseState.OPEN,
    "release_date": date(2022, 5, 1),
    "released_at": datetime(2022, 5, 1, tzinfo=UTC),
}
CLOSED: dict[str, Any] = {
    "release_state": ReleaseState.UNDER_EMBARGO,
    "release_date": date(2999, 1, 1),
}

MATERIALS = (
    "(ARRAY['Copper powder', 'Lipid bilayer', 'Fossil bone scan', 'Silica glass', 'Lysozyme', "
    "'Perovskite film', 'Zeolite', 'Steel weld'])"
)
# The triggers would work out the words of a dataset once for each table that is filled.
TABLES = ("dataset", "dataset_techniques", "datasetparameter")
FILL = (
    f"""
    INSERT INTO catalogue_dataset (uid, pid, investigation_id, instrument_id, sample_id, name,
        title, kind, description, definition, run_number, program, start, default_plot, sources,
        named_visit, file_count, size_bytes, created_at, modified_at)
    SELECT gen_random_uuid(), '', i.id, i.instrument_id, s.id, 'run-' || n,
        {MATERIALS}[1 + n %% 8] || ' run ' || n,
        'raw', '', '', '', '', '2019-05-01'::timestamptz + n * interval '7 minutes', '', '{{}}', '',
        3, n * 1000, now(), now()
    FROM generate_series(1, %(datasets)s) n
    JOIN (SELECT *, row_number() OVER (ORDER BY id) AS place FROM catalogue_investigation) i
        ON i.place = 1 + n / %(size)s %% %(investigations)s
    JOIN catalogue_sample s ON s.investigation_id = i.id
    """,
    """
    INSERT INTO catalogue_dataset_techniques (dataset_id, technique_id)
    SELECT d.id, t.id FROM catalogue_dataset d JOIN catalogue_technique t
        ON t.code = (ARRAY['PaNET01188', 'PaNET01189', 'PaNET01207', 'PaNET01101', 'PaNET01196',
            'PaNET01182', 'PaNET01239', 'PaNET01212'])[1 + d.id %% 8]
    """,
    """
    INSERT INTO catalogue_parametertype (name, label, si_unit)
    SELECT 'parameter_' || n, 'parameter', 'meter' FROM generate_series(1, 8) n
    UNION ALL VALUES ('sample_temperature', 'Temperature', 'kelvin'),
        ('sample_chemical_formula', 'Formula', '')
    """,
    """
    INSERT INTO catalogue_datasetparameter (dataset_id, type_id, number, si_value, number_min,
        number_max, si_min, si_max, unit, text, source)
    SELECT d.id, t.id, x, x, x - y, x + y, x - y, x + y,
        CASE t.si_unit WHEN 'kelvin' THEN 'K' WHEN 'meter' THEN 'm' ELSE '' END,
        CASE WHEN t.si_unit = '' THEN 'CuO' ELSE '' END, ''
    FROM catalogue_dataset d CROSS JOIN catalogue_parametertype t
    CROSS JOIN LATERAL (SELECT
        CASE WHEN t.si_unit <> '' THEN 1 + (d.id * 7919 %% 100000) / 100.0 END AS x,
        CASE WHEN t.si_unit <> '' AND (d.id + t.id) %% 10 = 0 THEN 0.5 END AS y) number
    """,
    """
    INSERT INTO catalogue_datafile (dataset_id, path, public_path, name, size_bytes, modified,
        sha256)
    SELECT d.id, '/data/' || d.id || '/' || n || '.nxs', '', 'run-' || d.id || '-' || n || '.nxs',
        1000, now(), '' FROM catalogue_dataset d CROSS JOIN generate_series(1, 3) n
    """,
    f"""
    INSERT INTO catalogue_datapublication (investigation_id, kind, doi, doi_state, doi_stamp,
        is_test_doi, title, abstract, licence, published_on, imported_document, version, was_open,
        is_reserved, withdrawal_reason, created_at, modified_at)
    SELECT id, 'experiment', '10.5072/document-' || id, 'findable', '', true,
        {MATERIALS}[1 + id %% 8] || ' in experiment ' || id, '', 'CC-BY-4.0', '2022-05-01', '{{}}',
        1, false, false, '', now(), now() FROM catalogue_investigation
    """,
    """
    INSERT INTO catalogue_publicationagent (publication_id, "order", name, given_name, family_name,
        orcid, is_organisation, affiliation, affiliation_ror, imported_id, imported_role,
        researcher_id, contributor_type, further_affiliations)
    SELECT p.id, n, 'Person ' || p.id * 3 + n, 'Person', p.id * 3 + n || '', '', false,
        'University ' || p.id %% 50, '', '', '', '', '', '[]'
    FROM catalogue_datapublication p CROSS JOIN generate_series(1, 3) n
    """,
    """
    INSERT INTO catalogue_publishedrecord (publication_id, datestamp, is_deleted, is_open, title,
        search_document, json_ld, search_vector)
    SELECT p.id, now(), false, i.release_state = 'open', p.title,
        jsonb_build_object('pid', p.doi, 'isPublic', true, 'type', 'publication', 'title', p.title,
            'summary', 'What was measured in experiment ' || p.investigation_id || ' and why.',
            'doi', p.doi, 'releaseDate', '2022-05-01T00:00:00.000Z', 'license', 'CC-BY-4.0',
            'keywords', jsonb_build_array('beam', 'sample ' || p.id %% 20)), '{}',
        setweight(to_tsvector('catalogue', p.title), 'A')
            || setweight(to_tsvector('catalogue', 'What was measured in experiment and why'), 'C')
    FROM catalogue_datapublication p JOIN catalogue_investigation i ON i.id = p.investigation_id
    """,
    """
    INSERT INTO catalogue_datasetwords (dataset_id, search_vector)
    SELECT d.id, catalogue_dataset_vector(d) FROM catalogue_dataset d
    """,
)


def fill(datasets: int) -> None:
    """Fills an empty catalogue with so many datasets."""
    facility = make_facility()
    instruments = [make_instrument(facility=facility) for _ in range(INSTRUMENTS)]
    proposal = make_proposal(embargo_policy=make_policy(facility=facility))
    investigations = Investigation.objects.bulk_create(
        Investigation(
            proposal=proposal,
            visit_number=number,
            instrument=instruments[number % INSTRUMENTS],
            title=f"Experiment {number}",
            **(CLOSED if number % 10 == 0 else OPEN),
        )
        for number in range(max(datasets // PER_INVESTIGATION, 1))
    )
    Sample.objects.bulk_create(
        Sample(investigation=row, name=f"sample of {row.title}", formula="CuO")
        for row in investigations
    )
    values = {
        "datasets": datasets,
        "investigations": len(investigations),
        "size": PER_INVESTIGATION,
    }
    with connection.cursor() as cursor:
        for what in ("DISABLE", "ENABLE"):
            if what == "ENABLE":
                for statement in FILL:
                    cursor.execute(statement, values)
            for table in TABLES:
                cursor.execute(f"ALTER TABLE catalogue_{table} {what} TRIGGER USER")
