"""A small proof of the outbox; `python -m tests.end_to_end.kill_outbox` is the large one."""

import subprocess
import sys
from pathlib import Path

OPTIONS = ("--publications", "40", "--faults", "0.2", "--kills", "2", "--seed", "1")
ROOT = Path(__file__).resolve().parents[2]


def test_each_doi_is_minted_once_whatever_fails_and_whoever_is_killed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.end_to_end.kill_outbox", *OPTIONS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-3000:]
    assert "'findable': 48, 'registered': 4" in done.stdout
    assert "reconciled: 52 agree, 0 differ" in done.stdout
