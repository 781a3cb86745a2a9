"""`manage.py validate_nexus`: files of the catalogue against the NeXus definitions."""

import sys
from argparse import ArgumentParser
from collections import Counter
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from catalogue.models import Facility, Instrument
from ingest.sandbox.process import SandboxError
from ingest.validation.reports import files_of, not_yet_validated, validate_datafiles
from ingest.validation.result import ValidationState


class Command(BaseCommand):
    help = (
        "Checks files against the NeXus base classes and their application definition "
        "(nexusformat, in a process of its own). What was checked and has not changed is passed "
        "over. The findings are in the admin, with the dataset."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--facility", default="", help="slug")
        parser.add_argument("--instrument", default="", help="slug")
        parser.add_argument("--dataset", default="", help="the dataset's uid")
        parser.add_argument("--limit", type=int, help="validate no more than this many")
        parser.add_argument("--again", action="store_true", help="also what is up to date")

    def handle(self, *args: Any, **options: Any) -> None:
        _check(options)
        named = {name: options[name] for name in ("facility", "instrument", "dataset")}
        files = files_of(**named)
        wanted = (files if options["again"] else not_yet_validated(files)).order_by("pk")
        ids = list(wanted.values_list("pk", flat=True)[: options["limit"]])
        states: Counter[str] = Counter()
        codes: Counter[str] = Counter()
        try:
            for report in tqdm(
                validate_datafiles(ids, now=timezone.now()),
                total=len(ids),
                unit=" files",
                file=sys.stderr,
                disable=not sys.stderr.isatty(),
            ):
                states[report.state] += 1
                codes[report.code] += bool(report.code)
        except SandboxError as error:
            raise CommandError(str(error)) from error
        for state in ValidationState:
            self.stdout.write(f"{states[state]:7} {state.replace('_', ' ')}")
        for code, count in codes.most_common():
            if count:
                self.stdout.write(f"{count:7} × {code}")


def _check(options: dict[str, Any]) -> None:
    """Raises CommandError where an option names nothing."""
    for model, name in ((Facility, "facility"), (Instrument, "instrument")):
        rows = model.objects.order_by("slug")
        if options[name] and not rows.filter(slug=options[name]).exists():
            known = ", ".join(rows.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"{name} {options[name]!r} is not in the catalogue; known: {known}.")
    try:
        UUID(options["dataset"] or "0" * 32)
    except ValueError:
        raise CommandError(
            f"{options['dataset']!r} is no dataset's uid; it stands in the address of its page."
        ) from None
    if options["limit"] is not None and options["limit"] < 1:
        raise CommandError(f"--limit {options['limit']} is less than 1; leave it out for all.")
