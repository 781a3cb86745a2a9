"""Which files are found below a folder, by name and stat alone."""

import errno
import os
from pathlib import Path

import pytest

from ingest.walk import ClosedPathError, NoSuchPathError, find_files, is_nexus_name


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


def test_a_file_has_one_path_whichever_link_leads_to_its_folder(tmp_path: Path) -> None:
    (tmp_path / "disk" / "day").mkdir(parents=True)
    (tmp_path / "disk" / "day" / "a.nxs").touch()
    (tmp_path / "data").symlink_to("disk")
    asked = ("data", "data/day", "data/day/a.nxs", "data/day/../day", "disk")
    found = [stamp.path for stamp in find_files(tmp_path / name for name in asked)]
    assert found == [str(tmp_path / "disk" / "day" / "a.nxs")] * 5


def test_a_file_that_is_named_is_taken_whatever_it_is_called(tmp_path: Path) -> None:
    path = tmp_path / "data.bin"
    path.write_bytes(b"12345")
    (stamp,) = find_files([path])
    assert (stamp.path, stamp.size_bytes) == (str(path), 5)
    assert stamp.mtime_ns == path.stat().st_mtime_ns


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NoSuchPathError, match="no such file or folder"):
        list(find_files([tmp_path / "nothing"]))


def deny(monkeypatch: pytest.MonkeyPatch, name: str, closed: Path) -> None:
    """Lets a function of `os` fail on one path as it does for an account that may not look."""
    allowed = getattr(os, name)

    def denying(path: Path, *arguments: object, **options: object) -> object:
        if str(path) == str(closed):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return allowed(path, *arguments, **options)

    monkeypatch.setattr(os, name, denying)


def test_a_path_that_may_not_be_looked_at_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deny(monkeypatch, "stat", tmp_path / "inbox")
    with pytest.raises(ClosedPathError, match="inbox: Permission denied; let the account"):
        list(find_files([tmp_path / "inbox"]))


@pytest.mark.parametrize(("function", "closed"), [("scandir", "shut"), ("stat", "shut/b.nxs")])
def test_what_may_not_be_looked_at_is_told_of_and_the_rest_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str, closed: str
) -> None:
    for name in ("a.nxs", "shut/b.nxs"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    deny(monkeypatch, function, tmp_path / closed)
    errors: list[OSError] = []
    found = [Path(each.path).name for each in find_files([tmp_path], on_error=errors.append)]
    assert found == ["a.nxs"]
    assert [error.filename for error in errors] == [str(tmp_path / closed)]


def test_a_file_that_vanishes_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.nxs", "b.nxs"):
        (tmp_path / name).touch()

    def is_nexus_name_of_a_file_that_goes(name: str) -> bool:
        if name == "b.nxs":
            (tmp_path / name).unlink()
        return is_nexus_name(name)

    monkeypatch.setattr("ingest.walk.is_nexus_name", is_nexus_name_of_a_file_that_goes)
    errors: list[OSError] = []
    found = [Path(each.path).name for each in find_files([tmp_path], on_error=errors.append)]
    assert (found, errors) == (["a.nxs"], [])
