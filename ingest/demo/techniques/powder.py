"""Powder diffraction of cubic and tetragonal lattices: pseudo-Voigt lines on a background."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

import numpy as np

from ingest.demo.entities import DemoSample
from ingest.demo.plan import Run
from ingest.demo.techniques.parts import photon_beam, timed_monitor, wavelength_angstrom
from ingest.demo.tree import Array, Field, Group, Measurement, Plot, axis, counts

Miller: TypeAlias = tuple[int, int, int]

_ENERGY_KEV = 22.0
# A sample's `centring` in its model; 0 is a primitive lattice.
_BODY, _FACE = 1.0, 2.0
# Linear expansion of a typical oxide, per kelvin.
_EXPANSION_PER_K = 1.1e-5


@dataclass(frozen=True, slots=True)
class Reflection:
    """One line of the powder pattern, its symmetry equivalents summed in `strength`."""

    d_angstrom: float
    strength: float


def lattice(sample: DemoSample, temperature_k: float) -> tuple[float, float]:
    """Returns a and c in Å at a temperature; above a Curie point the two are equal."""
    model = sample.model
    a = model["a_angstrom"]
    c = model.get("c_angstrom", a)
    curie = model.get("curie_k", np.inf)
    order = np.sqrt(max(0.0, 1 - temperature_k / curie)) if np.isfinite(curie) else 1.0
    # Half of the splitting is there at room temperature already.
    share = min(1.0, float(order) / 0.5)
    mean = (a * a * c) ** (1 / 3)
    growth = 1 + _EXPANSION_PER_K * (temperature_k - 295.0)
    return (mean + (a - mean) * share) * growth, (mean + (c - mean) * share) * growth


def reflections(
    sample: DemoSample, temperature_k: float, d_min_angstrom: float
) -> tuple[Reflection, ...]:
    """Returns the allowed lines of at least `d_min_angstrom`, longest d first."""
    a, c = lattice(sample, temperature_k)
    highest = int(max(a, c) / d_min_angstrom) + 1
    found = _lines(a, c, sample.model["centring"], highest, d_min_angstrom)
    return tuple(sorted(found, key=lambda line: -line.d_angstrom))


def _lines(a: float, c: float, centring: float, highest: int, d_min: float) -> Iterator[Reflection]:
    indices = range(highest + 1)
    for hkl in product(indices, indices, indices):
        if hkl[0] < hkl[1] or sum(hkl) == 0 or not _is_allowed(hkl, centring):
            continue
        d = 1 / math.sqrt((hkl[0] ** 2 + hkl[1] ** 2) / a**2 + hkl[2] ** 2 / c**2)
        if d >= d_min:
            yield Reflection(d, _multiplicity(hkl) * _structure_factor(hkl, d))


def _is_allowed(hkl: Miller, centring: float) -> bool:
    if centring == _BODY:
        return sum(hkl) % 2 == 0
    if centring == _FACE:
        return len({index % 2 for index in hkl}) == 1
    return True


def _multiplicity(hkl: Miller) -> int:
    signs: int = 1 << sum(index != 0 for index in hkl)
    return signs * (2 if hkl[0] != hkl[1] else 1)


def _structure_factor(hkl: Miller, d: float) -> float:
    """Returns |F|² in arbitrary units: strong for even sums, fading with a Debye–Waller factor."""
    parity = 1.0 if sum(hkl) % 2 == 0 else 0.45
    variation = 1 + 0.5 * math.cos(1.7 * hkl[0] + 2.3 * hkl[1] + 2.9 * hkl[2])
    return parity * variation * math.exp(-0.6 / (2 * d * d))


def pseudo_voigt(x: Array, centre: float, width: float, mixing: float) -> Array:
    """Returns a line of area 1. width: full, at half maximum; mixing: Lorentzian share."""
    reduced = (x - centre) / width
    lorentzian = 2 / (np.pi * width) / (1 + 4 * reduced**2)
    gaussian = np.sqrt(4 * np.log(2) / np.pi) / width * np.exp(-4 * np.log(2) * reduced**2)
    return np.asarray(mixing * lorentzian + (1 - mixing) * gaussian)


def pattern(two_theta: Array, lines: tuple[Reflection, ...], wavelength: float) -> Array:
    """Returns the lines over 2θ in degrees, with Lorentz factor and a width rising with tan θ."""
    total = np.zeros_like(two_theta)
    for line in lines:
        theta = np.arcsin(wavelength / (2 * line.d_angstrom))
        width = 0.022 + 0.05 * np.tan(theta)
        lorentz = 1 / (np.sin(theta) ** 2 * np.cos(theta))
        total += (
            line.strength * lorentz * pseudo_voigt(two_theta, 2 * np.degrees(theta), width, 0.4)
        )
    return total


def measure_powder(run: Run, rng: np.random.Generator) -> Measurement:
    """Returns one pattern from 4 to 54 degrees (NXmonopd)."""
    wavelength = wavelength_angstrom(_ENERGY_KEV)
    two_theta = np.arange(4.0, 54.0, 0.01)
    d_min = wavelength / (2 * np.sin(np.radians(27.0)))
    lines = pattern(two_theta, reflections(run.sample, run.temperature_k, d_min), wavelength)
    halo = 90 * np.exp(-(((two_theta - 10.5) / 4.5) ** 2))
    data = rng.poisson(2.4e4 * lines / lines.max() + 60 + halo + 120 * np.exp(-two_theta / 9))
    detector = {
        "data": counts(data),
        "polar_angle": Field(two_theta, "degree"),
        "distance": Field(0.76, "m"),
        "count_time": Field(2.0, "s"),
    }
    plot = Plot(
        "data",
        "counts",
        ("polar_angle",),
        {
            "counts": counts(data, long_name="Counts"),
            "polar_angle": axis(two_theta, "degree", "2θ (°)"),
        },
        run.sample.name,
    )
    return Measurement(
        definition="NXmonopd",
        setting=f"{run.temperature_k:.0f} K",
        instrument={**photon_beam(_ENERGY_KEV), "detector": Group("NXdetector", detector)},
        plots=(plot,),
        monitor=timed_monitor(rng.poisson(3.1e5, 32), 2.0),
        sample={"rotation_speed": Field(10.0, "Hz")},
    )
