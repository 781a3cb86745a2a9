"""X-ray absorption spectra: an arctangent edge, a white line and one shell of EXAFS."""

import numpy as np

from ingest.demo.plan import Run
from ingest.demo.techniques.parts import timed_monitor
from ingest.demo.tree import Array, Field, Group, Link, Measurement, Plot, axis, counts

# k² in Å⁻² per eV above the edge: 2m/ħ² (CODATA 2018).
_K2_PER_EV = 0.2624684
_INCIDENT_COUNTS = 2.2e5


def energy_grid(edge_ev: float) -> Array:
    """Returns steps of 5 eV before the edge, 0.4 eV over it and 0.05/Å in k behind it."""
    before = np.arange(-150, -20, 5.0)
    over = np.arange(-20, 40, 0.4)
    k = np.arange(np.sqrt(40 * _K2_PER_EV), 13.5, 0.05)
    return np.concatenate([before, over, k**2 / _K2_PER_EV]) + edge_ev


def absorption(energy: Array, run: Run) -> Array:
    """Returns µ(E) times thickness: background, edge step 1, white line and oscillations."""
    model = run.sample.model
    above = energy - model["edge_ev"]
    background = 0.35 * (model["edge_ev"] / energy) ** 3
    edge = 0.5 + np.arctan(above / 1.3) / np.pi
    # Hydration water leaves along the series and the white line goes down with it.
    height = model["white_line"] * (1 - 0.35 * run.progress)
    white_line = height * np.exp(-(((above - 4.5) / 3.2) ** 2))
    return np.asarray(background + edge * (1 + fine_structure(above, run)) + white_line)


def fine_structure(above_ev: Array, run: Run) -> Array:
    """Returns χ by the EXAFS equation for one shell (Sayers, Stern and Lytle 1971)."""
    model = run.sample.model
    k = np.sqrt(np.maximum(above_ev, 0) * _K2_PER_EV) + 1e-9
    radius = model["shell_angstrom"] - 0.04 * run.progress
    sigma2 = 2e-3 + 1.1e-5 * run.temperature_k
    backscattering = 0.9 * model["neighbours"] / 6 * np.exp(-(((k - 5.5) / 5.5) ** 2))
    damping = np.exp(-2 * sigma2 * k**2 - 2 * radius / 7.0)
    chi = backscattering * damping * np.sin(2 * k * radius - 1.1) / radius**2
    # Nothing oscillates before the electron is free; fade in over the first ångström⁻¹ or so.
    return np.asarray(chi * (1 - np.exp(-((k / 1.8) ** 4))))


def measure_absorption(run: Run, rng: np.random.Generator) -> Measurement:
    """Returns incident and transmitted counts over the energy, and µ (NXxas)."""
    edge = run.sample.model["edge_ev"]
    energy = energy_grid(edge)
    thickness = 1.3
    i0 = rng.poisson(_INCIDENT_COUNTS * (1 - 4e-5 * (energy - edge)))
    i1 = rng.poisson(i0 * 0.8 * np.exp(-thickness * absorption(energy, run)))
    mu = np.log(i0 / np.maximum(i1, 1))
    plot = Plot(
        "absorption",
        "absorbed_beam",
        ("energy",),
        {
            "absorbed_beam": Field(mu, "", {"long_name": "μ(E) · x"}),
            "energy": axis(energy, "eV", "Energy (eV)"),
            "i0": Link("instrument/i0/data"),
            "i1": Link("instrument/i1/data"),
        },
        run.sample.name,
    )
    return Measurement(
        definition="NXxas",
        setting=f"K edge at {run.temperature_k:.0f} K, scan {run.index + 1}",
        instrument={
            "monochromator": Group(
                "NXmonochromator", {"energy": Field(energy, "eV"), "crystal": Field("Si(111)")}
            ),
            "beam": Group("NXbeam", {"incident_energy": Field(edge, "eV")}),
            "i0": Group(
                "NXdetector", {"data": counts(i0), "description": Field("Ion chamber, N2")}
            ),
            "i1": Group(
                "NXdetector", {"data": counts(i1), "description": Field("Ion chamber, Ar")}
            ),
        },
        plots=(plot, _raw_plot()),
        monitor=timed_monitor(i0, 1.0),
    )


def _raw_plot() -> Plot:
    members: dict[str, Field | Link] = {
        "i1": Link("instrument/i1/data"),
        "energy": Link("instrument/monochromator/energy"),
    }
    return Plot("measurement", "i1", ("energy",), members)
