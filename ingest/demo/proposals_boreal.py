"""Proposals at the invented neutron source, with the samples they bring and the days they get."""

from ingest.demo.entities import DemoSample, ProposalPlan, VisitPlan

_FACILITY = "boreal"

_SOFT_MATTER = (
    ProposalPlan(
        _FACILITY,
        45,
        "Lamellar order in deuterated block copolymer films",
        "Neutron reflectometry of dPS-b-PMMA films on silicon, annealed in steps, shows how "
        "lamellar order spreads from the two interfaces into the film.",
        ("block copolymers", "thin films", "neutron reflectometry", "self-assembly"),
        ("astrid.lindqvale", "wei.qinglan"),
        (
            DemoSample(
                "PS-b-PMMA film on Si",
                "C8D8",
                "Deuterated polystyrene block, 31 nm film on a 3 inch wafer",
                (298.0, 443.0),
                {
                    "thickness_angstrom": 310.0,
                    "growth_angstrom": 6.0,
                    "film_sld": 5.2,
                    "substrate_sld": 2.07,
                    "roughness_angstrom": 8.0,
                },
            ),
        ),
        (VisitPlan("taiga", 1500, 3, runs=12),),
    ),
    ProposalPlan(
        _FACILITY,
        112,
        "Nickel–titanium supermirror coatings for neutron guides",
        "Reflectivity of single and bilayer test coatings before and after irradiation.",
        ("neutron optics", "multilayers", "thin films"),
        ("soren.aggerholt", "lucja.zlotogorska"),
        (
            DemoSample(
                "Ni/Ti test coating on float glass",
                "NiTi",
                "Single layer of 55 nm nickel on titanium",
                (295.0, 295.0),
                {
                    "thickness_angstrom": 550.0,
                    "growth_angstrom": 0.0,
                    "film_sld": 9.4,
                    "substrate_sld": 3.6,
                    "roughness_angstrom": 10.0,
                },
            ),
        ),
        (VisitPlan("taiga", 131, 2, runs=11),),
    ),
    ProposalPlan(
        _FACILITY,
        231,
        "Size and interactions of silica colloids near the glass transition",
        "Contrast-varied SANS of nearly monodisperse silica spheres in water gives the form and "
        "the structure factor on the way to arrest.",
        ("colloids", "glass transition", "SANS", "soft matter"),
        ("mateo.valdeiglesias", "thiago.montebelo", "leilani.kahanamo"),
        (
            DemoSample(
                "silica spheres in D2O, 12 vol%",
                "SiO2",
                "Stöber silica in a 1 mm quartz cell",
                (283.0, 323.0),
                {"radius_angstrom": 95.0, "spread": 0.09, "growth": 0.0},
            ),
        ),
        (VisitPlan("fjord", 1840, 2, runs=9),),
    ),
    ProposalPlan(
        _FACILITY,
        306,
        "Vesicle size of a model lung surfactant on warming",
        "SANS of deuterated surfactant dispersions follows the size of unilamellar vesicles "
        "through the chain-melting transition.",
        ("lipids", "vesicles", "SANS", "soft matter"),
        ("leilani.kahanamo", "mateo.valdeiglesias"),
        (
            DemoSample(
                "DPPC-d62 vesicles in H2O",
                "C40H18D62NO8P",
                "Extruded vesicles, 10 mg/ml in a 1 mm quartz cell",
                (293.0, 323.0),
                {"radius_angstrom": 150.0, "spread": 0.14, "growth": 0.02},
            ),
        ),
        (VisitPlan("fjord", 655, 2, runs=9),),
    ),
    ProposalPlan(
        _FACILITY,
        238,
        "Precipitation of copper in model reactor steels",
        "SANS in a saturating field separates nuclear and magnetic scattering of copper-rich "
        "clusters in aged Fe–Cu alloys.",
        ("metallurgy", "precipitation", "SANS", "nuclear materials"),
        ("benoit.saintaubry", "lucja.zlotogorska"),
        (
            DemoSample(
                "Fe-1.3Cu, aged 500 C",
                "Fe0.987Cu0.013",
                "Plate of 1 mm, 1.5 T horizontal field",
                (295.0, 295.0),
                {"radius_angstrom": 42.0, "spread": 0.2, "growth": 0.06},
            ),
        ),
        (VisitPlan("fjord", 2130, 2, runs=9),),
        withdrawal_reason=(
            "Withdrawn at the request of the principal investigator: the plates of the ageing "
            "series were exchanged during the experiment, so that ageing times are wrong."
        ),
    ),
)

