"""Serves the site on this machine until it is told to stop, and leaves nothing running."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

HOST = "127.0.0.1"
START_DEADLINE_S = 30.0


class ServerError(Exception):
    """The site cannot be served; the message says why and what to do."""


def end_on_signals() -> None:
    """Makes every polite way of ending a process end it as Ctrl-C does, cleaning up.

    SIGINT too: a shell starts what it puts in the background with that one ignored.
    """
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _interrupt)


def check_port_is_free(port: int) -> None:
    """Raises ServerError if something already listens on the port."""
    with socket.socket() as probe:
        if probe.connect_ex((HOST, port)) == 0:
            raise ServerError(
                f"Port {port} is in use on {HOST}; choose another: make demo PORT={port + 1000}"
            )


@contextmanager
def site(port: int, *, base_url: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Runs gunicorn for as long as the block lasts.

    Gunicorn has a session of its own, so that it hears of the end from here alone, and once.

    Raises:
        ServerError: the server ended by itself, or did not listen within 30 seconds.
    """
    server = subprocess.Popen(  # noqa: S603 - our own interpreter, fixed arguments
        [
            *(sys.executable, "-m", "gunicorn", "--bind", f"{HOST}:{port}"),
            *("--log-level", "warning", "--graceful-timeout", "2", "catalogue.wsgi"),
        ],
        start_new_session=True,
        env={**os.environ, "CATALOGUE_BASE_URL": base_url},
    )
    try:
        _wait_until_it_listens(server, port)
        yield server
    finally:
        server.terminate()
        server.wait()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _wait_until_it_listens(server: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_DEADLINE_S
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)
    raise ServerError("The server did not start; its message is above.")
