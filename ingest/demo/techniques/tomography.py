"""Absorption tomography of a phantom made of ellipsoids, whose projections are known exactly."""

import numpy as np

from ingest.demo.plan import Run
from ingest.demo.techniques.parts import area_detector, monitor, photon_beam
from ingest.demo.tree import Array, Field, Group, Link, Measurement, Plot, axis

_ENERGY_KEV = 25.0
_ROWS, _COLUMNS = 64, 96
_PROJECTIONS, _FLATS, _DARKS = 30, 4, 4
_FLAT_COUNTS, _DARK_COUNTS = 9000.0, 110.0
# NXtomo image_key: what a frame shows.
_SAMPLE_KEY, _FLAT_KEY, _DARK_KEY = 0, 1, 2


def chord(
    x: Array,
    y: Array,
    centre: tuple[float, float, float],
    axes: tuple[float, float, float],
    angle: float,
) -> Array:
    """Returns the path length through an ellipsoid seen under `angle` (radians) about the vertical.

    x, y: detector positions; centre, axes: (x, y along the rotation axis, z) in the same unit.
    """
    cos, sin = np.cos(angle), np.sin(angle)
    across = centre[0] * cos + centre[2] * sin
    width2 = (axes[0] * cos) ** 2 + (axes[2] * sin) ** 2
    inside = 1 - (x - across) ** 2 / width2 - ((y - centre[1]) / axes[1]) ** 2
    depth = 2 * axes[0] * axes[2] / np.sqrt(width2)
    return np.asarray(depth * np.sqrt(np.maximum(inside, 0)))


def phantom(run: Run) -> list[tuple[float, tuple[float, float, float], tuple[float, float, float]]]:
    """Returns (density, centre, axes) of a core of marrow, bony struts and a growing gas cavity."""
    # The visit's own seed: all its runs look at the same bone.
    rng = np.random.default_rng(run.number - run.index)
    model = run.sample.model
    parts = [(0.35, (0.0, 0.0, 0.0), (0.82, 1.4, 0.82))]
    for _ in range(int(model["struts"])):
        radius, turn = 0.66 * np.sqrt(rng.uniform()), rng.uniform(0, 2 * np.pi)
        centre = (
            float(radius * np.cos(turn)),
            float(rng.uniform(-0.6, 0.6)),
            float(radius * np.sin(turn)),
        )
        long, thin = rng.uniform(0.2, 0.45), rng.uniform(0.03, 0.07)
        axes = (thin, long, thin) if rng.uniform() < 0.6 else (long * 0.5, thin, thin)
        parts.append(
            (model["contrast"] * 4, centre, (float(axes[0]), float(axes[1]), float(axes[2])))
        )
    cavity = model["cavity"] * (1 + run.progress)
    parts.append((-0.3, (0.25, 0.1, -0.2), (cavity, cavity, cavity)))
    return parts


def projections(run: Run, angles: Array) -> Array:
    """Returns (n, rows, columns) of line integrals."""
    scale = _COLUMNS / 2
    x = (np.arange(_COLUMNS) - (_COLUMNS - 1) / 2)[None, :] / scale
    y = (np.arange(_ROWS) - (_ROWS - 1) / 2)[:, None] / scale
    parts = phantom(run)
    return np.stack(
        [
            sum(
                (density * chord(x, y, at, size, angle) for density, at, size in parts),
                np.zeros((1, 1)),
            )
            for angle in np.radians(angles)
        ]
    )


def measure_tomography(run: Run, rng: np.random.Generator) -> Measurement:
    """Returns darks, flats and projections over a half turn in one stack (NXtomo)."""
    turn = np.linspace(0, 180, _PROJECTIONS, endpoint=False)
    angles = np.concatenate([np.zeros(_DARKS + _FLATS), turn])
    keys = np.repeat([_DARK_KEY, _FLAT_KEY, _SAMPLE_KEY], [_DARKS, _FLATS, _PROJECTIONS])
    stack = rng.poisson(_expected_frames(run, turn, rng))
    detector = area_detector(
        stack,
        description="sCMOS behind LuAG:Ce, binned",
        distance_m=0.12,
        pixel_mm=0.065,
        exposure_s=0.1,
    )
    more = {"image_key": Field(keys.astype(np.int32)), "magnification": Field(2.0)}
    rotation = axis(angles, "degree", "Rotation angle")
    return Measurement(
        definition="NXtomo",
        setting=f"week {4 * (1 + run.index % 3)}, scan {run.index + 1}",
        instrument={
            **photon_beam(_ENERGY_KEV),
            "detector": Group("NXdetector", {**detector.members, **more}),
        },
        plots=(_stack_plot(), _frame_plot(stack)),
        monitor=monitor(int(stack[keys == _FLAT_KEY].sum())),
        sample={"rotation_angle": rotation},
    )


def _expected_frames(run: Run, turn: Array, rng: np.random.Generator) -> Array:
    y, x = np.mgrid[-1 : 1 : _ROWS * 1j, -1 : 1 : _COLUMNS * 1j]
    # The beam is brightest in its middle; the mirror leaves horizontal stripes.
    stripes = 1 + 0.04 * rng.standard_normal(_ROWS)[:, None]
    flat = _FLAT_COUNTS * np.exp(-(x**2) / 5 - y**2 / 2.5) * stripes
    dark = np.full((_DARKS, _ROWS, _COLUMNS), _DARK_COUNTS)
    flats = np.repeat(flat[None], _FLATS, axis=0) + _DARK_COUNTS
    seen = flat[None] * np.exp(-projections(run, turn)) + _DARK_COUNTS
    return np.concatenate([dark, flats, seen])


def _stack_plot() -> Plot:
    members: dict[str, Field | Link] = {
        "data": Link("instrument/detector/data"),
        "rotation_angle": Link("sample/rotation_angle"),
        "image_key": Link("instrument/detector/image_key"),
    }
    return Plot("data", "data", ("rotation_angle", ".", "."), members)


def _frame_plot(stack: Array) -> Plot:
    first = stack[_DARKS + _FLATS].astype(float) - _DARK_COUNTS
    flat = stack[_DARKS : _DARKS + _FLATS].mean(axis=0) - _DARK_COUNTS
    members: dict[str, Field | Link] = {
        "transmission": Field(first / flat, "", {"long_name": "Transmission at 0°"}),
    }
    return Plot("radiograph", "transmission", (".", "."), members)
