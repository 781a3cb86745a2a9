"""A small version of the kill test; `python -m tests.end_to_end.kill_harvest` is the large one."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = ("--records", "2000", "--kills", "1", "--longest-s", "2.5")


def test_every_record_is_harvested_whatever_is_killed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.end_to_end.kill_harvest", *OPTIONS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "lost 0, unknown 0" in done.stdout
