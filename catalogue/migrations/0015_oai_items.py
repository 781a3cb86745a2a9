"""Makes the tables that harvesters read: items, records, sets, memberships."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0014_dataset_words'),
    ]

    operations = [
        # So that it can be taken away, and its removal undone, with rows there.
        migrations.AlterField(
            model_name='publishedrecord',
            name='oai_identifier',
            field=models.CharField(max_length=300, null=True, unique=True),
        ),
        migrations.CreateModel(
            name='OaiItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('identifier', models.CharField(max_length=300, unique=True)),
                ('datestamp', models.DateTimeField(help_text='Last change in any format, whole seconds, UTC.')),
                ('is_deleted', models.BooleanField(default=False)),
                ('sets', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=300), default=list, help_text='The most specific setSpecs.', size=None)),
                ('header', models.TextField(help_text='The finished header element.')),
            ],
            options={
                'verbose_name': 'OAI item',
                'ordering': ['datestamp', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='OaiMembership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('datestamp', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'OAI set membership',
            },
        ),
        migrations.CreateModel(
            name='OaiRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('prefix', models.CharField(help_text='metadataPrefix', max_length=50)),
                ('datestamp', models.DateTimeField()),
                ('xml', models.TextField()),
            ],
            options={
                'verbose_name': 'OAI record',
            },
        ),
        migrations.CreateModel(
            name='OaiSet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('spec', models.CharField(max_length=300, unique=True)),
            ],
            options={
                'verbose_name': 'OAI set',
                'ordering': ['spec'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='publishedrecord',
            name='deleted_record_has_no_documents',
        ),
        migrations.RemoveConstraint(
            model_name='publishedrecord',
            name='live_record_has_its_documents',
        ),
        migrations.AddField(
            model_name='oaiitem',
            name='publication',
            field=models.OneToOneField(blank=True, help_text='Empty for what was harvested from elsewhere.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='oai_item', to='catalogue.datapublication'),
        ),
        migrations.AddField(
            model_name='oaimembership',
            name='item',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='catalogue.oaiitem'),
        ),
        migrations.AddField(
            model_name='oairecord',
            name='item',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='records', to='catalogue.oaiitem'),
        ),
        migrations.AddField(
            model_name='oaimembership',
            name='set',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='catalogue.oaiset'),
        ),
        migrations.AddIndex(
            model_name='oaiitem',
            index=models.Index(fields=['datestamp', 'id'], name='oai_item_datestamp'),
        ),
        migrations.AddIndex(
            model_name='oairecord',
            index=models.Index(fields=['prefix', 'datestamp', 'item'], name='oai_record_harvest'),
        ),
        migrations.AddConstraint(
            model_name='oairecord',
            constraint=models.UniqueConstraint(fields=('item', 'prefix'), name='oai_record_is_unique'),
        ),
        migrations.AddIndex(
            model_name='oaimembership',
            index=models.Index(fields=['set', 'datestamp', 'item'], name='oai_membership_harvest'),
        ),
        migrations.AddConstraint(
            model_name='oaimembership',
            constraint=models.UniqueConstraint(fields=('item', 'set'), name='oai_membership_is_unique'),
        ),
    ]
