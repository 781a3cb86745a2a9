"""Proposals at the invented synchrotron, with the samples they bring and the days they get."""

from ingest.demo.entities import DemoSample, ProposalPlan, VisitPlan

_FACILITY = "aurora"

_SURFACES = (
    ProposalPlan(
        _FACILITY,
        117,
        "Oxidation kinetics of thin nickel films on silicon studied by X-ray reflectivity",
        "Sputtered nickel films on native-oxide silicon are annealed in steps in dilute oxygen. "
        "Kiessig fringes give thickness and interface width after each step, from which we "
        "separate the inward growth of NiO from roughening of the buried interface.",
        ("thin films", "oxidation", "nickel", "interfaces", "corrosion"),
        ("astrid.lindqvale", "soren.aggerholt", "haruka.kozanji"),
        (
            DemoSample(
                "Ni film on Si(100), 42 nm",
                "Ni",
                "Magnetron sputtered nickel on silicon with native oxide, annealed in steps",
                (295.0, 573.0),
                {
                    "thickness_angstrom": 420.0,
                    "growth_angstrom": 9.0,
                    "film_sld": 64.4,
                    "substrate_sld": 20.1,
                    "roughness_angstrom": 5.5,
                },
            ),
        ),
        (VisitPlan("yta", 238, 4, runs=11),),
    ),
    ProposalPlan(
        _FACILITY,
        42,
        "Polymer brush collapse in mixed solvents at the buried interface",
        "End-grafted polystyrene brushes are measured by X-ray reflectivity while the quality of "
        "the solvent vapour is changed, to map the swelling ratio against the Flory parameter.",
        ("polymer brushes", "soft matter", "swelling", "thin films"),
        ("lucja.zlotogorska", "tamsin.ellerwhite"),
        (
            DemoSample(
                "PS brush on Si wafer",
                "C8H8",
                "Grafted polystyrene, dry thickness 28 nm, in toluene vapour",
                (293.0, 303.0),
                {
                    "thickness_angstrom": 280.0,
                    "growth_angstrom": 22.0,
                    "film_sld": 9.6,
                    "substrate_sld": 20.1,
                    "roughness_angstrom": 7.0,
                },
            ),
        ),
        (VisitPlan("yta", 1630, 3, runs=9),),
    ),
)

_CHEMISTRY = (
    ProposalPlan(
        _FACILITY,
        203,
        "Local structure of nickel sulphate hexahydrate on dehydration",
        "Ni K-edge EXAFS of NiSO4·6H2O is recorded while the salt loses its water of "
        "crystallisation, following the nickel–oxygen shell from the octahedral aquo complex to "
        "the anhydrous salt used as a precursor of battery cathodes.",
        ("XAS", "EXAFS", "nickel", "batteries", "hydrates"),
        ("folasade.oketundun", "amina.djoudila", "benoit.saintaubry"),
        (
            DemoSample(
                "NiSO4 6H2O",
                "NiSO4(H2O)6",
                "Powder pressed with cellulose, one absorption length",
                (298.0, 458.0),
                {"edge_ev": 8333.0, "shell_angstrom": 2.05, "neighbours": 6.0, "white_line": 0.75},
            ),
            DemoSample(
                "Ni foil",
                "Ni",
                "Reference foil of 6 µm for the energy scale",
                (298.0, 298.0),
                {"edge_ev": 8333.0, "shell_angstrom": 2.49, "neighbours": 12.0, "white_line": 0.1},
            ),
        ),
        (VisitPlan("gryning", 1266, 3, runs=14, standard_runs=2),),
    ),
    ProposalPlan(
        _FACILITY,
        88,
        "Iron speciation in boreal peat porewater under changing redox conditions",
        "Fe K-edge XANES and EXAFS of frozen peat cores show how organic complexation holds "
        "iron(III) against reduction through the seasons.",
        ("environmental science", "iron", "XANES", "peat"),
        ("amina.djoudila", "astrid.lindqvale"),
        (
            DemoSample(
                "Peat porewater, core B, 40 cm",
                "FeC6H5O7",
                "Frozen under nitrogen, measured in a cryostat",
                (80.0, 80.0),
                {"edge_ev": 7112.0, "shell_angstrom": 2.0, "neighbours": 6.0, "white_line": 0.55},
            ),
        ),
        (VisitPlan("gryning", 402, 3, runs=9),),
    ),
    ProposalPlan(
        _FACILITY,
        61,
        "Tetragonal distortion of barium titanate nanopowders against grain size",
        "High resolution powder diffraction across the Curie point resolves how the tetragonality "
        "c/a of BaTiO3 falls with grain size from 500 to 40 nm.",
        ("ferroelectrics", "powder diffraction", "perovskites", "nanomaterials"),
        ("haruka.kozanji", "wei.qinglan", "thiago.montebelo"),
        (
            DemoSample(
                "BaTiO3 nanopowder, 120 nm",
                "BaTiO3",
                "Hydrothermal powder in a 0.5 mm capillary",
                (300.0, 440.0),
                {"a_angstrom": 3.994, "c_angstrom": 4.036, "centring": 0.0, "curie_k": 398.0},
            ),
            DemoSample(
                "LaB6 660c",
                "LaB6",
                "Line profile standard",
                (295.0, 295.0),
                {"a_angstrom": 4.1568, "centring": 0.0},
            ),
        ),
        (VisitPlan("dager", 1948, 3, runs=15, standard_runs=2),),
    ),
    ProposalPlan(
        _FACILITY,
        150,
        "Ageing of protective coatings on turbine alloys (proprietary)",
        "Proprietary beamtime. Residual phases of ceria-doped coatings after thermal cycling.",
        ("coatings", "industry", "powder diffraction"),
        ("greta.hartwellian",),
        (
            DemoSample(
                "Coating coupon 7",
                "CeO2",
                "Scraped coating, 200 thermal cycles",
                (295.0, 1073.0),
                {"a_angstrom": 5.411, "centring": 2.0},
            ),
        ),
        (VisitPlan("dager", 1410, 2, runs=7),),
        proprietary=True,
    ),
)

