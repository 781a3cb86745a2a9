"""What the reader takes from a file, and what it refuses."""

import os
from pathlib import Path

import h5py
import numpy as np
import pytest
from h5py import h5d, h5s, h5t

from ingest.nexus.limits import Limits
from ingest.nexus.reader import read_nexus
from ingest.nexus.tree import NexusField, NexusFile, NexusGroup
from ingest.nexus.unreadable import UnreadableFile
from tests.nexus_files import write_nexus

LATIN_1 = "température".encode("latin-1")


def entry_of(nexus_file: NexusFile) -> NexusGroup:
    return next(nexus_file.root.groups_of("NXentry"))


def field_of(nexus_file: NexusFile, name: str) -> NexusField:
    field = entry_of(nexus_file).get_field(name)
    assert field is not None
    return field


def codes_of(nexus_file: NexusFile) -> list[str]:
    return [problem.code for problem in nexus_file.problems]


def test_complete_file_becomes_a_tree_of_plain_values(tmp_path: Path) -> None:
    nexus_file = read_nexus(str(write_nexus(tmp_path / "a.nxs")))
    sample = next(entry_of(nexus_file).groups_of("NXsample"))
    temperature = sample.get_field("temperature")
    assert nexus_file.problems == ()
    assert nexus_file.root.attributes["default"] == "entry"
    assert field_of(nexus_file, "title").value == "Water at 5 °C"
    assert temperature is not None
    assert (temperature.value, temperature.units, temperature.shape) == (278.15, "K", ())


def test_only_wanted_fields_are_read(tmp_path: Path) -> None:
    nexus_file = read_nexus(str(write_nexus(tmp_path / "a.nxs")), wanted={"title"})
    assert field_of(nexus_file, "title").value == "Water at 5 °C"
    assert field_of(nexus_file, "definition").value is None


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        pytest.param(np.bytes_("plain"), "plain", id="fixed-scalar"),
        pytest.param(np.array([b"one"]), "one", id="fixed-(1,)"),
        pytest.param(np.array([[b"one"]]), "one", id="fixed-(1,1)"),
        pytest.param(np.array([[b"a", b"b"], [b"c", b"d"]]), ("ab", "cd"), id="characters-2d"),
        pytest.param("vlen µ", "vlen µ", id="vlen-utf8"),
        pytest.param(np.array(["vlen"], dtype=object), "vlen", id="vlen-(1,)"),
        pytest.param(np.array(["a", "b"], dtype=object), ("a", "b"), id="vlen-(2,)"),
        pytest.param(np.array([], dtype="S4"), None, id="zero-length"),
        pytest.param(h5py.Empty("S10"), None, id="null"),
        pytest.param("", "", id="empty"),
        pytest.param(np.bytes_(LATIN_1), "température", id="latin-1"),
        pytest.param(np.bytes_(b"LOQ\0\0junk"), "LOQ", id="nul"),
        pytest.param(np.bytes_(b"   padded   "), "padded", id="padded"),
        pytest.param("a\x01b\u2028c\u202e\x1b[31m", "ab c[31m", id="control"),
    ],
)
def test_string_encodings_of_real_files(tmp_path: Path, stored: object, text: object) -> None:
    nexus_file = read_nexus(str(write_nexus(tmp_path / "a.nxs", title=stored)))
    assert field_of(nexus_file, "title").value == text


@pytest.mark.parametrize("character_set", [h5t.CSET_ASCII, h5t.CSET_UTF8])
def test_fixed_and_variable_strings_of_either_character_set(
    tmp_path: Path, character_set: int
) -> None:
    path = write_nexus(tmp_path / "a.nxs", title=None, notes=None)
    kind = h5t.C_S1.copy()
    kind.set_size(8)
    kind.set_cset(character_set)
    with h5py.File(path, "a") as file:
        scalar = h5s.create(h5s.SCALAR)
        fixed = h5d.create(file["entry"].id, b"title", kind, scalar)
        fixed.write(h5s.ALL, h5s.ALL, np.array(b"H2O\xe9", dtype="S8"), mtype=kind)
        encoding = "utf-8" if character_set == h5t.CSET_UTF8 else "ascii"
        file["entry"].create_dataset("notes", data=b"\xe9", dtype=h5py.string_dtype(encoding))
    nexus_file = read_nexus(str(path))
    assert field_of(nexus_file, "title").value == "H2Oé"
    assert field_of(nexus_file, "notes").value == "é"


