"""Small angle scattering of spheres on an area detector, with X-rays or neutrons."""

from dataclasses import dataclass

import numpy as np

from ingest.demo.plan import Run
from ingest.demo.techniques.parts import area_detector, monitor, photon_beam, wavelength_angstrom
from ingest.demo.tree import Array, Field, Group, Link, Measurement, Plot, axis

_BEAMSTOP_PIXELS = 5.0
_SAXS_ENERGY_KEV = 12.4


@dataclass(frozen=True, slots=True)
class Camera:
    """A square detector behind the sample. `level` is the counts expected near the beam stop."""

    pixels: int
    pixel_mm: float
    distance_m: float
    wavelength: float
    level: float
    background: float
    description: str


def sphere_intensity(q: Array, radius: float, spread: float) -> Array:
    """Returns the form factor of spheres of normally distributed radius, 1 at q = 0.

    q: 1/Å. radius: Å. spread: standard deviation over mean. Rayleigh 1911; at small q it is
    Guinier's law, at large q Porod's q⁻⁴.
    """
    factors = np.linspace(-2, 2, 9)
    radii = radius * (1 + spread * factors)
    weights = np.exp(-(factors**2) / 2) * radii**6
    x = np.maximum(q[..., None] * radii, 1e-6)
    form = (3 * (np.sin(x) - x * np.cos(x)) / x**3) ** 2
    return np.asarray((form * weights).sum(axis=-1) / weights.sum())


def sample_intensity(q: Array, run: Run) -> Array:
    """Returns spheres that grow from run to run, a Porod rise of large grains, and a broad peak."""
    model = run.sample.model
    radius = model["radius_angstrom"] * (1 + model.get("growth", 0.0) * run.index)
    spheres = sphere_intensity(q, radius, model["spread"])
    grains = 2e-3 * (0.012 / np.maximum(q, 0.004)) ** 4
    centre = model.get("peak_inverse_angstrom")
    if centre is None:
        return np.asarray(spheres + grains)
    # Internal order is lost as the series goes on.
    peak = 2e-3 * (1 - 0.8 * run.progress) * np.exp(-(((q - centre) / 0.018) ** 2))
    return np.asarray(spheres + grains + peak)


def measure_sans(run: Run, rng: np.random.Generator) -> Measurement:
    """Returns one detector image and its radial average (NXsas)."""
    camera = Camera(128, 8.0, 5.0, 6.0, 3000.0, 1.2, "He-3 tubes, 128 x 128 pixels of 8 mm")
    selector = {
        "wavelength": Field(camera.wavelength, "angstrom"),
        "wavelength_spread": Field(0.1),
    }
    beam = {"monochromator": Group("NXmonochromator", selector)}
    return _measure(run, rng, camera, beam, "NXsas")


def measure_saxs(run: Run, rng: np.random.Generator) -> Measurement:
    """Returns one detector image and its radial average (NXcanSAS)."""
    wavelength = round(wavelength_angstrom(_SAXS_ENERGY_KEV), 6)
    camera = Camera(160, 1.376, 5.0, wavelength, 2e5, 3.0, "Hybrid pixels, binned 8 x 8")
    return _measure(run, rng, camera, photon_beam(_SAXS_ENERGY_KEV), "NXcanSAS")


def _measure(
    run: Run,
    rng: np.random.Generator,
    camera: Camera,
    beam: dict[str, Group],
    definition: str,
) -> Measurement:
    radius_pixels, q = _pixel_q(camera)
    expected = camera.level * sample_intensity(q, run) + camera.background
    image = rng.poisson(np.where(radius_pixels < _BEAMSTOP_PIXELS, 0.05, expected))
    detector = area_detector(
        image,
        description=camera.description,
        distance_m=camera.distance_m,
        pixel_mm=camera.pixel_mm,
        exposure_s=30.0,
    )
    return Measurement(
        definition=definition,
        setting=f"{run.temperature_k:.0f} K, frame {run.index + 1}",
        instrument={**beam, "detector": detector, "collimator": _collimator(camera)},
        plots=(_radial_plot(image, radius_pixels, q, run), _image_plot(camera)),
        monitor=monitor(int(rng.poisson(1_000_000))),
        sample={"thickness": Field(1.0, "mm"), "transmission": Field(0.62)},
    )


def _pixel_q(camera: Camera) -> tuple[Array, Array]:
    """Returns each pixel's distance from the beam in pixels, and its q in 1/Å."""
    offset = np.arange(camera.pixels) - (camera.pixels - 1) / 2
    radius_pixels = np.hypot(offset[:, None], offset[None, :])
    angle = np.arctan(radius_pixels * camera.pixel_mm * 1e-3 / camera.distance_m)
    return radius_pixels, 4 * np.pi * np.sin(angle / 2) / camera.wavelength


def _collimator(camera: Camera) -> Group:
    return Group("NXcollimator", {"geometry_length": Field(camera.distance_m, "m")})


def _radial_plot(image: Array, radius_pixels: Array, q: Array, run: Run) -> Plot:
    ring = np.round(radius_pixels).astype(int)
    rings = np.arange(int(_BEAMSTOP_PIXELS) + 1, image.shape[0] // 2)
    pixels = np.bincount(ring.ravel())[rings]
    total = np.bincount(ring.ravel(), image.ravel())[rings]
    mean_q = np.bincount(ring.ravel(), q.ravel())[rings] / pixels
    members: dict[str, Field | Link] = {
        "I": Field(total / pixels, "counts", {"long_name": "I(Q)", "uncertainties": "Idev"}),
        "Idev": Field(np.sqrt(np.maximum(total, 1)) / pixels, "counts"),
        "Q": axis(mean_q, "1/angstrom", "Q"),
    }
    return Plot("sasdata", "I", ("Q",), members, run.sample.name)


def _image_plot(camera: Camera) -> Plot:
    position = (np.arange(camera.pixels) - (camera.pixels - 1) / 2) * camera.pixel_mm
    members: dict[str, Field | Link] = {
        "data": Link("instrument/detector/data"),
        "y": axis(position, "mm", "Vertical position"),
        "x": axis(position, "mm", "Horizontal position"),
    }
    return Plot("image", "data", ("y", "x"), members)
