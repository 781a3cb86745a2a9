"""A gunicorn worker of its own for what is harvested, and how it is asked."""

import http.client
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.ports import free_port


@dataclass(frozen=True, slots=True)
class Server:
    """A gunicorn worker that answers: `process` is the worker itself."""

    port: int
    process: int


@contextmanager
def served(python: str, application: str, environment: dict[str, str]) -> Iterator[Server]:
    """Yields one gunicorn worker with the threads that the catalogue is served with."""
    port = free_port()
    command = ["-m", "gunicorn", "--workers", "1", "--threads", "4", "--log-level", "error"]
    server = subprocess.Popen(
        [python, *command, "--bind", f"127.0.0.1:{port}", application],
        env={**os.environ, **environment},
    )
    try:
        wait_for(port)
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        yield Server(port, int(children[0]))
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_for(port: int) -> None:
    """Waits until the server answers.

    Raises:
        TimeoutError: it has not within a minute.
    """
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(OSError):
            get(port, "verb=Identify")
            return
        time.sleep(0.1)
    raise TimeoutError(f"gunicorn on port {port} did not answer within 60 s")


def get(port: int, query: str) -> bytes:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as link:
        return ask(link, query)


def ask(link: http.client.HTTPConnection, query: str) -> bytes:
    link.request("GET", f"/oai?{query}", headers={"Accept-Encoding": "identity"})
    return link.getresponse().read()
