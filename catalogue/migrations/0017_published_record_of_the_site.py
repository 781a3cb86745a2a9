"""Takes from PublishedRecord what is in the tables of OAI-PMH now."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0016_copy_oai_items'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='publishedrecord',
            name='oai_datacite',
        ),
        migrations.RemoveField(
            model_name='publishedrecord',
            name='oai_dc',
        ),
        migrations.RemoveField(
            model_name='publishedrecord',
            name='oai_identifier',
        ),
        migrations.RemoveField(
            model_name='publishedrecord',
            name='sets',
        ),
        migrations.AddConstraint(
            model_name='publishedrecord',
            constraint=models.CheckConstraint(condition=models.Q(('is_deleted', False), models.Q(('is_open', False), ('json_ld', {}), ('search_document', {}), ('title', '')), _connector='OR'), name='deleted_record_has_no_documents'),
        ),
        migrations.DeleteModel(
            name='PublishedRecordSet',
        ),
    ]
