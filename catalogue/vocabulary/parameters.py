"""Names of parameters that facilities and portals have agreed on, with what they are told in.

Sources: the PaNOSC portal's filters and the documents of panosc-eu/search-api, which give names by
example; NeXus has the quantities (NXbeam, NXsample).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AgreedName:
    """One name. `si_unit` is pint's base unit of its values, '' for texts; `units` are usual ones.

    aliases: names that other catalogues give the same quantity.
    """

    name: str
    description: str
    si_unit: str = ""
    units: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


_ENERGY = "kilogram * meter ** 2 / second ** 2"
_PRESSURE = "kilogram / meter / second ** 2"

AGREED_NAMES = (
    AgreedName(
        "incident_wavelength",
        "Wavelength of the beam at the sample.",
        "meter",
        ("nm", "angstrom", "pm"),
        ("wavelength",),
    ),
    AgreedName(
        "incident_photon_energy",
        "Energy of the photons at the sample.",
        _ENERGY,
        ("eV", "keV", "J"),
        ("photon_energy",),
    ),
    AgreedName(
        "incident_energy", "Energy of the particles at the sample.", _ENERGY, ("meV", "eV", "J")
    ),
    AgreedName(
        "sample_temperature",
        "Temperature of the sample.",
        "kelvin",
        ("K", "celsius", "fahrenheit"),
    ),
    AgreedName(
        "sample_pressure", "Pressure on the sample.", _PRESSURE, ("Pa", "bar", "GPa", "atm")
    ),
    AgreedName(
        "sample_chemical_formula",
        "Chemical formula of the sample, in Hill order.",
        aliases=("chemical_formula",),
    ),
    AgreedName("sample_state", "State of matter of the sample: solid, liquid, gas."),
)
QUANTITIES = {
    name: agreed
    for agreed in AGREED_NAMES
    if agreed.si_unit
    for name in (agreed.name, *agreed.aliases)
}
