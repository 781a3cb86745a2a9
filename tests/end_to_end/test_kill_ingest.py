"""A small version of the kill test; `python -m tests.end_to_end.kill_ingest` is the large one."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.broker import MISSING, server

OPTIONS = ("--files", "240", "--kills", "2", "--seed", "1", "--keep-logs")
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(server() is None, reason=MISSING)
def test_every_file_is_ingested_once_whatever_is_killed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.end_to_end.kill_ingest", *OPTIONS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout[-10_000:] + done.stderr[-3000:]
    assert "kill 2: " in done.stdout
