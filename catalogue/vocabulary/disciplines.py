"""The disciplines of B2FIND that data of photon and neutron sources belong to.

B2FIND shows one discipline a record, and knows it by the words of its own list (EUDAT Core,
`etc/b2find_disciplines.json` of md-ingestion, branches 3 and 4).
"""

SCHEME = "B2FIND disciplines"
# What B2FIND files the records of such sources under where they name none.
USUAL = "Particles, Nuclei and Fields"
DISCIPLINES = (
    "Natural Sciences",
    "Physics",
    "Condensed Matter Physics",
    "Optics, Quantum Optics and Physics of Atoms, Molecules and Plasmas",
    USUAL,
    "Chemistry",
    "Chemical Solid State and Surface Research",
    "Life Sciences",
    "Biology",
    "Structural Biology",
    "Geosciences",
)
