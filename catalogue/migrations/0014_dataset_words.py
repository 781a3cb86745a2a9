"""The text search configuration `catalogue`, and the words of each dataset, kept by triggers."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations, models
from django.db.models.functions import Coalesce, NullIf

CONFIGURATION = """
CREATE TEXT SEARCH CONFIGURATION catalogue (COPY = english);
ALTER TEXT SEARCH CONFIGURATION catalogue
    ALTER MAPPING FOR hword, hword_part, word WITH unaccent, english_stem;
"""

# Title, then what was measured and how, then descriptions, then values of parameters. Nothing of
# the investigation: a dataset can be open before that may be told of.
FUNCTIONS = """
CREATE FUNCTION catalogue_dataset_vector(d catalogue_dataset) RETURNS tsvector
LANGUAGE sql STABLE AS $$
    SELECT
        setweight(to_tsvector('catalogue', left(concat_ws(' ', d.title, d.name, d.pid), 4000)), 'A')
        || setweight(to_tsvector('catalogue', left(concat_ws(' ',
            (SELECT string_agg(concat_ws(' ', s.name, s.formula), ' ')
             FROM catalogue_sample s
             WHERE s.id = d.sample_id OR s.id IN (
                SELECT f.sample_id FROM catalogue_dataset_further_samples f
                WHERE f.dataset_id = d.id)),
            (SELECT string_agg(concat_ws(' ', t.label, array_to_string(t.alt_labels, ' '),
                                         p.label, array_to_string(p.alt_labels, ' ')), ' ')
             FROM catalogue_dataset_techniques dt JOIN catalogue_technique t ON t.id = dt.technique_id
             LEFT JOIN catalogue_technique p ON p.id = t.panet_term_id
             WHERE dt.dataset_id = d.id),
            (SELECT concat_ws(' ', i.name, i.long_name, f.name)
             FROM catalogue_instrument i JOIN catalogue_facility f ON f.id = i.facility_id
             WHERE i.id = d.instrument_id)), 20000)), 'B')
        || setweight(to_tsvector('catalogue', left(concat_ws(' ', d.description,
            (SELECT string_agg(s.description, ' ') FROM catalogue_sample s
             WHERE s.id = d.sample_id)), 20000)), 'C')
        || setweight(to_tsvector('catalogue', left(coalesce(
            (SELECT string_agg(p.text, ' ') FROM catalogue_datasetparameter p
             WHERE p.dataset_id = d.id AND p.text <> ''), ''), 20000)), 'D')
$$;

CREATE FUNCTION catalogue_refresh_dataset_words(ids bigint[]) RETURNS void
LANGUAGE sql AS $$
    UPDATE catalogue_datasetwords w SET search_vector = catalogue_dataset_vector(d)
    FROM catalogue_dataset d WHERE d.id = w.dataset_id AND d.id = ANY(ids)
$$;

CREATE FUNCTION catalogue_words_of_new_datasets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalogue_datasetwords (dataset_id, search_vector)
    SELECT d.id, catalogue_dataset_vector(d) FROM catalogue_dataset d JOIN after USING (id);
    RETURN NULL;
END $$;

CREATE FUNCTION catalogue_words_of_changed_datasets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM catalogue_refresh_dataset_words(array_agg(after.id))
    FROM after JOIN before USING (id)
    WHERE (after.title, after.name, after.pid, after.description, after.sample_id,
           after.instrument_id)
        IS DISTINCT FROM (before.title, before.name, before.pid, before.description,
           before.sample_id, before.instrument_id)
    HAVING count(*) > 0;
    RETURN NULL;
END $$;

-- Rows that belong to a dataset: its techniques, further samples and parameters.
CREATE FUNCTION catalogue_words_of_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM catalogue_refresh_dataset_words(array_agg(DISTINCT dataset_id)) FROM after
    HAVING count(*) > 0;
    RETURN NULL;
END $$;

CREATE FUNCTION catalogue_words_of_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM catalogue_refresh_dataset_words(array_agg(DISTINCT dataset_id)) FROM before
    HAVING count(*) > 0;
    RETURN NULL;
END $$;

-- A number has no words, and most parameters are numbers.
CREATE FUNCTION catalogue_words_of_added_parameters() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM catalogue_refresh_dataset_words(array_agg(DISTINCT dataset_id)) FROM after
    WHERE text <> '' HAVING count(*) > 0;
    RETURN NULL;
END $$;

CREATE FUNCTION catalogue_words_of_removed_parameters() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM catalogue_refresh_dataset_words(array_agg(DISTINCT dataset_id)) FROM before
    WHERE text <> '' HAVING count(*) > 0;
    RETURN NULL;
END $$;

CREATE FUNCTION catalogue_words_of_changed_parameters() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM catalogue_refresh_dataset_words(array_agg(DISTINCT after.dataset_id))
    FROM after JOIN before USING (id)
    WHERE after.text <> before.text HAVING count(*) > 0;
    RETURN NULL;
