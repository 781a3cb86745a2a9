"""What the reader takes from a file, and what it refuses."""

import os
import struct
from pathlib import Path

import h5py
import numpy as np
import pytest
from h5py import h5d, h5s, h5t

from ingest.nexus.limits import Limits
from ingest.nexus.plan import make_plan
from ingest.nexus.reader import read_nexus as read_with_plan
from ingest.nexus.tree import NexusField, NexusFile, NexusGroup
from ingest.nexus.unreadable import UnreadableFile
from tests.nexus_files import write_nexus

PLAN = make_plan(
    (
        *("NXentry/@default", "NXentry/title", "NXentry/definition", "NXentry/notes"),
        *("NXentry/compound", "NXentry/complex", "NXentry/opaque", "NXentry/large"),
        *("NXentry/flag", "NXentry/big_endian", "NXentry/NXdata/@signal"),
    ),
    with_units=("NXentry/NXsample/temperature",),
)
# Version 3 of the layout message, contiguous (HDF5 File Format 3.0 §IV.A.2.i).
CONTIGUOUS = b"\x03\x01"
LATIN_1 = "température".encode("latin-1")


def read_nexus(path: str, limits: Limits | None = None) -> NexusFile:
    return read_with_plan(path, PLAN, limits)


def entry_of(nexus_file: NexusFile) -> NexusGroup:
    return next(nexus_file.root.groups_of("NXentry"))


def field_of(nexus_file: NexusFile, name: str) -> NexusField:
    return entry_of(nexus_file).fields[name]


def temperature_of(nexus_file: NexusFile) -> NexusField:
    return next(entry_of(nexus_file).groups_of("NXsample")).fields["temperature"]


def codes_of(nexus_file: NexusFile) -> list[str]:
    return [problem.code for problem in nexus_file.problems]


def test_complete_file_becomes_a_tree_of_plain_values(tmp_path: Path) -> None:
    nexus_file = read_nexus(str(write_nexus(tmp_path / "a.nxs")))
    temperature = temperature_of(nexus_file)
    assert nexus_file.problems == ()
    assert nexus_file.root.attributes["default"] == "entry"
    assert field_of(nexus_file, "title").value == "Water at 5 °C"
    assert (temperature.value, temperature.units) == (278.15, "K")


def test_only_what_the_plan_asks_for_is_read(tmp_path: Path) -> None:
    plan = make_plan(["NXentry/title", "NXentry/NXsample/name"])
    entry = entry_of(read_with_plan(str(write_nexus(tmp_path / "a.nxs")), plan))
    assert list(entry.fields) == ["title"]
    assert [(group.path, list(group.fields)) for group in entry.groups] == [
        ("/entry/sample", ["name"])
    ]
    assert entry.attributes == {}


def test_group_that_is_asked_for_by_class_and_by_name_gives_both(tmp_path: Path) -> None:
    plan = make_plan(["NXentry/NXsample/name", "NXentry/sample/temperature"])
    entry = entry_of(read_with_plan(str(write_nexus(tmp_path / "a.nxs")), plan))
    assert sorted(entry.groups[0].fields) == ["name", "temperature"]


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
    assert temperature_of(nexus_file).units == "°C"


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
    assert "title" not in entry_of(nexus_file).fields
    assert codes_of(nexus_file) == ["external_link"]
    assert "'other.nxs' at '/entry/title'" in nexus_file.problems[0].message


def test_soft_link_through_an_external_link_is_not_followed(tmp_path: Path) -> None:
    write_nexus(tmp_path / "other.nxs", title="secret")
    changes = {
        "outside": h5py.ExternalLink("other.nxs", "/entry"),
        "entry/title": h5py.SoftLink("/outside/title"),
    }
    nexus_file = read_nexus(str(write_nexus(tmp_path / "a.nxs", changes)))
    assert "title" not in entry_of(nexus_file).fields
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


def make_title_claim(path: Path, old: bytes, new: bytes) -> None:
    """Change the layout message of a file's only title of 32 bytes: address, then size."""
    raw = path.read_bytes()
    place = raw.index(CONTIGUOUS + old)
    path.write_bytes(raw[: place + 2] + new + raw[place + 2 + len(new) :])


def test_external_raw_storage_beside_an_address_in_the_file_is_not_read(tmp_path: Path) -> None:
    """An address in the file is what the reader takes for 'stands in this file'."""
    (tmp_path / "secret").write_bytes(b"secret" * 10)
    path = write_nexus(tmp_path / "a.nxs", title=None)
    with h5py.File(path, "a") as file:
        storage = [(str(tmp_path / "secret"), 0, 32)]
        file["entry"].create_dataset("title", (), dtype="S32", external=storage)
    nowhere = struct.pack("<QQ", 2**64 - 1, 32)
    make_title_claim(path, nowhere, struct.pack("<Q", 1024))
    assert "secret" not in str(field_of(read_nexus(str(path)), "title").value)


def test_values_beyond_the_stored_size_are_not_read(tmp_path: Path) -> None:
    path = write_nexus(tmp_path / "a.nxs", title=None)
    with h5py.File(path, "a") as file:
        title = file["entry"].create_dataset("title", (4,), dtype="S8", data=[b"beam"] * 4)
        stored = struct.pack("<QQ", title.id.get_offset(), 32)
    make_title_claim(path, stored, stored[:8] + struct.pack("<Q", 8))
    nexus_file = read_nexus(str(path))
    assert field_of(nexus_file, "title").value is None
    assert codes_of(nexus_file) == ["unreadable_object"]


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


