"""PaNET techniques of the NeXus application definitions, pure.

Only what a definition says for certain: NXsas is small angle scattering of whichever radiation, so
the source decides between SAXS and SANS, and without one the term above both is taken. Definitions
that say how data are laid out rather than what was done are left out (NXarchive, NXscan, NXtofraw,
NXtofsingle, NXsnsevent, NXsnshisto, NXazint1d, NXazint2d, NXiqproc, ISIS's TOFRAW and EVENTRAW):
the instrument or a rule of the facility knows more. So are those PaNET has no term for (NXapm, the
atom probe); scanning tunnelling is the scanning probe microscopy that it is.

Source: NXDL 2026.01, https://manual.nexusformat.org/classes/applications.
"""

import re

_SAS = {"": "PaNET01124", "x-ray": "PaNET01188", "neutron": "PaNET01189"}
_REFLECTOMETRY = {"": "PaNET01121", "x-ray": "PaNET01149", "neutron": "PaNET01239"}
_TOMOGRAPHY = {"": "PaNET01129", "x-ray": "PaNET01207"}
_DIFFRACTION = {"": "PaNET01022", "x-ray": "PaNET01216", "neutron": "PaNET01217"}
_SINGLE_CRYSTAL = {"": "PaNET01029", "x-ray": "PaNET01102", "neutron": "PaNET01236"}
_INELASTIC = {"": "PaNET01034", "x-ray": "PaNET01182", "neutron": "PaNET01245"}

# definition (lower case) -> {radiation: PaNET code}; '' stands for any other, or for none.
_BY_DEFINITION: dict[str, dict[str, str]] = {
    # small angle scattering and reflectometry
    "nxsas": _SAS,
    "nxcansas": _SAS,
    "nxsastof": {"": "PaNET01277"},
    "nxrefscan": _REFLECTOMETRY,
    "nxreftof": {"": "PaNET01239"},
    "nxrefl": _REFLECTOMETRY,
    # diffraction
    "nxmonopd": {"": "PaNET01030", "x-ray": "PaNET01101", "neutron": "PaNET01100"},
    "nxtofnpd": {"": "PaNET01100"},
    "nxxrd": {"": "PaNET01216"},
    "nxxrd_pan": {"": "PaNET01216"},
    "nxmx": {"": "PaNET01164"},
    "nxlauetof": _SINGLE_CRYSTAL,
    # NXxbase: the common parts of all monochromatic single crystal raw data.
    "nxxbase": _SINGLE_CRYSTAL,
    "nxxeuler": _SINGLE_CRYSTAL,
    "nxxkappa": _SINGLE_CRYSTAL,
    "nxxlaue": _SINGLE_CRYSTAL,
    "nxxlaueplate": _SINGLE_CRYSTAL,
    "nxxnb": _SINGLE_CRYSTAL,
    "nxxrot": _SINGLE_CRYSTAL,
    "nxstress": _DIFFRACTION,
    # imaging
    "nxtomo": _TOMOGRAPHY,
    "nxtomoproc": _TOMOGRAPHY,
    "nxtomophase": _TOMOGRAPHY,
    "nxstxm": {"": "PaNET01219"},
    "nxcxi_ptycho": {"": "PaNET01212"},
    "nxem": {"": "PaNET01145"},
    "nxspm": {"": "PaNET01148"},
    "nxafm": {"": "PaNET01318"},
    "nxstm": {"": "PaNET01148"},
    "nxsts": {"": "PaNET01148"},
    # spectroscopy
    "nxxas": {"": "PaNET01196"},
    "nxxasproc": {"": "PaNET01196"},
    "nxfluo": {"": "PaNET01095"},
    "nxxpcs": {"": "PaNET01205"},
    "nxarpes": {"": "PaNET01089"},
    "nxmpes_arpes": {"": "PaNET01089"},
    "nxmpes": {"": "PaNET01093"},
    "nxxps": {"": "PaNET01204"},
    "nxoptical_spectroscopy": {"": "PaNET01115"},
    "nxellipsometry": {"": "PaNET01255"},
    "nxraman": {"": "PaNET01195"},
    "nxdirecttof": {"": "PaNET01245"},
    "nxindirecttof": {"": "PaNET01245"},
    "nxtas": {"": "PaNET01245", "x-ray": "PaNET01182"},
    "nxspe": _INELASTIC,
    "nxsqom": _INELASTIC,
    # ISIS writes it where a definition belongs.
    "muontd": {"": "PaNET01114"},
}
_X_RAY = re.compile(r"x[- _]?rays?\b", re.I)
_NEUTRON = re.compile(r"neutrons?\b", re.I)


def technique_codes(definition: str, *, probe: str, source_type: str = "") -> tuple[str, ...]:
    """Returns the PaNET codes of a definition (`NXsas`) at a source.

    probe, source_type: NXsource's, `neutron` or `Spallation Neutron Source`.
    """
    by_radiation = _BY_DEFINITION.get(definition.strip().lower(), {})
    code = by_radiation.get(radiation(probe) or radiation(source_type), by_radiation.get("", ""))
    return (code,) if code else ()


def radiation(text: str) -> str:
    """Returns `x-ray` or `neutron` where a text of NXsource says so for certain, else ''.

    A synchrotron or a free-electron laser by itself does not: both also make infrared light.
    """
    is_x_ray, is_neutron = bool(_X_RAY.search(text)), bool(_NEUTRON.search(text))
    if is_x_ray == is_neutron:
        return ""
    return "x-ray" if is_x_ray else "neutron"
