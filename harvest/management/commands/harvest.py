"""`manage.py harvest [SOURCE…]`: harvests sources to their end, and says what came."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from harvest.models import HarvestRun, HarvestSource, RunState
from harvest.oaipmh.harvester.defects import MEANINGS, Defect
from harvest.oaipmh.harvester.harvest import Options, harvest
from harvest.oaipmh.harvester.locks import BusyError
from harvest.oaipmh.harvester.settling import settle, unsettled_sources


class Command(BaseCommand):
    help = (
        "Harvests OAI-PMH sources, all enabled ones or those named. What was interrupted goes on "
        "from its place. Exit code 1 says that a source was not harvested to its end."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("sources", nargs="*", metavar="SOURCE", help="name or number")
        parser.add_argument(
            "--full", action="store_true", help="everything anew, not only what has changed"
        )

    def handle(self, *args: Any, sources: list[str], full: bool, **options: Any) -> None:
        chosen = [_source(text) for text in sources] or list(
            HarvestSource.objects.filter(is_active=True).order_by("name")
        )
        outcomes = [self._harvest(source, is_full=full) for source in chosen]
        if not sources:
            outcomes += [self._settle(pk) for pk in unsettled_sources()]
        if not all(outcomes):
            sys.exit(1)

    def _settle(self, pk: int) -> bool:
        """Carries out what was chosen for a source, or goes on with its deletion."""
        try:
            return settle(HarvestSource.objects.get(pk=pk))
        except BusyError as error:
            self.stderr.write(str(error))
            return False

    def _harvest(self, source: HarvestSource, *, is_full: bool) -> bool:
        """Harvests one source and tells about it; returns whether it came to its end."""
        with tqdm(desc=source.name, unit=" records", disable=None) as bar:

            def report(run: HarvestRun) -> None:
                bar.update(run.listed - bar.n)

            try:
                run = harvest(source, Options(is_full=is_full, report=report))
            except BusyError as error:
                self.stderr.write(str(error))
                return False
        self.stdout.write(_summary(run))
        for warning in run.warnings.all():
            meaning = MEANINGS[Defect(warning.defect)]
            self.stdout.write(f"  {warning.times} × {meaning} {_first(warning.examples)}")
        if run.state != RunState.FINISHED:
            self.stderr.write(f"{source}: {run.error}")
        return run.state == RunState.FINISHED


def _source(text: str) -> HarvestSource:
    """Returns the source of a name or number.

    Raises:
        CommandError: there is none.
    """
    by = {"pk": int(text)} if text.isascii() and text.isdigit() and len(text) < 19 else {}
    kept = HarvestSource.objects.filter(is_leaving=False)
    found = kept.filter(name=text).first() or (kept.filter(**by).first() if by else None)
    if found is None:
        known = ", ".join(kept.values_list("name", flat=True)) or "none"
        raise CommandError(f"There is no source {text!r}; there are: {known}.")
    return found


def _summary(run: HarvestRun) -> str:
    numbers = {"listed": run.listed, **run.numbers()}
    told = (f"{number:,} {name}" for name, number in numbers.items())
    return f"{run.source}: {run.state}; {', '.join(told)}"


def _first(examples: list[dict[str, Any]]) -> str:
    first = examples[0]
    record = f" {first['identifier']}" if first["identifier"] else ""
    return f"On page {first['page']}{record}: {first['message']}"
