"""Neutron spectroscopy of one dispersing excitation: a map of S(Q,E) and a cut through it."""

import numpy as np

from ingest.demo.plan import Run
from ingest.demo.techniques.parts import timed_monitor
from ingest.demo.tree import Array, Field, Group, Link, Measurement, Plot, axis

_MEV_PER_K = 0.0861733
_COUNTS_AT_PEAK = 140.0


def branch(q: Array, boundary_mev: float, a_angstrom: float) -> Array:
    """Returns the energy of an excitation of a nearest-neighbour chain: E_max |sin(qa/2)|."""
    return np.asarray(boundary_mev * np.abs(np.sin(q * a_angstrom / 2)))


def scattering(q: Array, energy: Array, run: Run) -> Array:
    """Returns (n_q, n_e) of S(Q,E), highest value near 1 on the branch.

    The branch softens and broadens on warming; energy gain and loss obey detailed balance.
    """
    model = run.sample.model
    incident = model["incident_mev"]
    warm = run.temperature_k / 600
    centre = branch(q, model["boundary_mev"] * (1 - 0.12 * warm), model["a_angstrom"])[:, None]
    width = incident * (0.022 + 0.03 * warm)
    loss = np.exp(-(((energy - centre) / width) ** 2) / 2)
    gain = np.exp(-(((energy + centre) / width) ** 2) / 2)
    population = 1 / (1 - np.exp(-(centre + 0.4) / (_MEV_PER_K * run.temperature_k)))
    modes = (population * loss + (population - 1) * gain) / (1 + centre / (0.35 * incident))
    elastic = 2.2 * np.exp(-((energy / (0.014 * incident)) ** 2) / 2)
    bragg = 1 + 6 * np.exp(-((np.sin(q[:, None] * model["a_angstrom"] / 2) / 0.12) ** 2))
    return np.asarray(modes / max(1.0, float(modes.max())) + elastic * bragg * 0.3)


def measure_excitations(run: Run, rng: np.random.Generator) -> Measurement:
    """Returns the map, and its cut inside the zone as the plain spectrum (NXdirecttof)."""
    model = run.sample.model
    incident = model["incident_mev"]
    zone = 2 * np.pi / model["a_angstrom"]
    q = np.linspace(0.15 * zone, 2.1 * zone, 110)
    energy = np.linspace(-0.35 * incident, 0.85 * incident, 150)
    expected = _COUNTS_AT_PEAK * scattering(q, energy, run) + 1.5
    data = np.where(_is_reachable(q, energy, incident), rng.poisson(expected), 0).astype(np.float32)
    cut = np.abs(q - 1.2 * zone) < 0.03 * zone
    q_axis, energy_axis = axis(q, "1/angstrom", "|Q| (1/Å)"), axis(energy, "meV", "Energy transfer")
    return Measurement(
        definition="NXdirecttof",
        setting=f"Ei = {incident:.0f} meV, T = {run.temperature_k:.0f} K",
        instrument=_spectrometer(incident, rng),
        plots=(_map_plot(data, q_axis, energy_axis, run), _cut_plot(data[cut], energy_axis)),
        monitor=timed_monitor(rng.poisson(4e4, 64), 3600.0),
    )


def _is_reachable(q: Array, energy: Array, incident_mev: float) -> Array:
    """Returns which (Q, E) the detectors from 4 to 135 degrees can see (2.0721 meV Å² = ħ²/2m)."""
    ki2 = incident_mev / 2.0721
    kf2 = np.maximum(incident_mev - energy, 0) / 2.0721
    cross = 2 * np.sqrt(ki2 * kf2)
    low, high = (
        np.sqrt(np.maximum(ki2 + kf2 - cross * np.cos(np.radians(angle)), 0)) for angle in (4, 135)
    )
    return np.asarray((q[:, None] >= low) & (q[:, None] <= high))


def _spectrometer(incident_mev: float, rng: np.random.Generator) -> dict[str, Group]:
    tof = np.linspace(1500, 9500, 401)
    spectrum = rng.poisson(6000 * np.exp(-(((tof[1:] - 4200) / 160) ** 2)) + 12)
    detector = {
        "data": Field(spectrum.astype(np.uint32), "counts"),
        "time_of_flight": axis(tof, "us", "Time of flight"),
        "distance": Field(3.5, "m"),
    }
    fermi = {"energy": Field(incident_mev, "meV"), "rotation_speed": Field(300.0, "Hz")}
    return {
        "fermi_chopper": Group("NXfermi_chopper", fermi),
        "monochromator": Group("NXmonochromator", {"energy": Field(incident_mev, "meV")}),
        "detector": Group("NXdetector", detector),
    }


def _map_plot(data: Array, q_axis: Field, energy_axis: Field, run: Run) -> Plot:
    members: dict[str, Field | Link] = {
        "data": Field(data, "counts", {"long_name": "S(Q,E)"}),
        "Q": q_axis,
        "energy_transfer": energy_axis,
    }
    return Plot("sqw", "data", ("Q", "energy_transfer"), members, run.sample.name)


def _cut_plot(slab: Array, energy_axis: Field) -> Plot:
    members: dict[str, Field | Link] = {
        "data": Field(slab.mean(axis=0), "counts", {"long_name": "Intensity at Q = 1.2 a*"}),
        "energy_transfer": energy_axis,
    }
    return Plot("cut", "data", ("energy_transfer",), members)