def test_virtual_dataset_without_an_end_opens_no_source(tmp_path: Path) -> None:
    """To tell its shape, libhdf5 would open the source; a FIFO blocks whoever opens it."""
    path = write_nexus(tmp_path / "a.nxs", title=None)
    os.mkfifo(tmp_path / "other.nxs")
    with h5py.File(path, "a") as file:
        layout = h5py.VirtualLayout((2,), dtype="i8", maxshape=(None,))
        source = h5py.VirtualSource(str(tmp_path / "other.nxs"), "v", shape=(2,), maxshape=(None,))
        layout[: h5s.UNLIMITED] = source[: h5s.UNLIMITED]
        file["entry"].create_virtual_dataset("title", layout)
    assert codes_of(read_nexus(str(path))) == ["virtual_dataset"]


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


def test_every_entry_is_named_and_the_default_one_is_read(tmp_path: Path) -> None:
    changes = {f"{n}.1@NX_class": "NXentry" for n in (10, 2, 1)} | {"@default": "10.1"}
    changes["10.1/instrument@NX_class"] = "NXinstrument"
    plan = make_plan(["NXentry/NXinstrument/name"])
    nexus_file = read_with_plan(str(write_nexus(tmp_path / "a.nxs", changes)), plan)
    assert [(group.name, group.is_read) for group in nexus_file.root.groups] == [
        ("10.1", True),
        ("1.1", False),
        ("2.1", False),
        ("entry", False),
    ]


def test_siblings_of_one_class_are_read_up_to_the_limit(tmp_path: Path) -> None:
    changes = {f"entry/sample{n}@NX_class": "NXsample" for n in range(5)}
    entry = entry_of(read_nexus(str(write_nexus(tmp_path / "a.nxs", changes)), Limits(siblings=3)))
    assert len(list(entry.groups_of("NXsample"))) == 3


def test_way_to_the_default_plot_is_read_through_groups_of_any_class(tmp_path: Path) -> None:
    changes = {
        "entry@default": "fit",
        "entry/fit@NX_class": "NXcollection",
        "entry/fit@default": "/entry/fit",
        "entry/fit/other@NX_class": "NXdata",
    }
    entry = entry_of(read_nexus(str(write_nexus(tmp_path / "a.nxs", changes))))
    (fit,) = entry.groups_of("NXcollection")
    assert (fit.attributes, fit.groups) == ({"default": "/entry/fit"}, ())


def test_way_to_the_default_plot_that_leads_in_a_circle_ends(tmp_path: Path) -> None:
    path = write_nexus(tmp_path / "a.nxs", {"entry@default": "round"})
    with h5py.File(path, "a") as file:
        group = file.create_group("entry/round")
        group.attrs["default"] = "round"
        group["round"] = group
    assert codes_of(read_nexus(str(path))) == ["too_deep"]


def test_signal_of_a_field_is_found_where_no_group_has_one(tmp_path: Path) -> None:
    changes = {"entry/data@signal": None, "entry/data/counts@signal": 1}
    changes |= {"entry/data/axis": [1], "entry/data/error": [1], "entry/data/error@signal": 2}
    entry = entry_of(read_nexus(str(write_nexus(tmp_path / "a.nxs", changes))))
    (data,) = entry.groups_of("NXdata")
    assert list(data.fields) == ["counts"]


def test_link_whose_name_is_a_path_is_not_followed_outside(tmp_path: Path) -> None:
    """No library writes such a name, but a file can hold it."""
    write_nexus(tmp_path / "other.nxs", {"entry/sample/temperature": 666.0})
    changes = {
        "entry/sample@NX_class": None,
        "entry/sample/name": None,
        "entry/sample/temperature": None,
        "entry/sample/temperature@units": None,
        "outside": h5py.ExternalLink(str(tmp_path / "other.nxs"), "/entry"),
        "entry/-outside-sample@NX_class": "NXsample",
    }
    path = write_nexus(tmp_path / "a.nxs", changes)
    path.write_bytes(path.read_bytes().replace(b"-outside-sample", b"/outside/sample"))
    nexus_file = read_nexus(str(path))
    assert "666" not in repr(nexus_file)
    assert codes_of(nexus_file) == ["unreadable_object", "external_link"]


def test_link_name_that_is_no_utf_8(tmp_path: Path) -> None:
    path = write_nexus(tmp_path / "a.nxs")
    with h5py.File(path, "a") as file:
        entry = file["entry"].id
        entry.links.move(b"sample", entry, b"caf\xe9")
    assert temperature_of(read_nexus(str(path))).path == "/entry/café/temperature"


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


def test_no_folder_on_the_way_to_a_file_may_be_a_link(tmp_path: Path) -> None:
    """Where a folder was replaced after the look at it, the reader is the one that sees it."""
    (tmp_path / "outside").mkdir()
    write_nexus(tmp_path / "outside" / "a.nxs")
    (tmp_path / "inside").symlink_to("outside")
    assert read_nexus(f"{tmp_path}/outside/a.nxs").root.groups
    refusal = refusal_of(f"{tmp_path}/inside/a.nxs")
    assert refusal.problem.code == "symbolic_link"
    assert "leads through a symbolic link; give the file's real path" in refusal.problem.message


def test_what_is_no_regular_file_is_refused_without_blocking(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to(write_nexus(tmp_path / "a.nxs"))
    names = ("fifo", "", "link", "gone", "a.nxs/x", "nul\0")
    codes = [refusal_of(f"{tmp_path}/{name}").problem.code for name in names]
    assert codes == [
        *("not_a_file", "not_a_file", "symbolic_link", "not_found", "not_found", "cannot_open")
    ]