_LIFE_SCIENCE = (
    ProposalPlan(
        _FACILITY,
        301,
        "Radiation damage in lysozyme crystals at microfocus dose rates",
        "Repeated rotation sweeps of tetragonal lysozyme at 100 K quantify the loss of high "
        "resolution intensity against absorbed dose for an 8 µm beam.",
        ("structural biology", "radiation damage", "MX", "lysozyme"),
        ("ishaan.suryamani", "tamsin.ellerwhite"),
        (
            DemoSample(
                "lysozyme",
                "C613H959N193O185S10",
                "Hen egg white lysozyme, tetragonal, cryo-protected in 25 % glycerol",
                (100.0, 100.0),
                {"a_angstrom": 79.1, "b_angstrom": 79.1, "c_angstrom": 37.9, "fade": 0.06},
            ),
        ),
        (VisitPlan("strimma", 1715, 2, runs=8), VisitPlan("strimma", 1322, 2, runs=8)),
    ),
    ProposalPlan(
        _FACILITY,
        312,
        "Fragment screening against a plant lectin",
        "Crystals soaked with a library of small fragments are measured at room temperature to "
        "find sites missed under cryogenic conditions.",
        ("structural biology", "fragment screening", "MX"),
        ("leilani.kahanamo", "ishaan.suryamani"),
        (
            DemoSample(
                "lectin, fragment soak",
                "",
                "Orthorhombic crystals in a humidity stream",
                (293.0, 293.0),
                {"a_angstrom": 61.4, "b_angstrom": 70.2, "c_angstrom": 96.8, "fade": 0.0},
            ),
        ),
        (VisitPlan("strimma", 64, 2, runs=8),),
    ),
    ProposalPlan(
        _FACILITY,
        27,
        "Microarchitecture of trabecular bone around degradable magnesium screws",
        "Microtomography of explanted trabecular bone follows strut thickness and gas cavities "
        "around magnesium alloy screws after 4, 8 and 12 weeks.",
        ("biomaterials", "bone", "tomography", "magnesium"),
        ("noor.alhadariya", "benoit.saintaubry", "astrid.lindqvale"),
        (
            DemoSample(
                "trabecular bone",
                "Ca10(PO4)6(OH)2",
                "Core of 6 mm in ethanol, screw removed",
                (294.0, 294.0),
                {"struts": 26.0, "contrast": 1.1, "cavity": 0.12},
            ),
        ),
        (VisitPlan("solvarv", 2287, 2, runs=8), VisitPlan("solvarv", 1061, 2, runs=8)),
    ),
    ProposalPlan(
        _FACILITY,
        75,
        "Self-assembly of casein micelles on acidification",
        "Time-resolved SAXS of skimmed milk acidified with glucono-δ-lactone follows the loss of "
        "colloidal calcium phosphate and the onset of gelation.",
        ("soft matter", "food science", "SAXS", "colloids"),
        ("thiago.montebelo", "mateo.valdeiglesias"),
        (
            DemoSample(
                "casein micelles, pH 6.7 to 4.6",
                "",
                "Skimmed milk at 30 °C in a 1.5 mm capillary",
                (303.0, 303.0),
                {
                    "radius_angstrom": 210.0,
                    "spread": 0.16,
                    "growth": 0.025,
                    "peak_inverse_angstrom": 0.08,
                },
            ),
        ),
        (VisitPlan("skimmer", 2470, 2, runs=9), VisitPlan("skimmer", 815, 2, runs=9)),
    ),
)

AURORA_PROPOSALS = (*_SURFACES, *_CHEMISTRY, *_LIFE_SCIENCE)
