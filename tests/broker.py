"""A RabbitMQ node of one's own, which may be killed: other nodes of the machine notice nothing."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tests.ports import free_port

# The second is where Debian keeps it: the one in the path drops root and takes the system's node.
_PLACES = ("/usr/lib/rabbitmq/bin/rabbitmq-server", "/opt/rabbitmq/sbin/rabbitmq-server")
START_DEADLINE_S = 90
MISSING = "rabbitmq-server is not installed: apt-get install rabbitmq-server"


def server() -> str | None:
    """Returns the program that starts a node, None where there is none."""
    found = [place for place in _PLACES if Path(place).exists()]
    return found[0] if found else shutil.which("rabbitmq-server")


class Broker:
    """One node on ports and a folder of its own; what is durable outlives `kill` and `start`."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="rabbitmq-"))
        self.port = free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"
        self._environment = _environment(self.folder, self.port)
        self._node: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts the node and returns when it answers.

        Raises:
            TimeoutError: it does not; its output is in the message.
        """
        with (self.folder / "output").open("ab") as log:
            self._node = subprocess.Popen(
                [server() or MISSING],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_DEADLINE_S
        while not _answers(self.port):
            if time.monotonic() > deadline or self._node.poll() is not None:
                raise TimeoutError((self.folder / "output").read_text("utf-8", "replace")[-2000:])
            time.sleep(0.1)

    def kill(self) -> None:
        """Ends the node as a power cut does."""
        if self._node is not None:
            os.killpg(self._node.pid, signal.SIGKILL)
            self._node.wait()
            self._node = None

    def remove(self) -> None:
        """Ends the node and removes all it has kept."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def _environment(folder: Path, port: int) -> dict[str, str]:
    values = {
        "NODENAME": f"test{port}@localhost",
        "NODE_IP_ADDRESS": "127.0.0.1",
        "NODE_PORT": str(port),
        "DIST_PORT": str(free_port()),
        "MNESIA_BASE": str(folder / "data"),
        "LOG_BASE": str(folder / "log"),
        "ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "CONFIG_FILE": str(folder / "none"),
        "SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1",
    }
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        **{f"RABBITMQ_{name}": value for name, value in values.items()},
    }


def _answers(port: int) -> bool:
    """Tells whether a node speaks AMQP: it greets a wrong header with the right one."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as link:
            link.sendall(b"AMQP\x00\x00\x00\x00")
            return link.recv(4) == b"AMQP"
    except OSError:
        return False
