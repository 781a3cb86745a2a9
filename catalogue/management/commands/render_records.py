"""`manage.py render_records`: public records anew, after a mapping or a format has changed."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from catalogue.publication.rendering import count_live, render_again

POSITION = "render_records.position"


class Command(BaseCommand):
    help = (
        "Renders every public record anew, in batches. Records that read as before keep their "
        "datestamp, so harvesters fetch what changed and nothing else. Run it after an update "
        "that changes a format or adds one. It may be run while people publish, twice, and "
        "stopped at any time: --resume goes on behind the last batch."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, default=50, help="records a transaction")
        parser.add_argument("--resume", action="store_true", help="go on where a run stopped")

    def handle(self, *args: Any, **options: Any) -> None:
        place = Path(settings.VAR) / POSITION
        after = _read(place) if options["resume"] else 0
        changed, failed = 0, list[str]()
        with tqdm(total=count_live(after=after), unit="record", file=self.stderr) as progress:
            for batch in render_again(after=after, size=options["batch"], now=timezone.now()):
                _write(place, batch.last)
                changed += batch.changed
                failed += batch.failed
                progress.set_postfix(changed=changed, failed=len(failed))
                progress.update(batch.seen)
        place.unlink(missing_ok=True)
        self.stdout.write(f"{changed} changed")
        if failed:
            raise CommandError(
                f"{len(failed)} could not be rendered and stay as they are; the log says why: "
                f"{', '.join(failed[:20])}"
            )


def _read(place: Path) -> int:
    """Returns the last publication of the run that stopped; 0 where none has."""
    try:
        return int(place.read_text())
    except FileNotFoundError:
        return 0


def _write(place: Path, last: int) -> None:
    """Keeps the position; a file that is replaced is never half written."""
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_suffix(".new")
    fresh.write_text(str(last))
    fresh.replace(place)
