"""From the tree of a file to its record."""

from datetime import datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from ingest.nexus.extract import extract_record
from ingest.nexus.mapping import PLAN
from ingest.nexus.quantities import in_si
from ingest.nexus.reader import read_nexus
from ingest.nexus.unreadable import UnreadableFile
from ingest.record import (
    ExtractedParameter,
    ExtractedRecord,
    ExtractedSample,
    ExtractedUser,
    IngestContext,
    Sourced,
)
from tests.nexus_files import write_nexus


@pytest.fixture
def record_of(tmp_path: Path) -> Any:
    def build(
        changes: dict[str, Any] | None = None, name: str = "a.nxs", **fields: Any
    ) -> ExtractedRecord:
        path = write_nexus(tmp_path / "a.nxs", changes, **fields)
        context = IngestContext(name, "Europe/Zurich")
        return extract_record(read_nexus(str(path), PLAN), context)

    return build


def parameters_of(record: ExtractedRecord) -> dict[str, ExtractedParameter]:
    return {parameter.name: parameter for parameter in record.parameters}


def test_complete_file_gives_a_complete_record(record_of: Any) -> None:
    record = record_of()
    assert record.entry_path == "/entry"
    assert record.entry_count == 1
    assert record.title == Sourced("Water at 5 °C", "/entry/title")
    assert record.start.value == datetime.fromisoformat("2026-03-01T10:00:00+01:00")
    assert record.end.value == datetime.fromisoformat("2026-03-01T11:00:00+01:00")
    assert record.definition == Sourced("NXsas", "/entry/definition")
    assert record.proposal == Sourced("ab12345", "/entry/experiment_identifier")
    assert record.visit == Sourced("1", "/entry/experiment_identifier")
    assert record.run_number == Sourced("4711", "/entry/entry_identifier")
    assert record.instrument_name == Sourced("Loki", "/entry/instrument/name")
    assert record.probe == Sourced("neutron", "/entry/instrument/source/probe")
    assert record.default_plot == Sourced("/entry/data", "/entry@default")
    assert record.users == (ExtractedUser("A. Person", "/entry/user/name"),)
    assert record.samples == (ExtractedSample("water", "/entry/sample/name"),)
    assert record.problems == ()


def test_the_samples_temperature_is_a_parameter_of_the_run(record_of: Any) -> None:
    assert parameters_of(record_of())["sample_temperature"] == ExtractedParameter(
        "sample_temperature", 278.15, "K", "/entry/sample/temperature", "dataset"
    )


