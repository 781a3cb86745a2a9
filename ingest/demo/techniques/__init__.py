"""What each technique measures, computed from simple models with counting noise."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np

from ingest.demo.entities import TechniqueKind
from ingest.demo.plan import Run
from ingest.demo.techniques.absorption import measure_absorption
from ingest.demo.techniques.crystallography import measure_rotation
from ingest.demo.techniques.events import measure_events
from ingest.demo.techniques.inelastic import measure_excitations
from ingest.demo.techniques.powder import measure_powder
from ingest.demo.techniques.reflectometry import (
    measure_neutron_reflectivity,
    measure_xray_reflectivity,
)
from ingest.demo.techniques.small_angle import measure_sans, measure_saxs
from ingest.demo.techniques.tomography import measure_tomography
from ingest.demo.tree import Measurement

Measure: TypeAlias = Callable[[Run, np.random.Generator], Measurement]

MEASURES: Mapping[TechniqueKind, Measure] = {
    "x-ray reflectometry": measure_xray_reflectivity,
    "neutron reflectometry": measure_neutron_reflectivity,
    "SAXS": measure_saxs,
    "SANS": measure_sans,
    "powder diffraction": measure_powder,
    "tomography": measure_tomography,
    "XAS": measure_absorption,
    "MX": measure_rotation,
    "inelastic neutron scattering": measure_excitations,
    "neutron events": measure_events,
}
