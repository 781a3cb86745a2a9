"""`manage.py publish CODE…`: gives investigations their DOI and public record."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from catalogue.models import Investigation
from catalogue.publication.automatic import publish_due
from catalogue.publication.publish import Act, CannotPublishError, publish_investigation
from catalogue.publication.registrar import Registrar, configured_registrar


class Command(BaseCommand):
    help = (
        "Publishes the investigations of proposals, or with --all every one that has datasets. The "
        "metadata show as the embargo policy allows; the data stay closed until their day. "
        "With --due: those whose moment has come, as each facility has set it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("proposals", nargs="*", metavar="PROPOSAL")
        parser.add_argument("--all", action="store_true")
        parser.add_argument("--due", action="store_true", help="safe to run at any time, by cron")

    def handle(self, *args: Any, **options: Any) -> None:
        act, registrar = Act(now=timezone.now()), configured_registrar()
        if options["due"]:
            self._publish_due(act, registrar)
            return
        rows = _chosen(options["proposals"], everything=options["all"])
        refused = self._publish(rows, act, registrar)
        if refused and not options["all"]:
            raise CommandError(f"{refused} could not be published.")

    def _publish(self, rows: Any, act: Act, registrar: Registrar) -> int:
        """Publishes, says what is refused, and returns how many were."""
        refused = 0
        for investigation in rows.select_related("proposal"):
            try:
                publication = publish_investigation(investigation.pk, act=act, registrar=registrar)
                self.stdout.write(f"{investigation}: {publication.doi}")
            except CannotPublishError as error:
                refused += 1
                self.stderr.write(str(error))
        return refused

    def _publish_due(self, act: Act, registrar: Registrar) -> None:
        given = publish_due(now=act.now, registrar=registrar)
        self.stdout.write(f"{given.published} published")
        if given.failed:
            raise CommandError("\n".join(given.failed))


def _chosen(proposals: list[str], *, everything: bool) -> Any:
    rows = Investigation.objects.filter(dataset_count__gt=0).order_by("pk")
    if everything:
        return rows
    found = rows.filter(proposal__code__in=proposals)
    missing = set(proposals) - set(found.values_list("proposal__code", flat=True))
    if missing or not proposals:
        raise CommandError(
            f"No investigation with datasets of proposal: "
            f"{', '.join(sorted(missing)) or '(none named)'}."
        )
    return found