@pytest.mark.parametrize(
    "written", ["NXentry", np.bytes_("NXentry"), np.array(["NXentry"], dtype=object)]
)
def test_nx_class_in_every_spelling_is_found(tmp_path: Path, written: object) -> None:
    nexus_file = read_nexus(str(write_nexus(tmp_path / "a.nxs", {"entry@NX_class": written})))
    assert entry_of(nexus_file).name == "entry"


def test_units_in_latin_1_and_under_their_other_name(tmp_path: Path) -> None:
    changes = {"entry/sample/temperature@units": None, "entry/sample/temperature@unit": b"\xb0C"}
    nexus_file = read_nexus(str(write_nexus(tmp_path / "a.nxs", changes)))
    sample = next(entry_of(nexus_file).groups_of("NXsample"))
    temperature = sample.get_field("temperature")
    assert temperature is not None
    assert temperature.units == "°C"


def test_types_without_plain_value_are_skipped(tmp_path: Path) -> None:
    fields = {
        "compound": np.zeros(2, dtype=[("a", "i4")]),
        "complex": 1 + 2j,
        "opaque": np.void(b"\x00\xff"),
        "large": np.zeros(65),
        "flag": True,
        "big_endian": np.array(7, dtype=">i2"),
    }
    nexus_file = read_nexus(str(write_nexus(tmp_path / "a.nxs", **fields)))
    values = {name: field_of(nexus_file, name).value for name in fields}
    assert values == {
        **dict.fromkeys(("compound", "complex", "opaque", "large")),
        "flag": True,
        "big_endian": 7,
    }


def test_external_link_is_reported_and_not_followed(tmp_path: Path) -> None:
    write_nexus(tmp_path / "other.nxs", title="secret")
    link = h5py.ExternalLink("other.nxs", "/entry/title")
    nexus_file = read_nexus(str(write_nexus(tmp_path / "a.nxs", title=link)))
    assert entry_of(nexus_file).get_field("title") is None
    assert codes_of(nexus_file) == ["external_link"]
    assert "'other.nxs' at '/entry/title'" in nexus_file.problems[0].message


def test_soft_link_through_an_external_link_is_not_followed(tmp_path: Path) -> None:
    write_nexus(tmp_path / "other.nxs", title="secret")
    changes = {
        "outside": h5py.ExternalLink("other.nxs", "/entry"),
        "entry/title": h5py.SoftLink("/outside/title"),
    }
    nexus_file = read_nexus(str(write_nexus(tmp_path / "a.nxs", changes)))
    assert entry_of(nexus_file).get_field("title") is None
    assert set(codes_of(nexus_file)) == {"external_link"}


def test_soft_links_inside_the_file_are_followed(tmp_path: Path) -> None:
    changes = {"entry/title": h5py.SoftLink("/entry/sample/./name")}
    nexus_file = read_nexus(str(write_nexus(tmp_path / "a.nxs", changes)))
    assert field_of(nexus_file, "title").value == "water"


def test_links_that_loop_or_lead_nowhere_end_the_walk(tmp_path: Path) -> None:
    changes = {
        "entry/one": h5py.SoftLink("/entry/two"),
        "entry/two": h5py.SoftLink("/entry/one"),
        "entry/gone": h5py.SoftLink("/no/where"),
        "entry/up": h5py.SoftLink("/entry"),
    }
    path = write_nexus(tmp_path / "a.nxs", changes)
    with h5py.File(path, "a") as file:
        file["entry/instrument/cycle"] = file["entry"]
    nexus_file = read_nexus(str(path))
    assert sorted(set(codes_of(nexus_file))) == ["broken_link", "link_loop"]
    assert field_of(nexus_file, "title").value == "Water at 5 °C"


def test_external_raw_storage_is_reported_and_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret" * 10)
    path = write_nexus(tmp_path / "a.nxs", title=None)
    with h5py.File(path, "a") as file:
        storage = [(str(tmp_path / "secret"), 0, 32)]
        file["entry"].create_dataset("title", (1,), dtype="S32", external=storage)
    nexus_file = read_nexus(str(path))
    assert field_of(nexus_file, "title").value is None
    assert codes_of(nexus_file) == ["external_storage"]


def test_virtual_dataset_is_reported_and_not_read(tmp_path: Path) -> None:
    path = write_nexus(tmp_path / "a.nxs", title=None)
    with h5py.File(path, "a") as file:
        layout = h5py.VirtualLayout((2,), dtype="i8")
        layout[:] = h5py.VirtualSource("other.nxs", "v", shape=(2,))
        file["entry"].create_virtual_dataset("title", layout)
    nexus_file = read_nexus(str(path))
    assert field_of(nexus_file, "title").value is None
    assert codes_of(nexus_file) == ["virtual_dataset"]
    assert "other.nxs" in nexus_file.problems[0].message


