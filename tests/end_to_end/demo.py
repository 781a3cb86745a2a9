"""`make demo` from start to stop, as a new user runs it; a script for CI, not a test of pytest.

Run as `python -m tests.end_to_end.demo [--port 8123]`: starts `make demo`, waits for the site,
looks at every address it prints, harvests every record, interrupts it, and checks that nothing runs
on. Then once more: the second start has to change nothing. Exits with 1 and a sentence where
something is wrong.
"""

import argparse
import http.client
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from sickle import Sickle

ROOT = Path(__file__).resolve().parents[2]
FIRST_START_S, SECOND_START_S = 120, 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8123)
    port = parser.parse_args().port
    first = visit(port, deadline_s=FIRST_START_S)
    second = visit(port, deadline_s=SECOND_START_S)
    expect(first == second, f"the second start changed something: {first} -> {second}")
    print("The demo is as it should be.")


def visit(port: int, *, deadline_s: int) -> list[tuple[str, str]]:
    """Runs the demo once; returns (identifier, datestamp) of every record it serves."""
    began = time.monotonic()
    demo = subprocess.Popen(
        ["make", "demo", f"PORT={port}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        addresses = printed_addresses(demo)
        took = time.monotonic() - began
        print(f"serving after {took:.1f} s (at most {deadline_s} s)")
        expect(took <= deadline_s, "the demo took too long to start")
        for address in addresses:
            expect(status(address) in (200, 302), f"{address} answered {status(address)}")
        expect(asked_with(port, 7_500) == 400, "a filter of 7,500 bytes was not read")
        expect(asked_with(port, 9_000) == 414, "a filter of 9,000 bytes was not too long")
        records = harvest(port)
        print(f"{len(addresses)} addresses answer, {len(records)} records harvested")
    finally:
        os.killpg(demo.pid, signal.SIGINT)
        demo.wait(timeout=30)
    expect(not still_running(demo.pid), "something that the demo started is still running")
    expect(not listening(port), f"port {port} is still in use")
    return records


def printed_addresses(demo: "subprocess.Popen[str]") -> list[str]:
    """Reads what the demo prints until it says how to stop it."""
    assert demo.stdout is not None
    found: list[str] = []
    for line in demo.stdout:
        print("   ", line, end="")
        found += re.findall(r"http://\S+", line)
        if "Ctrl-C" in line:
            return found
    raise SystemExit("The demo ended before it served anything.")


def status(address: str) -> int:
    parts = urlsplit(address)
    link = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    link.request("GET", parts.path + (f"?{parts.query}" if parts.query else ""))
    return link.getresponse().status


def asked_with(port: int, size: int) -> int:
    """Returns how a search is answered whose filter is so long: as OpenAPI's document says."""
    return status(f"http://127.0.0.1:{port}/panosc-api/Datasets?filter={'x' * size}")


def harvest(port: int) -> list[tuple[str, str]]:
    client = Sickle(f"http://127.0.0.1:{port}/oai")
    records = [
        (header.identifier, header.datestamp)
        for header in client.ListIdentifiers(metadataPrefix="oai_datacite")
    ]
    for identifier, _ in records:
        client.GetRecord(identifier=identifier, metadataPrefix="oai_dc")
    return records


def still_running(session: int) -> bool:
    """Tells whether a process of the demo's session, or its database, is left."""
    listed = subprocess.run(["ps", "-eo", "sess,args"], capture_output=True, text=True, check=True)
    lines = [line.split(maxsplit=1) for line in listed.stdout.splitlines()[1:]]
    return any(
        sess == str(session) or f"{ROOT}/var/postgresql" in args for sess, args in map(tuple, lines)
    )


def listening(port: int) -> bool:
    try:
        http.client.HTTPConnection("127.0.0.1", port, timeout=5).connect()
    except OSError:
        return False
    return True


def expect(holds: bool, otherwise: str) -> None:
    if not holds:
        sys.exit(otherwise)


if __name__ == "__main__":
    main()
