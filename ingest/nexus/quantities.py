"""The mapping of measured and set quantities: parameters of the dataset or of its sample."""

from collections.abc import Iterator

from catalogue.vocabulary.measured import Measured
from catalogue.vocabulary.units import (
    CURRENT,
    DENSITY,
    ENERGY,
    FREQUENCY,
    LENGTH,
    MAGNETIC_FIELD,
    MASS,
    POWER,
    PRESSURE,
    TEMPERATURE,
    TIME,
    is_unit_of,
    normalise_unit,
)
from ingest.nexus.fields import PROBE, SOURCE, SOURCE_NAME, SOURCE_TYPE
from ingest.nexus.rules import ParameterRule, entry
from ingest.record import ExtractedParameter


def sensors(name: str) -> tuple[str, ...]:
    """Return where a sample environment quantity stands: a field, a log, or a sensor's value."""
    logged = ("average_value", "value")
    environments = (f"{name}_env", f"{name}_environment", name)
    return entry(
        *(f"NXsample/{each}" for each in (name, f"sample_{name}", f"{name}_mean")),
        *(f"NXsample/{each}" for each in (f"{name}_set", f"{name}_setpoint")),
        *(f"NXsample/{name}{log}/{each}" for log in ("", "_log") for each in logged),
        *(f"NXsample/{each}/NXsensor/value" for each in environments),
        *(f"NXsample/{each}/NXsensor/NXlog/{log}" for each in environments for log in logged),
    )


INCIDENT_ENERGY = (
    entry("NXsample/NXbeam/incident_energy", "NXinstrument/NXbeam/incident_energy")
    + entry("NXinstrument/NXmonochromator/energy", "NXinstrument/NXbeam/photon_energy")
    + entry("NXmonochromator/energy", "NXinstrument/NXbeam/energy", "photon_energy")
    + entry("NXinstrument/monochromator/energy")  # an NXcrystal, as the analyser is one
)
# Each step of processing in words; a parameter of no rule.
PROCESSING_STEP = "processing_step"
# What an NXlog says beside its average_value: the range, and the standard uncertainty.
RANGE = ("minimum_value", "maximum_value")
ERRORS = ("average_value_error", "average_value_errors")
PARTICLES = ("neutron", "muon", "electron", "positron", "proton", "ion")