def test_empty_entry_gives_a_record_of_nothing(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.nxs", "w") as file:
        file.create_group("entry").attrs["NX_class"] = "NXentry"
    record = extract_record(
        read_nexus(str(tmp_path / "a.nxs"), PLAN), IngestContext("a.nxs", "UTC")
    )
    assert record == ExtractedRecord("a.nxs", "/entry", 1)


def test_file_without_entry_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.nxs", "w") as file:
        file["x"] = 1
        file["link"] = h5py.ExternalLink("b.nxs", "/entry")
    with pytest.raises(UnreadableFile, match="links to other files") as raised:
        extract_record(read_nexus(str(tmp_path / "a.nxs"), PLAN), IngestContext("a.nxs", "UTC"))
    assert raised.value.problem.code == "no_entry"


def test_default_entry_is_taken_and_all_are_counted(record_of: Any) -> None:
    changes = {"@default": "2.1", "10.1@NX_class": "NXentry", "2.1@NX_class": "NXentry"}
    record = record_of({**changes, "2.1/title": "ascan"})
    assert (record.entry_path, record.entry_count) == ("/2.1", 3)
    assert record.title == Sourced("ascan", "/2.1/title")


def test_first_entry_is_taken_where_the_default_leads_nowhere(record_of: Any) -> None:
    changes = {"@default": "nothing", "10.1@NX_class": "NXentry", "2.1@NX_class": "NXentry"}
    assert record_of(changes).entry_path == "/2.1"


def test_processed_entry_is_completed_by_the_measured_one_beside_it(record_of: Any) -> None:
    processed = {"@default": "reduced", "reduced@NX_class": "NXentry", "reduced/title": "I(q)"}
    record = record_of({**processed, "reduced/run_number": "-1"})
    assert record.title == Sourced("I(q)", "/reduced/title")
    assert record.run_number == Sourced("4711", "/entry/entry_identifier")
    assert record.instrument_name == Sourced("Loki", "/entry/instrument/name")
    assert record.proposal == Sourced("ab12345", "/entry/experiment_identifier")
    assert [user.name for user in record.users] == ["A. Person"]
    assert (record.definition, record.samples) == (None, ())
    assert {each.name for each in record.parameters} == {
        *("source_name", "source_type", "source_probe")
    }


def test_entry_with_an_instrument_takes_but_a_proposal_from_others(record_of: Any) -> None:
    scan = {"@default": "2.1", "2.1@NX_class": "NXentry", "2.1/instrument@NX_class": "NXinstrument"}
    record = record_of(scan)
    assert (record.instrument_name, record.users) == (None, ())
    assert record.proposal == Sourced("ab12345", "/entry/experiment_identifier")


@pytest.mark.parametrize(
    "changes",
    [
        {"entry@NX_class": "SASentry"},
        {"entry@NX_class": None, "entry@canSAS_class": "SASentry"},
        {"entry@NX_class": "NXsubentry"},
    ],
)
def test_cansas_and_subentries_are_entries(record_of: Any, changes: dict[str, Any]) -> None:
    assert record_of(changes).title == Sourced("Water at 5 °C", "/entry/title")


def test_subentry_fills_what_the_entry_does_not_say(record_of: Any) -> None:
    changes = {"entry/sas@NX_class": "NXsubentry", "entry/sas/definition": "NXsas"}
    record = record_of({"entry/definition": None, **changes})
    assert record.definition == Sourced("NXsas", "/entry/sas/definition")


@pytest.mark.parametrize(
    "value", ["UNKNOWN", "", "0-0", "-1", "exp-ID", r"D:\Data\x", "/data/x", "n/a"]
)
def test_placeholder_proposals_are_dropped(record_of: Any, value: str) -> None:
    assert record_of(experiment_identifier=value).proposal is None


@pytest.mark.parametrize(
    ("name", "proposal", "visit"),
    [
        ("/dls/i06/data/2024/mm34629-2/i06-353130.nxs", "mm34629", "2"),
        ("blc16742_sample.h5", "blc16742", None),
        ("/data/visitor/hc1234/id01/20260301/a.h5", "hc1234", None),
        ("/archive/RB1234567/LOQ00074044.nxs", "1234567", None),
        ("/SNS/REF_L/IPTS-1234/nexus/REF_L_1.nxs.h5", "IPTS-1234", None),
        ("sans33722_1D.h5", None, None),
    ],
)
def test_proposal_comes_from_the_path_where_the_file_has_none(
    record_of: Any, name: str, proposal: str | None, visit: str | None
) -> None:
    record = record_of(name=name, experiment_identifier=None)
    assert (record.proposal.value if record.proposal else None) == proposal
    assert (record.visit.value if record.visit else None) == visit


def test_path_the_file_was_written_under_comes_last(record_of: Any) -> None:
    changes = {"@file_name": "/dls/i07/data/2021/si28707-1/i07-404876.nxs"}
    record = record_of({**changes, "entry/instrument/name": None}, experiment_identifier=None)
    assert record.proposal == Sourced("si28707", "/@file_name")
    assert record.instrument_name == Sourced("i07", "/@file_name")


def test_legacy_and_new_paths_are_found(record_of: Any) -> None:
    record = record_of(
        experiment_identifier=None, identifier_experiment="42", entry_identifier=None, run_number=7
    )
    assert record.proposal == Sourced("42", "/entry/identifier_experiment")
    assert record.run_number == Sourced("7", "/entry/run_number")


@pytest.mark.parametrize("value", [np.array([1319617013, -1075840652]), "21:44:05", "soon"])
def test_bad_date_is_a_warning_with_its_text(record_of: Any, value: object) -> None:
    record = record_of(start_time=value)
    assert record.start is None
    (problem,) = record.problems
    assert (problem.code, problem.path) == ("bad_date", "/entry/start_time")
    assert str(value).split()[0].strip("[] ") in problem.message


def test_naive_date_is_given_the_time_zone_of_the_facility(record_of: Any) -> None:
    record = record_of(start_time="2026-07-01 10:00:00", end_time=None)
    assert record.start.value.isoformat() == "2026-07-01T10:00:00+02:00"


def test_end_before_start_is_left_out_with_a_warning(record_of: Any) -> None:
    record = record_of(end_time="2025-03-01T11:00:00+01:00")
    assert record.start is not None
    assert record.end is None
    assert [problem.code for problem in record.problems] == ["end_before_start"]


def test_unknown_unit_is_a_warning_and_keeps_the_value(record_of: Any) -> None:
    record = record_of({"entry/sample/temperature@units": "User Unit"})
    assert parameters_of(record)["sample_temperature"].unit == "User Unit"
    assert [problem.code for problem in record.problems] == ["unknown_unit"]


def test_energy_is_of_photons_only_where_there_are_photons(record_of: Any) -> None:
    changes = {"entry/instrument/mono@NX_class": "NXmonochromator"}
    changes |= {"entry/instrument/mono/energy": 5.0, "entry/instrument/mono/energy@units": "meV"}
    neutrons = parameters_of(record_of(changes))
    photons = parameters_of(record_of({**changes, "entry/instrument/source/probe": "x-ray"}))
    assert neutrons["incident_energy"].value == 5.0
    assert "incident_photon_energy" not in neutrons
    assert photons["incident_photon_energy"].unit == "meV"


def test_wavelength_prefers_the_beam_at_the_sample(record_of: Any) -> None:
    changes = {
        "entry/instrument/mono@NX_class": "NXmonochromator",
        "entry/instrument/mono/wavelength": 2.0,
        "entry/sample/beam@NX_class": "NXbeam",
        "entry/sample/beam/incident_wavelength": 1.5,
    }
    assert parameters_of(record_of(changes))["incident_wavelength"].value == 1.5


def test_number_that_is_none_is_no_parameter(record_of: Any) -> None:
    record = record_of({"entry/sample/temperature": float("nan")})
    assert "sample_temperature" not in parameters_of(record)


def test_user_fields_are_taken_and_checked(record_of: Any) -> None:
    changes = {
        "entry/user/ORCID": "https://orcid.org/0000-0002-1825-0097",
        "entry/user/email": "UNKNOWN",
        "entry/user/affiliation": "Test Institute",
        "entry/other@NX_class": "NXuser",
        "entry/other/name": "Alpha,Beta",
        "entry/other/orcid": "0000-0002-1825-0098",
        "entry/account@NX_class": "NXuser",
        "entry/account/name": "i07user",
    }
    record = record_of(changes)
    assert [(user.name, user.orcid, user.email, user.affiliation) for user in record.users] == [
        ("Alpha", "", "", ""),
        ("Beta", "", "", ""),
        ("A. Person", "0000-0002-1825-0097", "", "Test Institute"),
    ]
    assert [problem.code for problem in record.problems] == ["bad_orcid"]


def test_plain_text_user_is_a_user(record_of: Any) -> None:
    record = record_of({"entry/user@NX_class": None, "entry/user/name": None}, user="A. Person")
    assert record.users == (ExtractedUser("A. Person", "/entry/user"),)


def test_sample_without_a_name_is_called_by_its_formula(record_of: Any) -> None:
    record = record_of({"entry/sample/name": "NONE", "entry/sample/chemical_formula": "H2O"})
    assert record.samples == (
        ExtractedSample("H2O", "/entry/sample/chemical_formula", formula="H2O"),
    )


def test_default_plot_by_signal_and_by_order(record_of: Any) -> None:
    without_default = {"entry@default": None, "entry/a@NX_class": "NXdata"}
    assert record_of(without_default).default_plot == Sourced("/entry/data", "/entry/data@signal")
    without_signal = {**without_default, "entry/data@signal": None}
    assert record_of(without_signal).default_plot == Sourced("/entry/a", "/entry/a")


def test_file_name_that_is_no_utf_8_can_be_stored(record_of: Any) -> None:
    assert record_of(name="/data/latin1_\udce9.nxs").file_name == "latin1_\ufffd.nxs"


def test_default_plot_is_where_the_groups_lead_one_after_the_other(record_of: Any) -> None:
    changes = {
        "entry@default": "/entry/fit",
        "entry/fit@NX_class": "NXcollection",
        "entry/fit@default": "inner",
        "entry/fit/inner@NX_class": "NXdata",
    }
    assert record_of(changes).default_plot == Sourced("/entry/fit/inner", "/entry/fit@default")


@pytest.mark.parametrize("default", ["nothing", "sample", "sample/nothing"])
def test_default_that_leads_to_no_data_is_passed_over(record_of: Any, default: str) -> None:
    changes = {"entry@default": default}
    assert record_of(changes).default_plot == Sourced("/entry/data", "/entry/data@signal")


@pytest.mark.parametrize("signal", [1, "1"])
def test_default_plot_by_the_signal_of_a_field(record_of: Any, signal: object) -> None:
    changes = {"entry@default": None, "entry/data@signal": None, "entry/a@NX_class": "NXdata"}
    changes["entry/data/counts@signal"] = signal
    plot = record_of(changes).default_plot
    assert plot == Sourced("/entry/data", "/entry/data/counts@signal")


def test_default_plot_may_be_a_link_and_its_signal_too(record_of: Any) -> None:
    changes = {"entry@default": None, "entry/data@NX_class": None, "entry/data@signal": None}
    changes |= {
        "entry/instrument/bank@NX_class": "NXdata",
        "entry/instrument/bank/v": h5py.SoftLink("/entry/data/counts"),
        "entry/data/counts@signal": 1,
        "entry/shown": h5py.SoftLink("/entry/instrument/bank"),
    }
    assert record_of(changes).default_plot == Sourced("/entry/shown", "/entry/shown/v@signal")


def test_detectors_that_have_a_value_give_it(record_of: Any) -> None:
    changes = {f"entry/instrument/bank{n}@NX_class": "NXdetector" for n in (1, 2, 3)}
    changes |= {"entry/instrument/bank1/distance": float("nan")}
    changes |= {"entry/instrument/bank2/distance": 2.0, "entry/instrument/bank3/distance": 3.0}
    record = record_of(changes)
    found = [each for each in record.parameters if each.name == "detector_distance"]
    assert [(each.value, each.source) for each in found] == [
        (2.0, "/entry/instrument/bank2/distance"),
        (3.0, "/entry/instrument/bank3/distance"),
    ]


def test_every_detector_and_monitor_is_named_and_measured_for_itself(record_of: Any) -> None:
    instrument, near = "entry/instrument", "entry/instrument/waxs"
    record = record_of(
        {
            f"{instrument}/saxs@NX_class": "NXdetector",
            f"{instrument}/saxs/local_name": "P2M",
            f"{instrument}/saxs/distance": 9.7,
            f"{near}@NX_class": "NXdetector",
            f"{near}/distance": 0.17,
            f"{near}/x_pixel_size": 0.1,
            "entry/i0@NX_class": "NXmonitor",
            "entry/i0/total_counts": 12.0,
            f"{instrument}/it@NX_class": "NXmonitor",
            f"{instrument}/it/integral": 7.0,
        }
    )
    found: dict[str, dict[str, object]] = {}
    for each in record.parameters:
        found.setdefault(each.name, {})[each.source] = each.value
    assert found["detector_name"] == {
        "/entry/instrument/saxs/local_name": "P2M",
        "/entry/instrument/waxs": "waxs",
    }
    assert found["detector_distance"] == {
        "/entry/instrument/saxs/distance": 9.7,
        "/entry/instrument/waxs/distance": 0.17,
    }
    assert list(found["monitor_name"].values()) == ["i0", "it"]
    assert found["monitor_counts"] == {
        "/entry/i0/total_counts": 12.0,
        "/entry/instrument/it/integral": 7.0,
    }


def test_hundreds_of_detector_banks_are_not_all_listed(record_of: Any) -> None:
    banks = {f"entry/instrument/bank{number}@NX_class": "NXdetector" for number in range(40)}
    names = [each for each in record_of(banks).parameters if each.name == "detector_name"]
    assert len(names) == 8


def test_the_source_is_told_among_the_parameters(record_of: Any) -> None:
    source = "entry/instrument/source"
    found = parameters_of(record_of({f"{source}/name": "ISIS", f"{source}/type": "Spallation"}))
    told = {name: found[name].value for name in ("source_name", "source_type", "source_probe")}
    assert told == {"source_name": "ISIS", "source_type": "Spallation", "source_probe": "neutron"}


def test_pressure_of_the_gas_around_the_sample_is_found(record_of: Any) -> None:
    environment = "entry/sample/gas_pressure_env"
    record = record_of(
        {
            f"{environment}@NX_class": "NXenvironment",
            f"{environment}/pressure_gauge@NX_class": "NXsensor",
            f"{environment}/pressure_gauge/value": 1e-9,
            f"{environment}/pressure_gauge/value@units": "mbar",
        }
    )
    assert parameters_of(record)["sample_pressure"].value == 1e-9


def test_mantid_keeps_run_times_and_proposal_in_its_logs(record_of: Any) -> None:
    values = {
        "run_number": "110502",
        "run_start": "2023-03-04T14:55:14",
        "run_end": "2023-03-04T15:25:14",
        "rb_proposal": "2310045",
    }
    own = ("entry_identifier", "start_time", "end_time", "experiment_identifier")
    changes: dict[str, Any] = {f"entry/{name}": None for name in own}
    changes["entry/logs@NX_class"] = "NXcollection"
    for name, value in values.items():
        changes[f"entry/logs/{name}@NX_class"] = "NXlog"
        changes[f"entry/logs/{name}/value"] = value
    record = record_of(changes)
    assert record.run_number == Sourced("110502", "/entry/logs/run_number/value")
    assert record.start.value == datetime.fromisoformat("2023-03-04T14:55:14+01:00")
    assert record.end.value == datetime.fromisoformat("2023-03-04T15:25:14+01:00")
    assert record.proposal == Sourced("2310045", "/entry/logs/rb_proposal/value")


def ranges_of(record: ExtractedRecord, name: str) -> list[tuple[Any, ...]]:
    return [
        (each.value, each.minimum, each.maximum, each.error)
        for each in record.parameters
        if each.name == name
    ]


TEMPERATURE = "entry/sample/temperature"
LOG = {TEMPERATURE: None, f"{TEMPERATURE}@units": None, f"{TEMPERATURE}_log@NX_class": "NXlog"}


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([10.0, 20.0, 60.0], (30.0, 10.0, 60.0, None)),
        ([0.1] * 10, (0.1, None, None, None)),
        ([float("nan"), 4.0, float("inf")], (4.0, None, None, None)),
        (np.linspace(5.0, 300.0, 5000).reshape(50, 100), (152.5, 5.0, 300.0, None)),
        (np.full(5000, 0.1), (0.1, None, None, None)),
        (np.array([1e308, 1.7e308]), (1.35e308, 1e308, 1.7e308, None)),
        (np.arange(200, dtype="i2"), (99.5, 0.0, 199.0, None)),
    ],
    ids=["few", "equal", "not all finite", "many", "many equal", "large", "integers"],
)
def test_what_varied_is_its_mean_with_its_range(
    record_of: Any, values: Any, found: tuple[Any, ...]
) -> None:
    (told,) = ranges_of(record_of({TEMPERATURE: values}), "sample_temperature")
    assert told == pytest.approx(found, nan_ok=True)


