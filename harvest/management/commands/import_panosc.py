"""`manage.py import_panosc FILE|URL`: a whole catalogue moves in from a PaNOSC search API."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from catalogue import outbound
from catalogue.models import FacilityKind
from harvest.panosc_import.run import Import, Report
from harvest.panosc_import.shared_rows import SharedRows
from harvest.panosc_import.source import FileSource, RemoteSource, SourceError

MOST_SHOWN = 20


class Command(BaseCommand):
    help = (
        "Loads instruments, datasets and documents from the answers of a PaNOSC search API: a file "
        "of them, or a live one (SciCat, ICAT, another catalogue). What is not public there stays "
        "closed here. Run it again as often as you like."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "source",
            help="a JSON file {instruments, datasets, documents}, or the address before /Datasets",
        )
        parser.add_argument(
            "--facility", default="Imported", help="name or slug, for what names no facility itself"
        )
        parser.add_argument(
            "--kind",
            choices=list(FacilityKind),
            default=FacilityKind.SYNCHROTRON,
            help="of facilities that have to be made; change it in the admin",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            source = _source(options["source"])
            shared = SharedRows(options["facility"], kind=options["kind"])
            report = Import(source, shared, now=timezone.now(), watch=_progress).run()
        except SourceError as error:
            raise CommandError(f"{error}. What came before it is stored; run it again.") from error
        self._tell(report)
        if report.refused:
            raise CommandError(f"{len(report.refused)} items were not taken, see above.")

    def _tell(self, report: Report) -> None:
        for kind in ("instruments", "datasets", "documents"):
            self.stdout.write(f"{report.stored[kind]:7} {kind}")
        for made in report.made:
            self.stdout.write(f"Made the {made}: complete it in the admin.")
        self._list("Left out or worth a look", report.remarks)
        self._list("Not taken", report.refused)

    def _list(self, title: str, lines: list[str]) -> None:
        if lines:
            self.stderr.write(f"{title}:")
        for line in lines[:MOST_SHOWN]:
            self.stderr.write(f"  {line}")
        if len(lines) > MOST_SHOWN:
            self.stderr.write(f"  … and {len(lines) - MOST_SHOWN} more")


def _source(name: str) -> FileSource | RemoteSource:
    if not name.startswith(("http://", "https://")):
        return FileSource(Path(name))
    return RemoteSource(outbound.client(name.rstrip("/") + "/", contact=settings.ADMIN_EMAIL))


def _progress(kind: str, rows: Iterator[object]) -> Iterator[object]:
    return iter(tqdm(rows, desc=kind, unit="", disable=None))