def test_object_budget_ends_the_walk_with_a_warning(tmp_path: Path) -> None:
    nexus_file = read_nexus(str(write_nexus(tmp_path / "a.nxs")), Limits(objects=4))
    assert "object_budget" in codes_of(nexus_file)


def test_byte_budget_and_large_texts_are_warnings(tmp_path: Path) -> None:
    path = write_nexus(tmp_path / "a.nxs", title=np.bytes_(b"x" * 70_000))
    assert "value_too_large" in codes_of(read_nexus(str(path)))
    assert "byte_budget" in codes_of(read_nexus(str(path), Limits(total_bytes=40)))


def test_findings_of_one_kind_are_counted_beyond_the_limit(tmp_path: Path) -> None:
    links = {f"entry/gone{n}": h5py.SoftLink("/nowhere") for n in range(5)}
    nexus_file = read_nexus(str(write_nexus(tmp_path / "a.nxs", links)), Limits(findings=2))
    assert codes_of(nexus_file) == ["broken_link"] * 3
    assert nexus_file.problems[-1].message == "3 more findings of the kind broken_link."


def test_only_the_first_entries_are_read_and_the_default_is_one_of_them(tmp_path: Path) -> None:
    changes = {f"{n}.1@NX_class": "NXentry" for n in (10, 2, 1)} | {"@default": "10.1"}
    path = write_nexus(tmp_path / "a.nxs", changes)
    nexus_file = read_nexus(str(path), Limits(entries=2))
    assert [(group.name, group.is_read) for group in nexus_file.root.groups] == [
        ("10.1", True),
        ("1.1", True),
        ("2.1", False),
        ("entry", False),
    ]


def test_link_name_that_is_no_utf_8(tmp_path: Path) -> None:
    path = write_nexus(tmp_path / "a.nxs")
    with h5py.File(path, "a") as file:
        h5py.h5g.create(file["entry"].id, b"caf\xe9")
    assert "café" in [group.name for group in entry_of(read_nexus(str(path))).groups]


def refusal_of(path: Path | str) -> UnreadableFile:
    with pytest.raises(UnreadableFile) as raised:
        read_nexus(str(path))
    return raised.value


@pytest.mark.parametrize(
    ("content", "code", "retry"),
    [
        (b"", "empty_file", True),
        (b"# text", "not_hdf5", False),
        (b'<?xml version="1.0"?><NXroot/>', "xml_nexus", False),
        (b"\x0e\x03\x13\x01" + bytes(100), "hdf4", False),
        (b"version https://git-lfs.github.com/spec/v1\n", "lfs_pointer", False),
        (b"\x89HDF\n\x1a\n" + bytes(100), "damaged_signature", False),
        (b"\xef\xbf\xbdHDF\r\n\x1a\n" + bytes(100), "damaged_signature", False),
        (b"\x89HDF\r\n\x1a\n", "truncated", True),
        (b"\x89HDF", "truncated", True),
        (b"\x89HDF\r\n\x1a\n\x09" + bytes(100), "unknown_superblock", False),
        (b"\x89HDF\r\n\x1a\n\x03\x08\x08\x05" + bytes(100), "still_being_written", True),
        (b"\x89HDF\r\n\x1a\n\x00" + bytes(100), "damaged_hdf5", True),
    ],
)
def test_what_is_no_hdf5_is_refused_by_its_kind(
    tmp_path: Path, content: bytes, code: str, retry: bool
) -> None:
    (tmp_path / "a.nxs").write_bytes(content)
    refusal = refusal_of(tmp_path / "a.nxs")
    assert (refusal.problem.code, refusal.retry) == (code, retry)
    assert "Traceback" not in refusal.problem.message


def test_half_a_file_is_truncated(tmp_path: Path) -> None:
    path = write_nexus(tmp_path / "a.nxs")
    os.truncate(path, path.stat().st_size // 2)
    assert refusal_of(path).problem.code == "truncated"


def test_user_block_before_the_signature_is_skipped(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.nxs", "w", userblock_size=2048) as file:
        file.create_group("entry").attrs["NX_class"] = "NXentry"
    assert entry_of(read_nexus(str(tmp_path / "a.nxs"))).name == "entry"


def test_what_is_no_regular_file_is_refused_without_blocking(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to(write_nexus(tmp_path / "a.nxs"))
    names = ("fifo", "", "link", "gone", "a.nxs/x", "nul\0")
    codes = [refusal_of(f"{tmp_path}/{name}").problem.code for name in names]
    assert codes == [
        *("not_a_file", "not_a_file", "symbolic_link", "not_found", "not_found", "cannot_open")
    ]