@pytest.mark.parametrize(
    ("log", "found"),
    [
        (
            {"average_value": 5.0, "minimum_value": 4.0, "maximum_value": 7.0},
            (5.0, 4.0, 7.0, None),
        ),
        ({"average_value": 5.0, "average_value_error": 0.2}, (5.0, None, None, 0.2)),
        ({"average_value": 5.0, "value": [1.0, 8.0, 3.0]}, (5.0, 1.0, 8.0, None)),
        ({"value": [1.0, 8.0, 3.0]}, (4.0, 1.0, 8.0, None)),
        (
            {"average_value": 5.0, "minimum_value": 7.0, "maximum_value": 4.0},
            (5.0, None, None, None),
        ),
    ],
    ids=["average with range", "with error", "range of the values", "values alone", "reversed"],
)
def test_a_log_says_the_range_and_the_error(
    record_of: Any, log: dict[str, Any], found: tuple[Any, ...]
) -> None:
    changes = {f"{TEMPERATURE}_log/{name}": value for name, value in log.items()}
    record = record_of({**LOG, **changes, f"{TEMPERATURE}_log/{list(log)[-1]}@units": "K"})
    assert ranges_of(record, "sample_temperature") == [found]


def test_the_average_of_a_log_has_the_unit_of_its_values(record_of: Any) -> None:
    log = {f"{TEMPERATURE}_log/average_value": 5.0, f"{TEMPERATURE}_log/value": [4.0, 6.0]}
    record = record_of({**LOG, **log, f"{TEMPERATURE}_log/value@units": "K"})
    assert parameters_of(record)["sample_temperature"].unit == "K"


