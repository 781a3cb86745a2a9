"""Where paths lead: inside the folders of a token, or nowhere that is looked at."""

import os
import socket
from pathlib import Path

import pytest

from ingest.door import paths
from ingest.door.errors import DoorError
from ingest.door.paths import is_plain, stamp_inside


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder of a token beside one that is none of its, with links of all kinds."""
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for folder in (inside / "day", outside):
        folder.mkdir(parents=True)
    (inside / "day" / "run.nxs").write_bytes(b"mine")
    (outside / "secret.nxs").write_bytes(b"theirs")
    os.symlink("day/run.nxs", inside / "latest.nxs")
    os.symlink(inside / "day", inside / "today")
    os.symlink("../day/../day/run.nxs", inside / "day" / "winding.nxs")
    os.symlink(outside, inside / "out")
    os.symlink(outside / "nothing", inside / "out-to-nothing")
    os.symlink("../outside/secret.nxs", inside / "secret.nxs")
    os.symlink("../../inside/day/run.nxs", inside / "day" / "out-and-in.nxs")
    os.symlink(inside / "day" / "run.nxs", outside / "back.nxs")
    os.symlink(outside / "back.nxs", inside / "there-and-back.nxs")
    os.symlink("loop.nxs", inside / "loop.nxs")
    os.symlink("nowhere.nxs", inside / "dangling.nxs")
    os.symlink("/", inside / "root")
    os.mkfifo(inside / "pipe.nxs")
    os.symlink(inside, tmp_path / "linked")
    return tmp_path


def look(tree: Path, name: str, *folders: str) -> str:
    """Returns where a name leads, from the tree on, or the code of the refusal."""
    path = name if name.startswith("//") else str(tree) + "/" + name
    try:
        stamp = stamp_inside(path, [str(tree / each) for each in folders or ("inside",)])
    except DoorError as error:
        return error.code
    return os.path.relpath(stamp.path, tree)


@pytest.mark.parametrize(
    ("name", "leads"),
    [
        ("inside/day/run.nxs", "inside/day/run.nxs"),
        ("inside/latest.nxs", "inside/day/run.nxs"),
        ("inside/today/run.nxs", "inside/day/run.nxs"),
        ("inside/day/winding.nxs", "inside/day/run.nxs"),
        ("inside/day/out-and-in.nxs", "inside/day/run.nxs"),
        ("outside/secret.nxs", "path_outside"),
        ("outside/nothing.nxs", "path_outside"),
        ("inside", "path_outside"),
        ("inside2/run.nxs", "path_outside"),
        ("inside/out/secret.nxs", "path_outside"),
        ("inside/out/nothing.nxs", "path_outside"),
        ("inside/out-to-nothing", "path_outside"),
        ("inside/secret.nxs", "path_outside"),
        ("inside/there-and-back.nxs", "path_outside"),
        ("inside/root/etc/passwd", "path_outside"),
        ("inside/loop.nxs", "not_found"),
        ("inside/dangling.nxs", "not_found"),
        ("inside/nothing.nxs", "not_found"),
        ("inside/day/run.nxs/deeper", "not_found"),
        ("inside/" + "x" * 300, "not_found"),
        ("inside/day", "not_a_file"),
        ("inside/pipe.nxs", "not_a_file"),
        ("inside/../inside/day/run.nxs", "bad_path"),
        ("inside/day/../../outside/secret.nxs", "bad_path"),
        ("inside/./day/run.nxs", "bad_path"),
        ("inside//day/run.nxs", "bad_path"),
        ("inside/day/run.nxs/", "bad_path"),
        ("inside/day/run.nxs\0", "bad_path"),
        ("inside/day/run.nxs\n", "bad_path"),
        ("inside/day/run\udcff.nxs", "bad_path"),
        ("inside/" + "x/" * 1000 + "run.nxs", "bad_path"),
    ],
)
def test_a_path_leads_inside_or_nowhere(tree: Path, name: str, leads: str) -> None:
    assert look(tree, name) == leads


@pytest.mark.parametrize(
    "path",
    [
        "/proc/self/environ",
        "/proc/self/fd/0",
        "/dev/fd/0",
        "/dev/zero",
        "/etc/shadow",
        "/root/.ssh/id_rsa",
        "/",
    ],
)
def test_the_system_is_outside(tree: Path, path: str) -> None:
    with pytest.raises(DoorError) as refused:
        stamp_inside(path, [str(tree / "inside")])
    assert refused.value.code == "path_outside"


@pytest.mark.parametrize(
    "path", ["", "run.nxs", "./run.nxs", "~/run.nxs", "//server/share", "file:///x"]
)
def test_a_path_starts_at_the_root(path: str) -> None:
    assert not is_plain(path)


def test_one_file_has_one_path_however_its_folder_is_spelled(tree: Path) -> None:
    assert look(tree, "linked/latest.nxs", "linked") == "inside/day/run.nxs"
    assert look(tree, "inside/latest.nxs", "linked") == "inside/day/run.nxs"
    assert look(tree, "linked/day/out-and-in.nxs", "linked") == "inside/day/run.nxs"


def test_a_link_may_lead_to_another_folder_of_the_token(tree: Path) -> None:
    assert look(tree, "inside/out/secret.nxs", "inside", "outside") == "outside/secret.nxs"


def test_a_token_without_folders_reaches_no_path(tree: Path) -> None:
    with pytest.raises(DoorError, match="not below a folder"):
        stamp_inside(str(tree / "inside/day/run.nxs"), [])


def test_a_socket_is_no_file(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree / "inside")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("sock.nxs")
        assert look(tree, "inside/sock.nxs") == "not_a_file"


def test_nothing_outside_is_looked_at(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither what is there nor what is not: the system is not even asked."""
    asked: list[str] = []
    readlink, lstat = os.readlink, os.lstat

    def ask(name: str, real: object) -> object:
        asked.append(name)
        return real(name)  # type: ignore[operator]

    # Where the folder itself lies is the operator's own, and is looked up all the way.
    monkeypatch.setattr(os.path, "realpath", lambda path: path)
    monkeypatch.setattr(paths.os, "readlink", lambda name: ask(name, readlink))
    monkeypatch.setattr(paths.os, "lstat", lambda name: ask(name, lstat))
    for name in ("out/secret.nxs", "out-to-nothing", "secret.nxs", "there-and-back.nxs", "root/x"):
        assert look(tree, f"inside/{name}") == "path_outside"
    assert asked
    assert [name for name in asked if not name.startswith(f"{tree}/inside/")] == []


def test_a_refusal_is_the_same_whether_something_is_there(tree: Path) -> None:
    def detail(name: str) -> str:
        with pytest.raises(DoorError) as refused:
            stamp_inside(f"{tree}/{name}", [str(tree / "inside")])
        return refused.value.detail.replace(name, "·")

    assert detail("outside/secret.nxs") == detail("outside/nothing.nxs")
    assert detail("inside/out/secret.nxs") == detail("inside/out/nothing.nxs")
