from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0012_doi_outbox'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='datapublication',
            name='publication_unsynchronised',
        ),
        migrations.RemoveField(
            model_name='datapublication',
            name='doi_error',
        ),
        migrations.RemoveField(
            model_name='datapublication',
            name='doi_synchronised',
        ),
    ]
