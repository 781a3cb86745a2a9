"""PaNET techniques of the NeXus application definitions, pure.

Only what a definition says for certain: NXsas is small angle scattering of whichever probe, so the
probe decides between SAXS and SANS, and without one the term above both is taken.
"""

# definition (lower case) -> {probe: PaNET code}; '' stands for any other or no probe.
_BY_DEFINITION: dict[str, dict[str, str]] = {
    "nxsas": {"": "PaNET01124", "x-ray": "PaNET01188", "neutron": "PaNET01189"},
    "nxcansas": {"": "PaNET01124", "x-ray": "PaNET01188", "neutron": "PaNET01189"},
    "nxsastof": {"": "PaNET01277"},
    "nxrefscan": {"": "PaNET01121", "x-ray": "PaNET01149", "neutron": "PaNET01239"},
    "nxreftof": {"": "PaNET01239"},
    "nxrefl": {"": "PaNET01121", "x-ray": "PaNET01149", "neutron": "PaNET01239"},
    "nxmonopd": {"": "PaNET01030", "x-ray": "PaNET01101", "neutron": "PaNET01100"},
    "nxtofnpd": {"": "PaNET01100"},
    "nxtomo": {"": "PaNET01129", "x-ray": "PaNET01207"},
    "nxtomoproc": {"": "PaNET01129", "x-ray": "PaNET01207"},
    "nxxas": {"": "PaNET01196"},
    "nxxasproc": {"": "PaNET01196"},
    "nxmx": {"": "PaNET01164"},
    "nxdirecttof": {"": "PaNET01245"},
    "nxindirecttof": {"": "PaNET01245"},
    "nxtas": {"": "PaNET01245", "x-ray": "PaNET01182"},
    "nxarpes": {"": "PaNET01089"},
    "nxmpes_arpes": {"": "PaNET01089"},
    "nxmpes": {"": "PaNET01093"},
    "nxellipsometry": {"": "PaNET01255"},
    "nxfluo": {"": "PaNET01095"},
    "muontd": {"": "PaNET01114"},
}


def technique_codes(definition: str, probe: str) -> tuple[str, ...]:
    """Returns the PaNET codes of a definition (`NXsas`) and a source probe (`neutron`, `x-ray`)."""
    by_probe = _BY_DEFINITION.get(definition.strip().lower(), {})
    code = by_probe.get(probe.strip().lower(), by_probe.get("", ""))
    return (code,) if code else ()