_SOLIDS = (
    ProposalPlan(
        _FACILITY,
        17,
        "Magnetic excitations of the charge-ordered nickelate La2NiO4",
        "The spin-wave branch of La2NiO4 is mapped from the antiferromagnetic zone centre to the "
        "zone boundary, to fit the exchange constants of the NiO2 plane.",
        ("magnetism", "nickelates", "spin waves", "inelastic neutron scattering"),
        ("wei.qinglan", "haruka.kozanji", "mateo.valdeiglesias"),
        (
            DemoSample(
                "La2NiO4 single crystal",
                "La2NiO4",
                "Floating-zone crystal of 9 g, c axis vertical",
                (6.0, 300.0),
                {"boundary_mev": 62.0, "a_angstrom": 3.89, "incident_mev": 100.0},
            ),
        ),
        (VisitPlan("rime", 1388, 5, runs=9),),
    ),
    ProposalPlan(
        _FACILITY,
        29,
        "Acoustic phonons and heat transport in lead telluride",
        "Softening of the acoustic branch of PbTe on warming is measured along [00L] in search of "
        "the origin of its low thermal conductivity.",
        ("thermoelectrics", "phonons", "inelastic neutron scattering"),
        ("tamsin.ellerwhite", "folasade.oketundun"),
        (
            DemoSample(
                "PbTe single crystal",
                "PbTe",
                "Bridgman crystal of 22 g",
                (50.0, 600.0),
                {"boundary_mev": 9.5, "a_angstrom": 6.46, "incident_mev": 25.0},
            ),
        ),
        (VisitPlan("rime", 512, 4, runs=8),),
    ),
    ProposalPlan(
        _FACILITY,
        54,
        "Oxygen ordering in doped ceria electrolytes",
        "Time-of-flight powder diffraction in event mode, filtered by the logged temperature, "
        "follows the thermal expansion of gadolinia-doped ceria through a continuous ramp.",
        ("solid oxide fuel cells", "ionic conductors", "powder diffraction", "event mode"),
        ("folasade.oketundun", "noor.alhadariya"),
        (
            DemoSample(
                "Ce0.9Gd0.1O1.95 powder",
                "Ce0.9Gd0.1O1.95",
                "Calcined powder in a vanadium can of 6 mm",
                (300.0, 900.0),
                {"a_angstrom": 5.418, "centring": 2.0},
            ),
        ),
        (VisitPlan("tundra", 1125, 3, runs=9),),
    ),
    ProposalPlan(
        _FACILITY,
        77,
        "Hydration of barium zirconate proton conductors",
        "Neutron powder diffraction in event mode during dehydration of yttrium-doped barium "
        "zirconate shows the chemical expansion that strains protonic ceramic cells.",
        ("proton conductors", "perovskites", "powder diffraction", "event mode"),
        ("noor.alhadariya", "folasade.oketundun"),
        (
            DemoSample(
                "BaZr0.8Y0.2O2.9 powder",
                "BaZr0.8Y0.2O2.9",
                "Deuterated powder in a quartz flow cell",
                (300.0, 1000.0),
                {"a_angstrom": 4.223, "centring": 0.0},
            ),
        ),
        (VisitPlan("tundra", 330, 3, runs=9),),
    ),
)

BOREAL_PROPOSALS = (*_SOFT_MATTER, *_SOLIDS)
