"""Loads PaNET's terms, their parents and the closure of the hierarchy."""

from django.db import migrations

from catalogue.vocabulary.panet import closure, terms


def load(apps, schema_editor):
    Technique = apps.get_model("catalogue", "Technique")
    Closure = apps.get_model("catalogue", "TechniqueClosure")
    Parent = Technique.parents.through
    all_terms = terms()
    rows = Technique.objects.bulk_create(
        Technique(code=term.code, label=term.label, alt_labels=list(term.alt_labels))
        for term in all_terms.values()
    )
    ids = {row.code: row.pk for row in rows}
    Parent.objects.bulk_create(
        Parent(from_technique_id=ids[term.code], to_technique_id=ids[parent])
        for term in all_terms.values()
        for parent in term.parents
    )
    Closure.objects.bulk_create(
        Closure(ancestor_id=ids[ancestor], descendant_id=ids[descendant], depth=depth)
        for ancestor, descendant, depth in closure(all_terms)
    )


def unload(apps, schema_editor):
    apps.get_model("catalogue", "TechniqueClosure").objects.all().delete()
    apps.get_model("catalogue", "Technique").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0001_initial")]
    operations = [migrations.RunPython(load, unload)]
