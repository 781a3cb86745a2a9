"""Invented people and institutes of the demonstration; none of them exists."""

from ingest.demo.entities import DemoAffiliation, DemoPerson

AFFILIATIONS = (
    DemoAffiliation("Aurora Light Source", "Norrsken", "SE"),
    DemoAffiliation("Boreal Neutron Source", "Havukka", "FI"),
    DemoAffiliation("University of Lindhamn", "Lindhamn", "SE"),
    DemoAffiliation("Universidad Técnica de Valdemora", "Valdemora", "ES"),
    DemoAffiliation("Kōzan Institute of Materials", "Kōzan", "JP"),
    DemoAffiliation("Northmere College", "Northmere", "GB"),
    DemoAffiliation("Université de Saint-Aubry", "Saint-Aubry", "FR"),
    DemoAffiliation("Adeleke-Ojo University of Technology", "Oketown", "NG"),
    DemoAffiliation("Suryanagar Centre for Structural Biology", "Suryanagar", "IN"),
    DemoAffiliation("Politechnika Złotogórska", "Złota Góra", "PL"),
    DemoAffiliation("Hartwell Coatings Demo Ltd", "Hartwell", "GB"),
)


def check_digit(digits: str) -> str:
    """Returns the last character of an ORCID iD from its fifteen digits (ISO 7064 MOD 11-2)."""
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    remainder = (12 - total % 11) % 11
    return "X" if remainder == 10 else str(remainder)


def synthetic_orcid(serial: int) -> str:
    """Returns a well-formed iD that no person has or will have.

    ORCID assigns 0000-0001-5… to 0000-0003-5… and 0009-…, so 9999-… can be nobody's.
    """
    digits = f"99990000{serial:07d}"
    whole = digits + check_digit(digits)
    return "-".join(whole[start : start + 4] for start in range(0, 16, 4))


def _person(serial: int, slug: str, given: str, family: str, affiliation: int) -> DemoPerson:
    home = AFFILIATIONS[affiliation].name
    return DemoPerson(slug, given, family, synthetic_orcid(serial), home)


_ALL = (
    _person(101, "astrid.lindqvale", "Astrid", "Lindqvale", 2),
    _person(102, "mateo.valdeiglesias", "Mateo", "Valdeiglesias Ruíz", 3),
    _person(103, "haruka.kozanji", "Haruka", "Kōzanji", 4),
    _person(104, "tamsin.ellerwhite", "Tamsin", "Ellerwhite", 5),
    _person(105, "benoit.saintaubry", "Benoît", "Saint-Aubry", 6),
    _person(106, "folasade.oketundun", "Folasade", "Oketundun", 7),
    _person(107, "ishaan.suryamani", "Ishaan", "Suryamani", 8),
    _person(108, "lucja.zlotogorska", "Łucja", "Złotogórska", 9),
    _person(109, "noor.alhadariya", "Noor", "Al-Hadariya", 6),
    _person(110, "wei.qinglan", "Wei", "Qinglan", 4),
    _person(111, "leilani.kahanamo", "Leilani", "Kahanamo", 5),
    _person(112, "soren.aggerholt", "Søren", "Aggerholt-Demo", 2),
    _person(113, "greta.hartwellian", "Greta", "Hartwellian", 10),
    _person(114, "thiago.montebelo", "Thiago", "Montebelo", 3),
    _person(115, "amina.djoudila", "Amina", "Djoudila", 7),
    _person(201, "elin.norrskena", "Elin", "Norrskena", 0),
    _person(202, "paavo.aamurusko", "Paavo", "Aamurusko", 0),
    _person(203, "rachel.stillwater", "Rachel", "Stillwaterson", 0),
    _person(204, "ilmari.havukka", "Ilmari", "Havukkala-Demo", 1),
    _person(205, "aoife.tundrane", "Aoife", "Tundrane", 1),
    _person(206, "dmitar.rimescu", "Dmitar", "Rimescu", 1),
    _person(301, "vera.datasdotter", "Vera", "Datasdotter", 0),
)

PEOPLE = {person.slug: person for person in _ALL}
