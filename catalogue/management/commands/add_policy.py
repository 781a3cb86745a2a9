"""`manage.py add_policy FACILITY PRESET`: starts a facility's policy from a real one."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from catalogue.models import EmbargoPolicy, Facility
from catalogue.policy.presets import PRESETS


class Command(BaseCommand):
    help = (
        "Adds an embargo policy with the terms of a published one, or with --list shows them. "
        "Change it in the admin before a proposal comes under it; afterwards it is frozen."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("facility", nargs="?", help="the slug of a facility")
        parser.add_argument("preset", nargs="?", help=f"one of {', '.join(PRESETS)}")
        parser.add_argument("--default", action="store_true", help="for the proposals to come")
        parser.add_argument("--list", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            self._list()
            return
        preset = PRESETS.get(options["preset"] or "")
        facility = Facility.objects.filter(slug=options["facility"] or "").first()
        if preset is None or facility is None:
            raise CommandError(
                f"Name a facility's slug and one of {', '.join(PRESETS)}; --list tells of each."
            )
        policy = EmbargoPolicy(facility=facility, **preset.values())
        try:
            policy.full_clean()
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        with transaction.atomic():
            policy.save()
            if options["default"]:
                facility.default_embargo_policy = policy
                facility.save(update_fields=["default_embargo_policy", "modified_at"])
        self.stdout.write(f"Added {policy}.")

    def _list(self) -> None:
        for key, preset in PRESETS.items():
            self.stdout.write(f"{key}: {preset.name}\n    {preset.source}")
