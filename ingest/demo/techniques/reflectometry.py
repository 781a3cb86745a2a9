"""Specular reflectivity of a film on a substrate, with Kiessig fringes, for X-rays and neutrons."""

import numpy as np

from ingest.demo.plan import Run
from ingest.demo.techniques.parts import monitor, photon_beam, timed_monitor, wavelength_angstrom
from ingest.demo.tree import Array, Field, Group, Link, Measurement, Plot, axis, counts

_ENERGY_KEV = 12.4
_SLD_UNIT = 1e-6
_MODERATOR_PEAK_ANGSTROM = 3.2
# Moderator to detector; 252.778 µs is a neutron's time per metre and ångström.
_FLIGHT_PATH_M = 23.0
_US_PER_M_ANGSTROM = 252.778


def parratt(q: Array, slds: Array, thicknesses: Array, roughness: float) -> Array:
    """Returns |r|² by Parratt's recursion with Névot–Croce interfaces (Phys. Rev. 95, 359, 1954).

    q: 1/Å. slds: Å⁻², from the incident medium to the substrate. thicknesses: Å, of the layers in
    between. roughness: Å, of every interface.
    """
    k = [np.sqrt((q / 2) ** 2 - 4 * np.pi * (sld - slds[0]) + 0j) for sld in slds]
    amplitude = _fresnel(k[-2], k[-1], roughness)
    for layer in range(len(slds) - 3, -1, -1):
        wave = amplitude * np.exp(2j * k[layer + 1] * thicknesses[layer])
        step = _fresnel(k[layer], k[layer + 1], roughness)
        amplitude = (step + wave) / (1 + step * wave)
    return np.asarray(np.abs(amplitude) ** 2)


def _fresnel(above: Array, below: Array, roughness: float) -> Array:
    ratio = (above - below) / (above + below + 1e-30)
    return np.asarray(ratio * np.exp(-2 * above * below * roughness**2))


def film_reflectivity(q: Array, run: Run) -> Array:
    """Returns the reflectivity of the run's film, which grows from run to run."""
    model = run.sample.model
    thickness = model["thickness_angstrom"] + model["growth_angstrom"] * run.index
    slds = np.array([0.0, model["film_sld"], model["substrate_sld"]]) * _SLD_UNIT
    return parratt(q, slds, np.array([thickness]), model["roughness_angstrom"])


def measure_xray_reflectivity(run: Run, rng: np.random.Generator) -> Measurement:
    """Returns a θ–2θ scan over seven decades, attenuators already divided out (NXrefscan)."""
    q = np.geomspace(0.012, 0.55, 260)
    theta = np.degrees(np.arcsin(q * wavelength_angstrom(_ENERGY_KEV) / (4 * np.pi)))
    # A sample shorter than the beam's footprint reflects only part of it at small angles.
    footprint = np.clip(np.sin(np.radians(theta)) / np.sin(np.radians(0.11)), 0, 1)
    flux = 4e7
    data = rng.poisson(film_reflectivity(q, run) * footprint * flux + 2.5)
    current = rng.poisson(1.2e5, q.size)
    detector = Group(
        "NXdetector",
        {
            "data": counts(data),
            "polar_angle": Field(2 * theta, "degree"),
            "distance": Field(0.9, "m"),
        },
    )
    plot = Plot(
        "reflectivity",
        "data",
        ("q",),
        {
            "data": Field(data / flux, "", {"long_name": "Reflectivity"}),
            "errors": Field(np.sqrt(np.maximum(data, 1)) / flux),
            "q": axis(q, "1/angstrom", "Q (1/Å)"),
            "rotation_angle": Link("sample/rotation_angle"),
            "counts": Link("instrument/detector/data"),
        },
        run.sample.name,
    )
    return Measurement(
        definition="NXrefscan",
        setting=f"reflectivity at {run.temperature_k:.0f} K",
        instrument={**photon_beam(_ENERGY_KEV), "detector": detector},
        plots=(plot,),
        monitor=timed_monitor(current, 1.0),
        sample={"rotation_angle": axis(theta, "degree", "θ (°)")},
    )


def measure_neutron_reflectivity(run: Run, rng: np.random.Generator) -> Measurement:
    """Returns a time-of-flight run at one angle, its R(Q) and its detector image (NXreftof)."""
    angle = (0.7, 1.6, 2.8)[run.index % 3]
    tof = np.geomspace(13_000, 78_000, 141)
    wavelength = (tof[1:] + tof[:-1]) / 2 / (_US_PER_M_ANGSTROM * _FLIGHT_PATH_M)
    q = 4 * np.pi * np.sin(np.radians(angle)) / wavelength
    spectrum = 4e6 * _moderator(wavelength)
    expected = spectrum * film_reflectivity(q, run)
    image = rng.poisson(_spread_over_pixels(expected) + 0.05)
    reflected = image[22:43].sum(axis=0)
    order = np.argsort(q)
    ratio = reflected / np.maximum(spectrum, 1)
    plot = Plot(
        "reflectivity",
        "data",
        ("q",),
        {
            "data": Field(ratio[order], "", {"long_name": "Reflectivity"}),
            "errors": Field((np.sqrt(np.maximum(reflected, 1)) / np.maximum(spectrum, 1))[order]),
            "q": axis(q[order], "1/angstrom", "Q"),
        },
        run.sample.name,
    )
    return Measurement(
        definition="NXreftof",
        setting=f"theta = {angle} deg, {run.temperature_k:.0f} K",
        instrument=_tof_instrument(image, tof, angle),
        plots=(plot, _image_plot(image, tof)),
        monitor=monitor(int(rng.poisson(spectrum.sum() / 40))),
    )


def _moderator(wavelength: Array) -> Array:
    """Returns a Maxwellian spectrum with its maximum near 3.2 Å, highest value 1."""
    shape = (_MODERATOR_PEAK_ANGSTROM / wavelength) ** 5
    fall = np.exp(2.5 * (1 - (_MODERATOR_PEAK_ANGSTROM / wavelength) ** 2))
    return np.asarray(shape * fall)


def _spread_over_pixels(expected: Array) -> Array:
    """Returns (64, n) counts: the reflected line as a Gaussian across the pixels."""
    pixels = np.arange(64)
    profile = np.exp(-(((pixels - 32) / 2.4) ** 2) / 2)
    return np.asarray(profile[:, None] / profile.sum() * expected[None, :])


def _tof_instrument(image: Array, tof: Array, angle: float) -> dict[str, Group]:
    detector = {
        "data": counts(image),
        "time_of_flight": axis(tof, "us", "Time of flight"),
        "polar_angle": Field(2 * angle, "degree"),
        "distance": Field(3.6, "m"),
        "y_pixel_size": Field(1.2, "mm"),
    }
    chopper = {"rotation_speed": Field(10.0, "Hz"), "distance": Field(-9.1, "m")}
    return {
        "detector": Group("NXdetector", detector),
        "chopper": Group("NXdisk_chopper", chopper),
    }


def _image_plot(image: Array, tof: Array) -> Plot:
    members: dict[str, Field | Link] = {
        "counts": counts(image, long_name="Counts"),
        "y_pixel": axis(np.arange(image.shape[0]), "", "Pixel"),
        "time_of_flight": axis(tof, "us", "Time of flight"),
    }
    return Plot("detector_1", "counts", ("y_pixel", "time_of_flight"), members)
