"""`manage.py ingest_worker`: a Celery worker that knows the facilities' queues."""

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from catalogue.celery import app
from catalogue.models import Facility
from ingest.queues.topology import queue_of


class Command(BaseCommand):
    help = (
        "Works on the default queue and on that of every facility there is now; with --facility, "
        "as on a machine at the beamline, on the queues named and on nothing else."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--facility", action="append", default=[], metavar="SLUG", help="may be repeated"
        )
        parser.add_argument(
            "--concurrency",
            type=int,
            default=settings.INGEST_WORKERS,
            help="messages worked on at once",
        )
        parser.add_argument("--log-level", default="INFO")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.CELERY_TASK_ALWAYS_EAGER:
            raise CommandError(
                "Without a broker there is nothing to work on: set CATALOGUE_BROKER_URL, or let "
                "'manage.py ingest_watch' ingest in process."
            )
        queues = [queue_of(slug) for slug in _slugs(options["facility"])]
        for queue in queues:
            app.amqp.queues.add(queue)
        names = [queue.name for queue in queues]
        if not options["facility"]:
            names.append(app.conf.task_default_queue)
        # The pool is forked: a connection to the database must not be shared with it.
        connections.close_all()
        app.worker_main(
            [
                "worker",
                # Several on one machine are told apart.
                f"--hostname=ingest-{os.getpid()}@%h",
                f"--queues={','.join(names)}",
                f"--concurrency={options['concurrency']}",
                f"--loglevel={options['log_level']}",
            ]
        )


def _slugs(asked: list[str]) -> list[str]:
    known = list(Facility.objects.order_by("slug").values_list("slug", flat=True))
    unknown = sorted(set(asked).difference(known))
    if unknown:
        raise CommandError(
            f"facility {unknown[0]!r} is not in the catalogue; known: {', '.join(known)}."
        )
    return asked or known
