from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from ingest.demo.dialects import DateStyle, spell_date
from ingest.demo.encodings import TextEncoding, encode_text, plain_ascii
from ingest.demo.files import (
    EXPECTED_QUARANTINED,
    FAULTS,
    DemoFile,
    context_proposals,
    plan_demo_files,
    write_demo_files,
)

TODAY = date(2026, 3, 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    assert list(write_demo_files(folder, today=TODAY, runs_per_visit=2))
    return folder


@pytest.fixture(scope="module")
def sound_files(folder: Path) -> list[tuple[DemoFile, Path]]:
    planned = plan_demo_files(TODAY, runs_per_visit=2)
    return [(file, folder / file.path) for file in planned if file.fault is None]


def entries(paths: list[tuple[DemoFile, Path]]) -> Iterator[tuple[DemoFile, h5py.Group]]:
    for file, path in paths:
        with h5py.File(path, "r") as root:
            yield file, next(iter(root.values()))


def text(value: Any) -> str:
    """Returns a text whatever its shape and type; single characters are joined."""
    parts = [
        part.decode("latin-1") if isinstance(part, bytes) else str(part)
        for part in np.asarray(value).ravel()
    ]
    return "".join(parts)


def names(value: Any) -> list[str]:
    return [text(part) for part in np.atleast_1d(value)]


def nx_class(group: h5py.Group) -> str:
    return text(group.attrs.get("NX_class", ""))


def data_groups(entry: h5py.Group) -> list[h5py.Group]:
    groups = [item for item in entry.values() if isinstance(item, h5py.Group)]
    return [group for group in groups if nx_class(group) == "NXdata"]


def default_plot(entry: h5py.Group) -> h5py.Group:
    if "default" in entry.attrs:
        return entry[text(entry.attrs["default"])]
    return data_groups(entry)[0]


def signal_and_axes(plot: h5py.Group) -> tuple[h5py.Dataset, list[str]]:
    if "signal" in plot.attrs:
        return plot[text(plot.attrs["signal"])], names(plot.attrs["axes"])
    marked = next(item for item in plot.values() if item.attrs.get("signal") == 1)
    return marked, text(marked.attrs["axes"]).split(":")


def storage(dataset: h5py.Dataset) -> TextEncoding:
    """Returns the encoding a string dataset was stored in, from HDF5's own description of it."""
    kind = h5py.check_string_dtype(dataset.dtype)
    if dataset.dtype.itemsize == 1 and dataset.ndim == 2 and dataset.shape[1] > 1:
        return TextEncoding.CHARACTERS
    if kind.length is None:
        if kind.encoding == "ascii":
            return TextEncoding.VLEN_ASCII
        return TextEncoding.VLEN_UTF8_ARRAY if dataset.ndim else TextEncoding.VLEN_UTF8
    if kind.encoding == "utf-8":
        return TextEncoding.FIXED_UTF8
    if dataset.ndim == 0 and any(byte > 127 for byte in dataset[()]):
        return TextEncoding.FIXED_LATIN1
    return (
        TextEncoding.FIXED_ASCII,
        TextEncoding.FIXED_ASCII_ARRAY,
        TextEncoding.FIXED_ASCII_MATRIX,
    )[dataset.ndim]


def string_datasets(entry: h5py.Group) -> list[h5py.Dataset]:
    found: list[h5py.Dataset] = []
    entry.visititems(
        lambda _, item: (
            found.append(item)
            if isinstance(item, h5py.Dataset) and item.dtype.kind in "SO"
            else None
        )
    )
    return found


def test_the_same_day_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    again = list(write_demo_files(tmp_path, today=TODAY, runs_per_visit=2))
    assert [path.relative_to(tmp_path).as_posix() for path in again] == [
        file.path.as_posix() for file in plan_demo_files(TODAY, runs_per_visit=2)
    ]
    differing = [
        path
        for path in again
        if path.read_bytes() != (folder / path.relative_to(tmp_path)).read_bytes()
    ]
    assert differing == []


def test_a_cap_leaves_numbers_and_times_as_they_are() -> None:
    everything = {file.path: file for file in plan_demo_files(TODAY)}
    capped = plan_demo_files(TODAY, runs_per_visit=1)
    sound = [file for file in capped if file.fault is None]
    assert all(file == everything[file.path] for file in sound)


def test_the_whole_set_is_about_two_hundred_files_of_ten_instruments() -> None:
    files = plan_demo_files(TODAY)
    assert 190 <= len(files) <= 230
    assert len({file.path for file in files}) == len(files)
    assert len({file.instrument for file in files}) == 10
    assert {file.facility for file in files} == {"aurora", "boreal"}


def test_every_default_plot_is_a_numeric_array_over_its_axes(
    sound_files: list[tuple[DemoFile, Path]],
) -> None:
    for file, entry in entries(sound_files):
        signal, axes = signal_and_axes(default_plot(entry))
        assert signal.dtype.kind in "iuf", file.path
        assert signal.ndim == len(axes), file.path
        assert np.isfinite(signal[()]).all(), file.path
        assert np.ptp(signal[()]) > 0, file.path


def test_every_axis_of_every_plot_fits_its_dimension(
    sound_files: list[tuple[DemoFile, Path]],
) -> None:
    for file, entry in entries(sound_files):
        for plot in data_groups(entry):
            signal, axes = signal_and_axes(plot)
            for name, length in zip(axes, signal.shape, strict=True):
                # A histogram's axis holds its edges, one more than its counts.
                fits = name == "." or plot[name].size in (length, length + 1)
                assert fits, f"{file.path}: {plot.name}/{name}"


def test_both_styles_of_plots_occur_and_some_files_lack_a_default(
    sound_files: list[tuple[DemoFile, Path]],
) -> None:
    is_new = {"signal" in default_plot(entry).attrs for _, entry in entries(sound_files)}
    has_default = {"default" in entry.attrs for _, entry in entries(sound_files)}
    assert is_new == has_default == {True, False}


def test_every_encoding_of_texts_occurs(sound_files: list[tuple[DemoFile, Path]]) -> None:
    seen = {
        storage(dataset) for _, entry in entries(sound_files) for dataset in string_datasets(entry)
    }
    assert seen == set(TextEncoding)


@pytest.mark.parametrize(
    ("style", "pattern"),
    [
        (DateStyle.ISO_MICROSECONDS_OFFSET, "%Y-%m-%dT%H:%M:%S.%f%z"),
        (DateStyle.ISO_SPACE_NAIVE, "%Y-%m-%d %H:%M:%S"),
        (DateStyle.ISO_NAIVE, "%Y-%m-%dT%H:%M:%S"),
        (DateStyle.ISO_MILLISECONDS_UTC, "%Y-%m-%dT%H:%M:%S.%fZ"),
        (DateStyle.DAY_MONTH_NAME, "%d-%b-%y %H:%M:%S"),
        (DateStyle.ISO_OFFSET_WITHOUT_COLON, "%Y-%m-%dT%H:%M:%S%z"),
    ],
    ids=str,
)
def test_every_date_spelling_occurs(
    sound_files: list[tuple[DemoFile, Path]], style: DateStyle, pattern: str
) -> None:
    spelled = {
        file.path: text(entry["start_time"][()])
        for file, entry in entries(sound_files)
        if text(entry["start_time"][()]) == spell_date(file.run.start, style)
    }
    assert spelled
    for written in spelled.values():
        datetime.strptime(written, pattern)  # noqa: DTZ007 - several spellings carry no zone


def test_a_run_ends_after_it_started_and_within_its_visit() -> None:
    for file in plan_demo_files(TODAY):
        run = file.run
        assert run.start < run.end
        assert run.visit.start <= run.start.date() <= run.end.date() <= run.visit.end


def test_the_proposal_stands_where_the_dialect_says(
    sound_files: list[tuple[DemoFile, Path]],
) -> None:
    places: set[str] = set()
    for file, entry in entries(sound_files):
        found = {
            path: text(entry[path][()])
            for path in ("experiment_identifier", "identifier_experiment", "user/proposal_number")
            if path in entry
        }
        assert bool(found) != file.proposal_from_context, file.path
        assert all(value in (file.proposal, file.visit) for value in found.values()), file.path
        assert file.proposal in file.path.parts[2]
        places |= set(found)
    assert len(places) == 3


def test_contexts_name_the_proposal_of_folders_whose_files_do_not(folder: Path) -> None:
    contexts = context_proposals(TODAY)
    assert {path.parts[1] for path in contexts} == {"gryning"}
    assert all((folder / path).is_dir() for path in contexts)
    assert all(path.parts[2].startswith(proposal) for path, proposal in contexts.items())


def test_one_instrument_writes_a_user_block(sound_files: list[tuple[DemoFile, Path]]) -> None:
    behind = {
        file.instrument
        for file, path in sound_files
        if not path.read_bytes().startswith(b"\x89HDF\r\n\x1a\n")
    }
    assert behind == {"yta"}


def test_some_files_are_compressed(sound_files: list[tuple[DemoFile, Path]]) -> None:
    filters = {default_signal.compression for default_signal in _default_signals(sound_files)}
    assert filters == {None, "gzip"}


def _default_signals(sound_files: list[tuple[DemoFile, Path]]) -> Iterator[h5py.Dataset]:
    for _, entry in entries(sound_files):
        yield signal_and_axes(default_plot(entry))[0]


def test_events_lie_in_their_pulses(sound_files: list[tuple[DemoFile, Path]]) -> None:
    events = [(file, path) for file, path in sound_files if file.instrument == "tundra"]
    for _, entry in entries(events):
        group = entry["detector_1_events"]
        index = group["event_index"][()]
        assert len(index) == len(group["event_time_zero"])
        assert (np.diff(index) >= 0).all()
        assert index[-1] <= len(group["event_id"]) == len(group["event_time_offset"])
        assert np.isin(group["event_id"][()], entry["instrument/detector_1/detector_number"]).all()


def test_bad_files_are_bad_in_each_way(folder: Path) -> None:
    bad = {file.fault: folder / file.path for file in plan_demo_files(TODAY) if file.fault}
    assert set(bad) == set(FAULTS)
    assert len(bad) == EXPECTED_QUARANTINED
    assert bad["empty"].stat().st_size == 0
    assert not h5py.is_hdf5(bad["text"])
    with pytest.raises(OSError, match="truncated"):
        h5py.File(bad["truncated"], "r")
    with h5py.File(bad["no proposal"], "r") as root:
        assert not {"experiment_identifier", "identifier_experiment"} & set(root["entry"])
    assert "RB" not in bad["no proposal"].relative_to(folder).as_posix()


def test_ascii_writes_names_without_accents() -> None:
    assert plain_ascii("Łucja Złotogórska, Søren, Kōzanji") == "Lucja Zlotogorska, Soren, Kozanji"


def test_latin1_keeps_the_letters_it_has() -> None:
    assert encode_text("Å°ł", TextEncoding.FIXED_LATIN1).value.item() == b"\xc5\xb0l"
