"""`manage.py ingest_watch`: follows the inboxes for as long as it runs."""

import logging
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connections

from catalogue.garbage import spare_what_is_loaded
from catalogue.models import Facility
from ingest.queues.watch import Round, follow

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Follows the inboxes: sends new, changed and due files to the queue of their facility, or "
        "without a broker ingests them here. Stop it at any moment; it loses nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="look once, then end")
        parser.add_argument(
            "--interval", type=float, default=30.0, metavar="S", help="seconds between two looks"
        )
        parser.add_argument("--facility", default="", help="slug; follow its inboxes alone")

    def handle(self, *args: Any, **options: Any) -> None:
        facility = _facility(options["facility"])
        if options["once"]:
            self._tell(follow(facility=facility))
            return
        spare_what_is_loaded()
        while True:
            began = time.monotonic()
            try:
                follow(facility=facility)
            except Error:
                # The database is away: whoever runs this should not have to start it again.
                logger.exception("a round was given up; the next one tries again")
                connections.close_all()
            except KeyboardInterrupt:
                return
            time.sleep(max(0.0, options["interval"] - (time.monotonic() - began)))

    def _tell(self, found: Round) -> None:
        self.stdout.write(f"{found.seen:7} files seen")
        self.stdout.write(f"{found.sent:7} new or changed, sent")
        self.stdout.write(f"{found.due:7} sent again, because their time has come")
        if found.errors:
            raise CommandError("\n".join(found.errors))


def _facility(slug: str) -> Facility | None:
    if not slug:
        return None
    try:
        return Facility.objects.get(slug=slug)
    except Facility.DoesNotExist:
        known = ", ".join(Facility.objects.order_by("slug").values_list("slug", flat=True))
        raise CommandError(f"facility {slug!r} is not in the catalogue; known: {known}.") from None
