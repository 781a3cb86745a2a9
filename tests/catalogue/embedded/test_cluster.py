"""The private cluster: no TCP port, shared by whoever needs it, and no folder of others touched."""

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from catalogue.embedded import cluster
from catalogue.embedded import place as places
from catalogue.embedded.cluster import Hold
from catalogue.embedded.place import Cluster, ClusterError, Owner, closed_folder, locate

ROOT = Path(__file__).resolve().parents[3]
# A process that takes the cluster in argv[1], says so, and waits to be told to end.
HOLDER = """
import sys
from pathlib import Path
from catalogue.embedded.cluster import Hold
from catalogue.embedded.place import locate
Hold(locate(Path(sys.argv[1]))).take()
print("held", flush=True)
sys.stdin.read()
"""


def open_the_way(folder: Path) -> None:
    """Lets everybody pass through pytest's own folders, which are private."""
    shared = Path(tempfile.gettempdir())
    for part in (folder, *folder.parents):
        if shared in part.parents:
            part.chmod(0o755)


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    """A var folder that the unprivileged user can reach (pytest's own folders are private)."""
    open_the_way(tmp_path)
    yield tmp_path / "var"
    place = locate(tmp_path / "var")
    if (place.data / "postmaster.pid").exists():
        cluster._run(place, "pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(place.data))


def hold(var: Path) -> "subprocess.Popen[str]":
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(var)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def end(holder: "subprocess.Popen[str]") -> None:
    holder.communicate(timeout=30)


def answers(place: Cluster) -> bool:
    try:
        connection = psycopg2.connect(
            host=str(place.socket_dir), user=cluster.USER, dbname=cluster.DATABASE
        )
    except psycopg2.OperationalError:
        return False
    connection.close()
    return True


def test_two_commands_share_it_and_the_last_one_stops_it(var: Path) -> None:
    place = locate(var)
    first, second = hold(var), hold(var)
    assert answers(place)
    end(first)
    assert answers(place)
    end(second)
    assert not answers(place)


def test_two_commands_at_once_start_it_once(var: Path) -> None:
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(var)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for starter in starters:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "held\n"
    assert answers(locate(var))
    for starter in starters:
        end(starter)
    assert not answers(locate(var))


def test_it_survives_the_crash_of_its_parent_and_the_next_command_ends_it(var: Path) -> None:
    crashed = hold(var)
    crashed.send_signal(signal.SIGKILL)
    crashed.communicate()
    assert answers(locate(var))
    end(hold(var))
    assert not answers(locate(var))


def test_the_terminals_ctrl_c_does_not_reach_it(var: Path) -> None:
    holder = hold(var)
    place = locate(var)
    postmaster = int((place.data / "postmaster.pid").read_text().splitlines()[0])
    assert os.getpgid(postmaster) != os.getpgid(holder.pid)
    end(holder)


def test_it_listens_on_no_tcp_port(var: Path) -> None:
    holder = hold(var)
    connection = psycopg2.connect(
        host=str(locate(var).socket_dir), user=cluster.USER, dbname=cluster.DATABASE
    )
    with connection.cursor() as cursor:
        cursor.execute("SHOW listen_addresses")
        assert cursor.fetchone() == ("",)
    connection.close()
    end(holder)


def test_its_data_are_closed_to_others_and_no_folder_above_is_changed(var: Path) -> None:
    above = [folder for folder in var.parents if folder.exists()]
    before = {folder: folder.stat().st_mode for folder in above}
    end(hold(var))
    assert {folder: folder.stat().st_mode for folder in above} == before
    assert stat.S_IMODE(locate(var).data.stat().st_mode) == 0o700


def test_its_data_are_still_there_the_next_time(var: Path) -> None:
    holder = hold(var)
    place = locate(var)
    connection = psycopg2.connect(
        host=str(place.socket_dir), user=cluster.USER, dbname=cluster.DATABASE
    )
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    connection.close()
    end(holder)
    holder = hold(var)
    connection = psycopg2.connect(
        host=str(place.socket_dir), user=cluster.USER, dbname=cluster.DATABASE
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT answer FROM kept")
        assert cursor.fetchone() == (42,)
    connection.close()
    end(holder)


def test_a_long_path_gets_a_short_private_socket_folder(tmp_path: Path) -> None:
    short = places._socket_dir(tmp_path / ("x" * 120))
    assert len(str(short)) <= places.LONGEST_SOCKET_DIR
    assert places._socket_dir(Path("/srv/catalogue/var")) == Path("/srv/catalogue/var/data")


def test_the_first_closed_folder_on_the_way_is_named(tmp_path: Path) -> None:
    stranger = Owner("stranger", 54321, 54321)
    closed = tmp_path / "closed"
    below = closed / "below"
    below.mkdir(parents=True)
    open_the_way(tmp_path)
    closed.chmod(0o700)
    assert closed_folder(below, stranger) == closed
    closed.chmod(0o711)
    assert closed_folder(below, stranger) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's cluster needs another place")
def test_a_closed_folder_of_root_sends_the_cluster_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_the_way(tmp_path)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(places, "ROOT_FALLBACK", tmp_path)
    place = locate(closed / "var")
    assert place.home.is_relative_to(tmp_path)
    assert not place.home.is_relative_to(closed)
    holder = Hold(place)
    holder.take()
    assert answers(place)
    holder.release()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    place = Cluster(in_the_way / "home", tmp_path, tmp_path, None)
    with pytest.raises(ClusterError, match="CATALOGUE_DATABASE_URL"):
        Hold(place).take()


def test_holding_takes_no_time_when_it_runs(var: Path) -> None:
    """Not a speed test: a second holder must not wait for the first one to end."""
    holder = hold(var)
    started = time.monotonic()
    end(hold(var))
    assert time.monotonic() - started < 20
    end(holder)


def test_no_socket_is_left_behind(var: Path) -> None:
    end(hold(var))
    place = locate(var)
    with (
        socket.socket(socket.AF_UNIX) as probe,
        pytest.raises(OSError, match=r"No such file|refused"),
    ):
        probe.connect(str(place.socket_dir / ".s.PGSQL.5432"))


def test_a_stale_pid_file_of_another_process_does_not_stop_it(var: Path) -> None:
    end(hold(var))
    place = locate(var)
    (place.data / "postmaster.pid").write_text(f"{os.getpid()}\n{place.data}\n0\n5432\n")
    holder = hold(var)
    assert answers(place)
    end(holder)


def test_a_cluster_that_was_killed_is_started_again(var: Path) -> None:
    share = Hold(locate(var))
    share.take()
    cluster._run(share.cluster, "pg_ctl", "stop", "-m", "immediate", "-D", str(share.cluster.data))
    assert not answers(share.cluster)
    share.revive()
    assert answers(share.cluster)
    share.release()
    assert not answers(share.cluster)


def test_a_path_that_a_shell_would_read_is_refused_in_words(var: Path) -> None:
    place = locate(var / 'cost $5 "net"')
    with pytest.raises(ClusterError, match="CATALOGUE_VAR"):
        Hold(place).take()


def test_a_path_with_spaces_and_quotes_works(var: Path) -> None:
    holder = hold(var / "it's here")
    assert answers(locate(var / "it's here"))
    end(holder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root could change the owner of others' files")
def test_a_link_in_the_place_of_the_socket_folder_is_left_alone(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (tmp_path / "socket").symlink_to(victim)
    with pytest.raises(ClusterError, match="Remove it"):
        cluster._make_private(tmp_path / "socket", Owner("nobody", 65534, 65534))
    assert victim.stat().st_uid == 0


def test_the_first_start_works_under_a_closed_umask(var: Path) -> None:
    """As root the cluster has to be reached by another account; nothing may hang on the umask."""
    environment = {
        **{name: value for name, value in os.environ.items() if "CATALOGUE_" not in name},
        "CATALOGUE_VAR": str(var),
    }
    started = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--check"],
        cwd=ROOT,
        env=environment,
        umask=0o077,
        capture_output=True,
        text=True,
        check=False,
    )
    # 1: it has looked into an empty database, and says that there is something to migrate.
    assert (started.returncode, started.stderr) == (1, "")
