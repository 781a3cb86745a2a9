"""Has the triggers that keep the words of datasets look up every row by its index.

A session keeps the plans of a trigger's statements. One made while a table was nearly empty would
read all of it, each time, however many rows the session itself adds.
"""

from django.db import migrations

# All but the one of a renamed sample or instrument, which has to look for its datasets.
FUNCTIONS = (
    "new_datasets",
    "changed_datasets",
    "added",
    "removed",
    "added_parameters",
    "removed_parameters",
    "changed_parameters",
)


def alter(how):
    return "; ".join(f"ALTER FUNCTION catalogue_words_of_{name}() {how}" for name in FUNCTIONS)


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0041_formats_that_an_item_has_lost'),
    ]

    operations = [
        migrations.RunSQL(alter("SET enable_seqscan = off"), alter("RESET enable_seqscan")),
    ]
