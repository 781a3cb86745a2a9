"""`manage.py add_facility SLUG NAME`: the first row a new catalogue needs."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from catalogue.models import EmbargoPolicy, Facility, FacilityKind


class Command(BaseCommand):
    help = (
        "Adds a facility with an embargo policy. All of it can be changed in the admin afterwards; "
        "proposals keep the policy they were made under."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="short name in addresses and OAI sets, for ever")
        parser.add_argument("name")
        parser.add_argument("--kind", choices=list(FacilityKind), default=FacilityKind.SYNCHROTRON)
        parser.add_argument("--time-zone", default="UTC", help="IANA name, e.g. Europe/Paris")
        parser.add_argument("--embargo-months", type=int, default=36)
        parser.add_argument("--doi-prefix", default="10.5072")

    def handle(self, *args: Any, **options: Any) -> None:
        facility = Facility(
            slug=options["slug"],
            name=options["name"],
            kind=options["kind"],
            time_zone=options["time_zone"],
            publisher_name=options["name"],
            doi_prefix=options["doi_prefix"],
        )
        try:
            facility.full_clean()
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        with transaction.atomic():
            facility.save()
            facility.default_embargo_policy = EmbargoPolicy.objects.create(
                facility=facility, name="standard", duration_months=options["embargo_months"]
            )
            facility.save()
        self.stdout.write(f"Added {facility.name}: ingest with --facility {facility.slug}")
