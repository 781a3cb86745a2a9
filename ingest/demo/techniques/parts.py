"""Instrument parts that several techniques share."""

from ingest.demo.tree import Array, Field, Group, counts

# h·c in keV Å (CODATA 2018).
_HC_KEV_ANGSTROM = 12.398419843


def photon_beam(energy_kev: float) -> dict[str, Group]:
    """Returns monochromator and beam of a photon energy."""
    wavelength = Field(round(_HC_KEV_ANGSTROM / energy_kev, 6), "angstrom")
    energy = Field(energy_kev, "keV")
    return {
        "monochromator": Group("NXmonochromator", {"energy": energy, "wavelength": wavelength}),
        "beam": Group("NXbeam", {"incident_energy": energy, "incident_wavelength": wavelength}),
    }


def wavelength_angstrom(energy_kev: float) -> float:
    return _HC_KEV_ANGSTROM / energy_kev


def monitor(integral: int, *, mode: str = "monitor", preset: float = 1e6) -> Group:
    """Returns an NXmonitor that counted `integral`."""
    return Group(
        "NXmonitor",
        {
            "mode": Field(mode),
            "preset": Field(preset),
            "integral": Field(integral, "counts"),
        },
    )


def timed_monitor(data: Array, seconds: float) -> Group:
    """Returns an NXmonitor read at every point of a scan."""
    return Group(
        "NXmonitor",
        {
            "mode": Field("timer"),
            "preset": Field(seconds, "s"),
            "integral": Field(int(data.sum()), "counts"),
            "data": Field(data, "counts"),
        },
    )


def area_detector(
    frames: Array, *, description: str, distance_m: float, pixel_mm: float, exposure_s: float
) -> Group:
    """Returns an NXdetector of square pixels, the beam meeting the middle of each frame.

    frames: (…, ny, nx), raw counts.
    """
    rows, columns = frames.shape[-2:]
    return Group(
        "NXdetector",
        {
            "data": counts(frames),
            "description": Field(description),
            "distance": Field(distance_m, "m"),
            "x_pixel_size": Field(pixel_mm, "mm"),
            "y_pixel_size": Field(pixel_mm, "mm"),
            "beam_center_x": Field(columns / 2, "pixel"),
            "beam_center_y": Field(rows / 2, "pixel"),
            "count_time": Field(exposure_s, "s"),
        },
    )