def test_a_scan_of_the_energy_is_a_range(record_of: Any) -> None:
    changes = {"entry/instrument/mono@NX_class": "NXmonochromator"}
    changes |= {"entry/instrument/source/probe": "x-ray"}
    record = record_of({**changes, "entry/instrument/mono/energy": [7.0, 7.1, 7.5]})
    assert ranges_of(record, "incident_photon_energy") == [(pytest.approx(7.2), 7.0, 7.5, None)]


def test_counts_of_a_monitor_are_no_range(record_of: Any) -> None:
    record = record_of({"entry/m@NX_class": "NXmonitor", "entry/m/data": [1, 2, 3]})
    assert ranges_of(record, "monitor_counts") == []


def test_more_numbers_than_can_be_summed_up_are_told_of(record_of: Any) -> None:
    record = record_of({TEMPERATURE: np.zeros(600_000)})
    assert ranges_of(record, "sample_temperature") == []
    assert [problem.code for problem in record.problems] == ["series_too_long"]


@pytest.mark.parametrize(
    ("unit", "kelvin"),
    [("degree", 278.15), ("Degrees ", 278.15), (b"\xb0", 278.15), ("celcius", 278.15)],
)
def test_degrees_of_a_temperature_are_celsius(record_of: Any, unit: Any, kelvin: float) -> None:
    changes = {TEMPERATURE: 5.0, f"{TEMPERATURE}@units": unit}
    si = in_si(parameters_of(record_of(changes))["sample_temperature"])
    assert si is not None
    assert (si.value, si.unit) == (pytest.approx(kelvin), "kelvin")