# Names agreed on by PaNOSC where there is one (incident_wavelength, incident_photon_energy,
# sample_temperature, sample_pressure, sample_chemical_formula); the others follow their pattern.
PARAMETERS = (
    ParameterRule(
        "incident_wavelength",
        entry("NXsample/NXbeam/incident_wavelength", "NXinstrument/NXbeam/incident_wavelength")
        + entry("NXinstrument/NXmonochromator/wavelength")
        + entry("NXinstrument/NXsource/incident_wavelength")
        + entry("NXinstrument/NXbeam/NXmonochromator/wavelength", "NXbeam/incident_wavelength")
        + entry("NXinstrument/NXbeam/wavelength", "NXmonochromator/wavelength", "wavelength")
        + entry("NXinstrument/NXvelocity_selector/wavelength", "NXsample/NXbeam/wavelength")
        + entry("NXinstrument/monochromator/wavelength"),
        dimension=LENGTH,
        varies=True,
    ),
    ParameterRule(
        "incident_photon_energy",
        INCIDENT_ENERGY,
        probe="photon",
        varies=True,
        dimension=ENERGY,
    ),
    ParameterRule(
        "incident_energy",
        INCIDENT_ENERGY,
        probe="particle",
        varies=True,
        dimension=ENERGY,
    ),
    ParameterRule(
        "incident_wavelength_spread",
        entry("NXinstrument/NXmonochromator/wavelength_spread")
        + entry("NXinstrument/NXbeam/incident_wavelength_spread")
        + entry("NXinstrument/NXsource/incident_wavelength_spread")
        + entry("NXinstrument/NXbeam/NXmonochromator/wavelength_spread"),
        dimension=LENGTH,
    ),
    ParameterRule("sample_temperature", sensors("temperature"), dimension=TEMPERATURE, varies=True),
    ParameterRule(
        "sample_pressure",
        sensors("pressure") + entry("NXsample/gas_pressure_env/NXsensor/value"),  # NXmpes
        varies=True,
        dimension=PRESSURE,
    ),
    ParameterRule(
        "sample_magnetic_field",
        sensors("magnetic_field"),
        varies=True,
        dimension=MAGNETIC_FIELD,
    ),
    ParameterRule("sample_electric_field", sensors("electric_field"), varies=True),
    ParameterRule("sample_stress_field", sensors("stress_field"), varies=True),
    ParameterRule("sample_humidity", sensors("humidity"), varies=True),
    ParameterRule(
        "sample_chemical_formula",
        entry("NXsample/chemical_formula", "NXsample/NXsample_component/chemical_formula"),
        kind="text",
        of="sample",
    ),
    ParameterRule(
        "sample_mass",
        entry("NXsample/mass"),
        of="sample",
        dimension=MASS,
    ),
    ParameterRule(
        "sample_density",
        entry("NXsample/density"),
        of="sample",
        dimension=DENSITY,
    ),
    ParameterRule("sample_thickness", entry("NXsample/thickness"), of="sample", dimension=LENGTH),
    ParameterRule("sample_transmission", entry("NXsample/transmission"), varies=True),
    ParameterRule("sample_situation", entry("NXsample/situation"), kind="text"),
    ParameterRule(
        "detector_name",
        entry("NXinstrument/NXdetector/name", "NXinstrument/NXdetector/local_name")
        + entry("NXinstrument/NXdetector/"),
        kind="text",
        of_each=True,
    ),
    ParameterRule(
        "detector_distance",
        entry("NXinstrument/NXdetector/distance", "NXinstrument/NXdetector/SDD")
        + entry("NXinstrument/NXdetector/detector_distance"),
        dimension=LENGTH,
        of_each=True,
        varies=True,
    ),
    ParameterRule(
        "detector_x_pixel_size",
        entry("NXinstrument/NXdetector/x_pixel_size"),
        dimension=LENGTH,
        of_each=True,
    ),
    ParameterRule(
        "detector_y_pixel_size",
        entry("NXinstrument/NXdetector/y_pixel_size"),
        dimension=LENGTH,
        of_each=True,
    ),
    ParameterRule(
        "detector_count_time",
        entry("NXinstrument/NXdetector/count_time", "NXinstrument/NXdetector/frame_time")
        + entry("NXinstrument/NXelectronanalyzer/NXelectron_detector/count_time"),
        varies=True,
        dimension=TIME,
    ),
    ParameterRule(
        "detector_description",
        entry("NXinstrument/NXdetector/description", "NXinstrument/NXdetector/model"),
        kind="text",
    ),
    ParameterRule(
        "monitor_name",
        entry("NXmonitor/name", "NXinstrument/NXmonitor/name")
        + entry("NXmonitor/", "NXinstrument/NXmonitor/"),
        kind="text",
        of_each=True,
    ),
    ParameterRule(
        "monitor_counts",
        entry("NXmonitor/integral", "NXmonitor/monitor_counts", "NXmonitor/bm1_counts")
        + entry("NXmonitor/total_counts", "NXinstrument/NXmonitor/integral")
        + entry("NXmonitor/data", "NXinstrument/NXmonitor/data"),
        of_each=True,
    ),
    ParameterRule("monitor_mode", entry("NXmonitor/mode"), kind="text"),
    ParameterRule(
        "monitor_preset",
        entry("NXmonitor/preset", "NXmonitor/count_time_preset", "NXmonitor/monitor_preset"),
    ),
    ParameterRule(
        "counting_time",
        entry("collection_time", "NXmonitor/count_time", "counting_time", "NXmonitor/time")
        + entry("NXinstrument/NXdetector/time"),
        dimension=TIME,
    ),
    ParameterRule(
        "duration",
        entry("duration"),
        dimension=TIME,
    ),
    ParameterRule("good_frames", entry("good_frames")),
    ParameterRule("proton_charge", entry("proton_charge")),
    ParameterRule("run_cycle", entry("run_cycle"), kind="text"),
    ParameterRule("scan_command", entry("scan_command"), kind="text"),
    ParameterRule(
        "instrument_model",
        entry("simulation/@Instrument", "NXinstrument/@Source")
        + entry("NXinstrument/description@file_name"),
        kind="text",
    ),
    ParameterRule("experimental_method", entry("method", "experiment_type"), kind="text"),
    ParameterRule("source_name", SOURCE_NAME.paths, kind="text"),
    ParameterRule("source_type", SOURCE_TYPE.paths, kind="text"),
    ParameterRule("source_probe", PROBE.paths, kind="text"),
    ParameterRule(
        "source_energy",
        tuple(f"{source}/energy" for source in SOURCE),
        varies=True,
        dimension=ENERGY,
    ),
    ParameterRule(
        "source_current",
        tuple(f"{source}/current" for source in SOURCE),
        dimension=CURRENT,
        varies=True,
    ),
    ParameterRule(
        "source_frequency",
        tuple(f"{source}/frequency" for source in SOURCE),
        varies=True,
        dimension=FREQUENCY,
    ),
    ParameterRule(
        "source_power",
        tuple(f"{source}/power" for source in SOURCE),
        varies=True,
        dimension=POWER,
    ),
    ParameterRule("source_mode", tuple(f"{source}/mode" for source in SOURCE), kind="text"),
)


# What the unit of a parameter measures, for `normalise_unit` and `to_si`.
_OF_EACH = frozenset({PROCESSING_STEP, *(rule.name for rule in PARAMETERS if rule.of_each)})
DIMENSIONS = {rule.name: rule.dimension for rule in PARAMETERS}


def in_si(parameter: ExtractedParameter) -> Measured | None:
    """Return a number in SI; the parameter's dimension tells A for ångström from A for ampere."""
    if not isinstance(parameter.value, float):
        return None
    if not has_fitting_unit(parameter):
        return None
    measured = Measured(
        *(parameter.value, parameter.unit, parameter.minimum, parameter.maximum, parameter.error)
    )
    return measured.in_si(dimension=DIMENSIONS.get(parameter.name, ""))


def slot_of(name: str, place: str) -> str:
    """Return what tells a value from others of its name: its path where each device has one."""
    return place if name in _OF_EACH else ""


def has_fitting_unit(parameter: ExtractedParameter) -> bool:
    """Tell whether a unit measures what the parameter is, or is not known.

    A wavelength of 12 keV has no length: its SI value would be found among the lengths.
    """
    dimension = DIMENSIONS.get(parameter.name, "")
    unit = normalise_unit(parameter.unit, dimension=dimension)
    return unit is None or is_unit_of(unit, dimension)


def beside_averages(rule: ParameterRule) -> Iterator[str]:
    """Yield where a log says the range and the error of a quantity, beside its average."""
    for path in rule.paths:
        group, _, name = path.rpartition("/")
        if name == "average_value":
            yield from (f"{group}/{each}" for each in (*RANGE, *ERRORS))
