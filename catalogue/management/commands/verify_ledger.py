"""`manage.py verify_ledger`: recomputes the chain of the ledger, and says where it breaks."""

import re
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalogue.models import ReleaseEvent
from catalogue.publication.ledger import faults, strays


class Command(BaseCommand):
    help = (
        "Checks every line of the ledger against its hash and the line before, and every "
        "investigation against the ledger's last word on it. Keep the head that it prints "
        "somewhere else: with --head, a later run finds out whether the end was cut off."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--head", metavar="NUMBER:HASH", help="a head printed by an earlier run"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        rows = ReleaseEvent.objects.order_by("number")
        found = [*faults(rows.iterator(chunk_size=2000)), *strays()]
        for fault in found:
            self.stderr.write(f"line {fault.number}: {fault.sentence}")
        if options["head"]:
            _require(options["head"])
        if found:
            raise CommandError(f"{len(found)} faults in the ledger; each is named above.")
        last = rows.last()
        head = f"{last.number}:{last.hash}" if last else "none"
        self.stdout.write(f"{rows.count():,} lines, all as they were written. Head: {head}")


def _require(head: str) -> None:
    parts = re.fullmatch(r"(\d{1,18}):([0-9a-f]{64})", head)
    if parts is None:
        raise CommandError(f"--head {head}: write NUMBER:HASH as an earlier run printed it.")
    if not ReleaseEvent.objects.filter(number=int(parts[1]), hash=parts[2]).exists():
        raise CommandError(
            f"line {parts[1]} with the hash {parts[2]} is not in the ledger any more."
        )
