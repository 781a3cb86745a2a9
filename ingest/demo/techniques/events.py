"""Time-of-flight powder diffraction kept as single neutrons, with a temperature log."""

import numpy as np

from ingest.demo.plan import Run
from ingest.demo.techniques.powder import Reflection, reflections
from ingest.demo.tree import Array, Field, Group, Link, Measurement, Plot, axis, counts

_EVENTS = 32_000
_PULSES = 900
_PULSE_PERIOD_S = 0.1
_TUBES, _PIXELS_PER_TUBE = 24, 32
_FLIGHT_PATH_M = 26.5
# A neutron's time per metre and ångström, in µs.
_US_PER_M_ANGSTROM = 252.778
_SHORTEST_D_ANGSTROM = 0.75
_TOF_US = (4_000.0, 46_000.0)


def measure_events(run: Run, rng: np.random.Generator) -> Measurement:
    """Returns events by pulse, the spectrum they sum to, and a monitor's histogram."""
    lines = reflections(run.sample, run.temperature_k, _SHORTEST_D_ANGSTROM)
    pixel = rng.integers(0, _TUBES * _PIXELS_PER_TUBE, _EVENTS)
    offset = _arrival_us(_draw_d(lines, rng), pixel, rng)
    keep = (offset > _TOF_US[0]) & (offset < _TOF_US[1])
    pixel, offset = pixel[keep], offset[keep]
    pulse = np.sort(rng.integers(0, _PULSES, offset.size))
    event_data = _event_group(pixel, offset, pulse)
    seconds = _PULSES * _PULSE_PERIOD_S
    return Measurement(
        definition="NXtofnpd",
        setting=f"ramp at {run.temperature_k:.0f} K",
        instrument={"detector_1": _bank(), "chopper": _chopper()},
        plots=(_spectrum_plot(pixel, offset, run),),
        monitor=_monitor(rng, seconds),
        sample={"temperature_log": _temperature_log(run, rng, seconds)},
        entry={
            "detector_1_events": event_data,
            "proton_charge": Field(round(float(rng.normal(42, 0.4)), 4), "uAh"),
            "good_frames": Field(_PULSES),
            "raw_frames": Field(_PULSES + 3),
        },
    )


def _draw_d(lines: tuple[Reflection, ...], rng: np.random.Generator) -> Array:
    """Returns the lattice spacing each neutron was reflected from; a third come from anywhere."""
    spacing = np.array([line.d_angstrom for line in lines])
    # Time-of-flight Lorentz factor d⁴, here against a spectrum that falls nearly as fast.
    weight = np.array([line.strength for line in lines]) * spacing**1.5
    reflected = rng.choice(spacing, _EVENTS, p=weight / weight.sum())
    anywhere = np.exp(rng.uniform(np.log(_SHORTEST_D_ANGSTROM), np.log(4.5), _EVENTS))
    return np.where(rng.uniform(size=_EVENTS) < 0.33, anywhere, reflected)


def _arrival_us(d: Array, pixel: Array, rng: np.random.Generator) -> Array:
    """Returns times of flight, smeared by the moderator's pulse of 0.25 % and its slow tail."""
    wavelength = 2 * d * np.sin(np.radians(scattering_angle(pixel)) / 2)
    smear = 1 + 0.0025 * rng.standard_normal(_EVENTS) + 0.002 * rng.exponential(1, _EVENTS)
    return np.asarray(_US_PER_M_ANGSTROM * _FLIGHT_PATH_M * wavelength * smear)


def scattering_angle(pixel: Array) -> Array:
    """Returns 2θ in degrees of each pixel; tubes stand from 80 to 100 degrees."""
    return np.asarray(80 + 20 * (pixel // _PIXELS_PER_TUBE) / (_TUBES - 1))


def _event_group(pixel: Array, offset: Array, pulse: Array) -> Group:
    first_of_pulse = np.searchsorted(pulse, np.arange(_PULSES))
    zero = np.arange(_PULSES) * _PULSE_PERIOD_S
    return Group(
        "NXevent_data",
        {
            "event_id": Field((pixel + 1).astype(np.int32)),
            "event_time_offset": Field(offset.astype(np.float32), "us"),
            "event_time_zero": Field(zero, "s"),
            "event_index": Field(first_of_pulse.astype(np.int64)),
            "total_counts": Field(int(pixel.size), "counts"),
        },
    )


def _bank() -> Group:
    pixel = np.arange(_TUBES * _PIXELS_PER_TUBE)
    return Group(
        "NXdetector",
        {
            "detector_number": Field((pixel + 1).astype(np.int32)),
            "polar_angle": Field(scattering_angle(pixel).astype(np.float32), "degree"),
            "distance": Field(1.5, "m"),
            "description": Field("90 degree bank, 24 He-3 tubes"),
        },
    )


def _chopper() -> Group:
    return Group("NXdisk_chopper", {"rotation_speed": Field(10.0, "Hz")})


def _monitor(rng: np.random.Generator, seconds: float) -> Group:
    edges = np.linspace(*_TOF_US, 371)
    middle = (edges[1:] + edges[:-1]) / 2
    peak = 13_500.0
    data = rng.poisson(900 * (peak / middle) ** 3 * np.exp(1.5 * (1 - (peak / middle) ** 2)))
    return Group(
        "NXmonitor",
        {
            "mode": Field("timer"),
            "preset": Field(seconds, "s"),
            "integral": Field(int(data.sum()), "counts"),
            "distance": Field(-1.8, "m"),
            "data": counts(data),
            "time_of_flight": axis(edges, "us", "Time of flight"),
        },
    )


def _temperature_log(run: Run, rng: np.random.Generator, seconds: float) -> Group:
    """Returns the furnace's reading every second, closing in on its set point."""
    time = np.arange(0, seconds, 1.0)
    value = run.temperature_k - 4 * np.exp(-time / 18) + 0.08 * rng.standard_normal(time.size)
    return Group(
        "NXlog",
        {
            "time": Field(time, "s"),
            "value": Field(value.astype(np.float32), "K"),
            "average_value": Field(round(float(value.mean()), 3), "K"),
            "minimum_value": Field(round(float(value.min()), 3), "K"),
            "maximum_value": Field(round(float(value.max()), 3), "K"),
        },
    )


def _spectrum_plot(pixel: Array, offset: Array, run: Run) -> Plot:
    """Returns the events focused to the bank's middle angle and counted over time of flight."""
    focused = offset * np.sin(np.radians(45)) / np.sin(np.radians(scattering_angle(pixel)) / 2)
    data, edges = np.histogram(focused, bins=1400, range=_TOF_US)
    members: dict[str, Field | Link] = {
        "counts": counts(data, long_name="Neutrons"),
        "time_of_flight": axis(edges, "us", "Time of flight"),
    }
    return Plot("detector_1_spectrum", "counts", ("time_of_flight",), members, run.sample.name)
