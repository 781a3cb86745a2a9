"""Rotation frames of a protein crystal: Bragg spots, a solvent ring, a beam stop."""

import numpy as np

from ingest.demo.plan import Run
from ingest.demo.techniques.parts import area_detector, monitor, photon_beam, wavelength_angstrom
from ingest.demo.tree import Array, Field, Group, Link, Measurement, Plot, axis

_ENERGY_KEV = 12.7
_ROWS, _COLUMNS = 220, 240
_PIXEL_MM = 1.2
_DISTANCE_M = 0.21
_FRAMES = 6
_STEP_DEGREES = 0.5
_BEAMSTOP_PIXELS = 5
# Relative mismatch of Ewald sphere and lattice point at which a spot has faded: mosaicity.
_MOSAIC = 0.0016


def reciprocal_points(run: Run) -> Array:
    """Returns (n, 3) lattice points in 1/Å up to the detector's edge, as the crystal sits."""
    model = run.sample.model
    cell = np.array([model["a_angstrom"], model["b_angstrom"], model["c_angstrom"]])
    reach = 2 * np.sin(np.arctan(0.145 / _DISTANCE_M) / 2) / wavelength_angstrom(_ENERGY_KEV)
    ranges = [np.arange(-int(edge * reach), int(edge * reach) + 1) for edge in cell]
    indices = np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1).reshape(-1, 3)
    points = indices / cell
    length = np.linalg.norm(points, axis=1)
    return np.asarray(points[(length > 0.03) & (length < reach)] @ _orientation(run).T)


def _orientation(run: Run) -> Array:
    """Returns the rotation matrix of how the crystal sits in its loop, one per visit."""
    rng = np.random.default_rng(run.number - run.index)
    matrix, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    return np.asarray(matrix)


def frame(points: Array, amplitudes: Array, angle_degrees: float, dose: float) -> Array:
    """Returns the counts expected on one frame of spots alone.

    dose: Å², the fall of intensity with resolution added by radiation damage.
    """
    angle = np.radians(angle_degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    turned = points @ np.array([[cos, 0, -sin], [0, 1, 0], [sin, 0, cos]])
    radius = 1 / wavelength_angstrom(_ENERGY_KEV)
    outgoing = turned + np.array([0, 0, radius])
    mismatch = np.linalg.norm(outgoing, axis=1) - radius
    near = (np.abs(mismatch) < 3 * _MOSAIC) & (outgoing[:, 2] > 0)
    s2 = (points[near] ** 2).sum(axis=1)
    strength = amplitudes[near] * np.exp(-((mismatch[near] / _MOSAIC) ** 2) - (9 + dose) * s2)
    position = outgoing[near, :2] / outgoing[near, 2:] * _DISTANCE_M * 1e3 / _PIXEL_MM
    return _draw_spots(position, strength)


def _draw_spots(position: Array, strength: Array) -> Array:
    """Returns an image with a Gaussian spot of about one pixel at each (x, y) from the middle."""
    image = np.zeros((_ROWS, _COLUMNS))
    column = position[:, 0] + _COLUMNS / 2
    row = position[:, 1] + _ROWS / 2
    for down in range(-2, 3):
        for right in range(-2, 3):
            j, i = np.round(row).astype(int) + down, np.round(column).astype(int) + right
            inside = (j >= 0) & (j < _ROWS) & (i >= 0) & (i < _COLUMNS)
            weight = np.exp(-((j - row) ** 2 + (i - column) ** 2) / (2 * 0.65**2))
            np.add.at(image, (j[inside], i[inside]), (strength * weight)[inside])
    return image


def background() -> Array:
    """Returns air scatter, the ring of solvent at 3.2 Å, and the beam stop with its arm."""
    y, x = np.mgrid[:_ROWS, :_COLUMNS].astype(float)
    x, y = x - _COLUMNS / 2, y - _ROWS / 2
    pixels = np.hypot(x, y)
    angle = np.arctan(pixels * _PIXEL_MM * 1e-3 / _DISTANCE_M)
    s = 2 * np.sin(angle / 2) / wavelength_angstrom(_ENERGY_KEV)
    level = 3 + 26 * np.exp(-s / 0.07) + 18 * np.exp(-(((s - 1 / 3.2) / 0.045) ** 2))
    shadow = (pixels < _BEAMSTOP_PIXELS) | ((np.abs(y) < 2) & (x < 0))
    return np.where(shadow, 0.2, level * np.cos(angle) ** 3)


def measure_rotation(run: Run, rng: np.random.Generator) -> Measurement:
    """Returns a short sweep of frames (NXmx)."""
    points = reciprocal_points(run)
    # Wilson statistics: acentric intensities are distributed exponentially. Equal in all runs.
    amplitudes = np.random.default_rng(len(points)).exponential(900.0, len(points))
    start = 15.0 * run.index
    omega = start + _STEP_DEGREES * np.arange(_FRAMES)
    dose = 180 * run.sample.model["fade"] * run.index
    spots = np.stack([frame(points, amplitudes, angle, dose) for angle in omega])
    stack = rng.poisson(spots + background())
    detector = area_detector(
        stack,
        description="Hybrid pixel detector, binned 16 x 16",
        distance_m=_DISTANCE_M,
        pixel_mm=_PIXEL_MM,
        exposure_s=0.02,
    )
    goniometer = Group("NXgoniometer", {"omega_increment": Field(_STEP_DEGREES, "degree")})
    attenuator = Group("NXattenuator", {"attenuator_transmission": Field(0.25)})
    return Measurement(
        definition="NXmx",
        setting=f"sweep {run.index + 1} from {start:.0f} deg",
        instrument={
            **photon_beam(_ENERGY_KEV),
            "detector": detector,
            "goniometer": goniometer,
            "attenuator": attenuator,
        },
        plots=(_frames_plot(omega),),
        monitor=monitor(int(rng.poisson(8e6)), mode="timer", preset=0.02),
        sample={"omega": axis(omega, "degree", "ω (°)")},
    )


def _frames_plot(omega: Array) -> Plot:
    members: dict[str, Field | Link] = {
        "data": Link("instrument/detector/data"),
        "omega": axis(omega, "degree", "ω (°)"),
    }
    return Plot("data", "data", ("omega", ".", "."), members)
