"""Which files are found below a folder, by name and stat alone."""

import os
from pathlib import Path

import pytest

from ingest.walk import NoSuchPathError, find_files, is_nexus_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("run.nxs", True),
        ("RUN.NXS", True),
        ("PLP0057863.nx.hdf", True),
        ("sans33722.nxs.ngv", True),
        ("scan.h5", True),
        ("notes.txt", False),
        ("nxs", False),
        (".hidden.nxs", False),
        ("run.nxs~", False),
    ],
)
def test_names_that_say_nexus(name: str, expected: bool) -> None:
    assert is_nexus_name(name) is expected


def names(*paths: Path) -> list[str]:
    return [Path(stamp.path).name for stamp in find_files(paths)]


def test_a_folder_is_walked_in_order_and_hidden_things_are_passed_over(tmp_path: Path) -> None:
    for name in ("b.nxs", "a/2.nxs", "a/1.nxs", ".cache/x.nxs", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert names(tmp_path) == ["b.nxs", "1.nxs", "2.nxs"]


def test_links_and_pipes_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    inbox, outside = tmp_path / "inbox", tmp_path / "outside"
    inbox.mkdir()
    outside.mkdir()
    (outside / "secret.nxs").touch()
    (inbox / "link.nxs").symlink_to(outside / "secret.nxs")
    (inbox / "folder").symlink_to(outside)
    os.mkfifo(inbox / "pipe.nxs")
    assert names(inbox) == []


def test_a_file_that_is_named_is_taken_whatever_it_is_called(tmp_path: Path) -> None:
    path = tmp_path / "data.bin"
    path.write_bytes(b"12345")
    (stamp,) = find_files([path])
    assert (stamp.path, stamp.size_bytes) == (str(path), 5)
    assert stamp.mtime_ns == path.stat().st_mtime_ns


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NoSuchPathError, match="no such file or folder"):
        list(find_files([tmp_path / "nothing"]))