END $$;

-- Rows that many datasets share.
CREATE FUNCTION catalogue_words_of_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM catalogue_refresh_dataset_words(array_agg(d.id)) FROM catalogue_dataset d
    WHERE CASE TG_TABLE_NAME
        WHEN 'catalogue_sample' THEN d.sample_id = NEW.id OR d.id IN (
            SELECT dataset_id FROM catalogue_dataset_further_samples WHERE sample_id = NEW.id)
        WHEN 'catalogue_technique' THEN d.id IN (
            SELECT dataset_id FROM catalogue_dataset_techniques WHERE technique_id = NEW.id)
        WHEN 'catalogue_instrument' THEN d.instrument_id = NEW.id
        ELSE d.instrument_id IN (SELECT id FROM catalogue_instrument WHERE facility_id = NEW.id)
    END HAVING count(*) > 0;
    RETURN NULL;
END $$;
"""

OWNED = ("dataset_techniques", "dataset_further_samples")
RENAMED = {
    "sample": "name, formula, description",
    "technique": "label, alt_labels, panet_term_id",
    "instrument": "name, long_name",
    "facility": "name",
}
PARAMETERS = "catalogue_datasetparameter"
TRIGGERS = [
    ("catalogue_dataset", "INSERT", "new_datasets"),
    ("catalogue_dataset", "UPDATE", "changed_datasets"),
    *((f"catalogue_{table}", "INSERT", "added") for table in OWNED),
    *((f"catalogue_{table}", "DELETE", "removed") for table in OWNED),
    (PARAMETERS, "INSERT", "added_parameters"),
    (PARAMETERS, "DELETE", "removed_parameters"),
    (PARAMETERS, "UPDATE", "changed_parameters"),
]
TABLES = {
    "INSERT": "NEW TABLE AS after",
    "DELETE": "OLD TABLE AS before",
    "UPDATE": "OLD TABLE AS before NEW TABLE AS after",
}


def create_triggers():
    for table, event, function in TRIGGERS:
        yield (
            f"CREATE TRIGGER words_{event.lower()} AFTER {event} ON {table} "
            f"REFERENCING {TABLES[event]} FOR EACH STATEMENT "
            f"EXECUTE FUNCTION catalogue_words_of_{function}()"
        )
    for table, columns in RENAMED.items():
        old, new = (", ".join(f"{row}.{name}" for name in columns.split(", ")) for row in ("OLD", "NEW"))
        yield (
            f"CREATE TRIGGER words_renamed AFTER UPDATE OF {columns} ON catalogue_{table} "
            f"FOR EACH ROW WHEN (({old}) IS DISTINCT FROM ({new})) "
            f"EXECUTE FUNCTION catalogue_words_of_renamed()"
        )


def drop_triggers():
    for table, event, _function in TRIGGERS:
        yield f"DROP TRIGGER words_{event.lower()} ON {table}"
    for table in RENAMED:
        yield f"DROP TRIGGER words_renamed ON catalogue_{table}"


DROP_FUNCTIONS = """
DROP FUNCTION catalogue_words_of_renamed(), catalogue_words_of_changed_parameters(),
    catalogue_words_of_removed_parameters(), catalogue_words_of_added_parameters(),
    catalogue_words_of_removed(), catalogue_words_of_added(),
    catalogue_words_of_changed_datasets(), catalogue_words_of_new_datasets(),
    catalogue_refresh_dataset_words(bigint[]), catalogue_dataset_vector(catalogue_dataset);
"""

FILL = """
INSERT INTO catalogue_datasetwords (dataset_id, search_vector)
SELECT d.id, catalogue_dataset_vector(d) FROM catalogue_dataset d
"""
# Records are rendered with the new configuration from now on; those that are there are found by
# the title without its accents too.
ACCENTS = """
UPDATE catalogue_publishedrecord
SET search_vector = setweight(to_tsvector('catalogue', title), 'A') || search_vector
WHERE search_vector IS NOT NULL
"""


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0013_publication_without_doi_flags'),
    ]

    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        migrations.RunSQL(CONFIGURATION, "DROP TEXT SEARCH CONFIGURATION catalogue"),
        migrations.CreateModel(
            name='DatasetWords',
            fields=[
                ('dataset', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='words', serialize=False, to='catalogue.dataset')),
                ('search_vector', django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['search_vector'], name='dataset_words')],
            },
        ),
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        migrations.RunSQL("; ".join(create_triggers()), "; ".join(drop_triggers())),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(ACCENTS, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name='dataset',
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    Coalesce(NullIf('title', models.Value('')), 'name', output_field=models.TextField()),
                    name='gin_trgm_ops',
                ),
                name='dataset_title_trigrams',
            ),
        ),
        migrations.AddIndex(
            model_name='publishedrecord',
            index=django.contrib.postgres.indexes.GinIndex(fields=['title'], name='record_title_trigrams', opclasses=['gin_trgm_ops']),
        ),
    ]