@pytest.mark.parametrize(
    ("unit", "tesla"), [("G", 2e-4), ("kG", 0.2), ("Oe", 2e-4), ("T", 2.0), ("mT", 2e-3)]
)
def test_a_magnetic_field_is_in_tesla(record_of: Any, unit: str, tesla: float) -> None:
    field = "entry/sample/magnetic_field"
    si = in_si(
        parameters_of(record_of({field: 2.0, f"{field}@units": unit}))["sample_magnetic_field"]
    )
    assert si is not None
    assert si.value == pytest.approx(tesla)


def test_a_unit_of_another_quantity_has_no_si_value(record_of: Any) -> None:
    mono = "entry/instrument/mono"
    record = record_of(
        {
            f"{mono}@NX_class": "NXmonochromator",
            f"{mono}/wavelength": 12.0,
            f"{mono}/wavelength@units": "keV",
        }
    )
    wavelength = parameters_of(record)["incident_wavelength"]
    assert (wavelength.value, wavelength.unit, in_si(wavelength)) == (12.0, "keV", None)
    (problem,) = record.problems
    assert (problem.code, problem.path) == ("wrong_unit", "/entry/instrument/mono/wavelength")
    assert "'keV', which is none of [length]" in problem.message


def beside(number: int, proposal: str) -> dict[str, Any]:
    entry = f"entry_{number}"
    return {f"{entry}@NX_class": "NXentry", f"{entry}/experiment_identifier": proposal}


def test_other_entries_are_asked_for_their_proposals(record_of: Any) -> None:
    entries = {**beside(2, "ab12345-2"), **beside(3, "cd67890"), **beside(4, "cd67890")}
    record = record_of({**entries, **beside(5, "UNKNOWN")})
    assert record.proposal == Sourced("ab12345", "/entry/experiment_identifier")
    assert record.further_proposals == (Sourced("cd67890", "/entry_3/experiment_identifier"),)


def test_the_proposal_of_another_entry_is_better_than_a_guess(record_of: Any) -> None:
    record = record_of(beside(2, "cd67890"), "/dls/i22/cm37235-1/a.nxs", experiment_identifier=None)
    assert record.proposal == Sourced("cd67890", "/entry_2/experiment_identifier")
    assert (record.visit, record.further_proposals) == (None, ())
