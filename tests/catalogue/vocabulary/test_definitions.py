"""Definitions and methods, and the PaNET terms they stand for."""

import pytest

from catalogue.vocabulary import definitions
from catalogue.vocabulary.definitions import radiation, technique_codes
from catalogue.vocabulary.panet import TECHNIQUE, code_of_text, terms


def label(definition: str, *, probe: str = "", source_type: str = "") -> str:
    codes = technique_codes(definition, probe=probe, source_type=source_type)
    return ", ".join(terms()[code].label for code in codes)


@pytest.mark.parametrize(
    ("definition", "probe", "expected"),
    [
        ("NXsas", "", "small angle scattering"),
        ("NXsas", "x-ray", "small angle x-ray scattering"),
        ("NXcanSAS", "neutron", "small angle neutron scattering"),
        ("NXsastof", "neutron", "time of flight small angle neutron scattering"),
        ("NXrefscan", "x-ray", "x-ray reflectivity"),
        ("NXreftof", "", "neutron reflectometry"),
        ("NXmonopd", "neutron", "neutron powder diffraction"),
        ("NXtofnpd", "", "neutron powder diffraction"),
        ("NXxrd_pan", "", "x-ray diffraction"),
        ("NXmx", "x-ray", "macromolecular crystallography"),
        ("NXlauetof", "neutron", "neutron single crystal diffraction"),
        ("NXxrot", "x-ray", "x-ray single crystal diffraction"),
        ("NXxbase", "", "single crystal diffraction"),
        ("NXxlaueplate", "neutron", "neutron single crystal diffraction"),
        ("NXstress", "neutron", "neutron diffraction"),
        ("NXtomo", "neutron", "tomography"),
        ("NXtomophase", "x-ray", "x-ray tomography"),
        ("NXstxm", "x-ray", "scanning transmission x-ray microscopy"),
        ("NXcxi_ptycho", "", "ptychography"),
        ("NXem", "electron", "electron microscopy"),
        ("NXafm", "", "atomic force microscopy"),
        ("NXstm", "", "scanning probe microscopy"),
        ("NXxas", "x-ray", "x-ray absorption spectroscopy"),
        ("NXfluo", "", "x-ray fluorescence spectroscopy"),
        ("NXxpcs", "", "x-ray photon correlation spectroscopy"),
        ("NXarpes", "", "angle resolved photoemission spectroscopy"),
        ("NXmpes", "", "photoemission spectroscopy"),
        ("NXxps", "", "x-ray photoelectron spectroscopy"),
        ("NXoptical_spectroscopy", "", "optical spectroscopy"),
        ("NXellipsometry", "", "ellipsometry"),
        ("NXraman", "", "raman spectroscopy"),
        ("NXdirecttof", "neutron", "inelastic neutron spectroscopy"),
        ("NXspe", "", "inelastic scattering"),
        ("NXSPE", "neutron", "inelastic neutron spectroscopy"),
        ("NXsqom", "x-ray", "inelastic x-ray scattering"),
        ("NXtas", "neutron", "inelastic neutron spectroscopy"),
        ("muonTD", "muon", "muon spectroscopy"),
        # These say how data are laid out, not what was done.
        ("TOFRAW", "neutron", ""),
        ("NXtofraw", "neutron", ""),
        ("NXscan", "x-ray", ""),
        ("NXarchive", "x-ray", ""),
        ("NXiqproc", "neutron", ""),
        ("NXazint1d", "x-ray", ""),
        ("NXapm", "", ""),
        ("", "x-ray", ""),
    ],
)
def test_a_definition_tells_what_is_certain(definition: str, probe: str, expected: str) -> None:
    assert label(definition, probe=probe) == expected


def test_every_code_is_a_technique_of_panet() -> None:
    used = {code for by in definitions._BY_DEFINITION.values() for code in by.values()}
    assert len(used) > 30
    assert used <= terms().keys()
    assert [code for code in used if not TECHNIQUE.fullmatch(code)] == []


def test_every_definition_is_written_as_it_is_looked_up() -> None:
    assert [name for name in definitions._BY_DEFINITION if name != name.strip().lower()] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x-ray", "x-ray"),
        ("X-rays", "x-ray"),
        ("xray", "x-ray"),
        ("Synchrotron X-ray Source", "x-ray"),
        ("Rotating Anode X-ray", "x-ray"),
        ("neutrons", "neutron"),
        ("Spallation Neutron Source", "neutron"),
        ("Reactor Neutron Source", "neutron"),
        ("Pulsed Muon Source", ""),
        ("Free-Electron Laser", ""),
        ("synchrotron", ""),
        ("neutron and x-ray", ""),
        ("", ""),
    ],
)
def test_the_radiation_that_a_source_names(text: str, expected: str) -> None:
    assert radiation(text) == expected


def test_the_type_of_the_source_decides_where_the_probe_says_nothing() -> None:
    source_type = "Spallation Neutron Source"
    assert label("NXsas", source_type=source_type) == "small angle neutron scattering"
    assert label("NXsas", probe="x-ray", source_type=source_type) == "small angle x-ray scattering"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SAXS", "PaNET01188"),
        ("saxs", "PaNET01188"),
        (" Small  angle X-ray\nscattering ", "PaNET01188"),
        ("Angle Resolved Photoemission Spectroscopy", "PaNET01089"),
        # Also the label of a property; the technique is meant.
        ("x-ray fluorescence", "PaNET01177"),
        ("neutron", ""),
        # Scanning tunnelling microscopy to all but PaNET.
        ("STM", ""),
        ("SAXS/WAXS", ""),
        ("", ""),
    ],
)
def test_a_method_is_recognised_by_panets_own_words(text: str, expected: str) -> None:
    assert code_of_text(text) == expected


def test_no_name_of_a_technique_is_shared() -> None:
    """A shared name would have to be left out: it would not tell which technique is meant."""
    names = [
        name.casefold()
        for term in terms().values()
        if TECHNIQUE.fullmatch(term.code)
        for name in {term.label.casefold(), *(each.casefold() for each in term.alt_labels)}
    ]
    assert len(names) > 500
    assert len(names) == len(set(names))
