"""Metadata as they were harvested → what the portal shows and searches; pure.

Elements are found by their local names: endpoints serve kernels 2 to 4 of DataCite, wrapped or
bare, in right and wrong namespaces, and Dublin Core under several roots.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from catalogue.vocabulary.doi import read_doi
from catalogue.vocabulary.panet import IRI_PREFIX, TECHNIQUE, code_of_text
from catalogue.vocabulary.resource_types import RESOURCE_TYPES
from harvest.oaipmh.harvester.defects import Defect, Finding

# DataCite 4.6 appendix 3, standard values for unknown information, with and without brackets.
_UNKNOWN = re.compile(
    r"\(?:(?:unac|unal|unap|unas|unav|unkn|none|null|tba|etal)\)?|null|none|unknown|n/?a|", re.I
)
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)")
_OPEN = ("info:eu-repo/semantics/openaccess", "access_right/c_abf2", "open access", "openaccess")
_CLOSED = (
    *("info:eu-repo/semantics/embargoedaccess", "info:eu-repo/semantics/restrictedaccess"),
    *("info:eu-repo/semantics/closedaccess", "access_right/c_f1cf", "access_right/c_16ec"),
    *("access_right/c_14cb", "embargoed access", "restricted access", "closed access"),
)
_TYPES = {name.lower(): name for name in RESOURCE_TYPES}
# PostgreSQL's tsvector holds a megabyte, positions included; three texts share it.
MOST_TEXT = 60_000
LONGEST_TITLE = 2_000
LONGEST_DOI = 300
LONGEST_URL = 2_000


@dataclass(frozen=True, slots=True)
class Description:
    """What was understood of a record's metadata; '' and () where they do not say.

    doi: in lower case; resource_type: a resourceTypeGeneral of DataCite; dates: of the measurement,
    as one text; is_open: None where unknown.
    """

    title: str = ""
    creators: tuple[str, ...] = ()
    publisher: str = ""
    description: str = ""
    subjects: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    doi: str = ""
    url: str = ""
    year: int | None = None
    resource_type: str = ""
    dates: str = ""
    rights: tuple[str, ...] = ()
    is_open: bool | None = None
    findings: tuple[Finding, ...] = field(default=(), compare=False)


def describe(payload: etree._Element) -> Description:
    """Returns what the child of a `metadata` element says, DataCite or Dublin Core."""
    resource = next(_named(payload, "resource"), None)
    reader = _DataCite(resource) if resource is not None else _DublinCore(payload)
    return reader.description()


class _Reader:
    """What both formats share: collecting findings, and choosing among what is said."""

    def __init__(self, element: etree._Element) -> None:
        self.element = element
        self.findings: list[Finding] = []

    def texts(self, name: str) -> list[str]:
        return [text for node in _named(self.element, name) if (text := _text(node))]

    def note(self, defect: Defect, message: str) -> None:
        self.findings.append(Finding(defect, message))

    def people(self, names: list[str]) -> tuple[str, ...]:
        for name in names:
            if _UNKNOWN.fullmatch(name.strip()):
                self.note(Defect.UNKNOWN_CREATOR, f"the creator is {name!r}")
        return tuple(name for name in names if not _UNKNOWN.fullmatch(name.strip()))

    def required(self, **values: object) -> None:
        for name, value in values.items():
            if not value:
                self.note(Defect.MISSING_FIELD, f"there is no {name}")


class _DataCite(_Reader):
    def description(self) -> Description:
        titles = list(_named(self.element, "title"))
        main = [node for node in titles if not node.get("titleType")] or titles
        title = next(filter(None, map(_text, main)), "")
        named = self.texts("creatorName")
        creators, publisher = self.people(named), next(iter(self.texts("publisher")), "")
        doi, url = self._identity()
        rights, subjects = self._rights(), self._subjects()
        self.required(title=title, creator=named, publisher=publisher)
        return Description(
            title=title[:LONGEST_TITLE],
            creators=creators,
            publisher=publisher,
            description=self._abstract(),
            subjects=tuple(subjects),
            techniques=techniques_of(subjects, self._subject_addresses()),
            doi=doi,
            url=url,
            year=self._year(),
            resource_type=self._type(),
            dates=self._collected(),
            rights=tuple(rights),
            is_open=is_open(rights),
            findings=tuple(self.findings),
        )

    def _identity(self) -> tuple[str, str]:
        given = [
            (node.get("identifierType", ""), _text(node))
            for node in _children(self.element)
            if etree.QName(node).localname == "identifier"
        ]
        others = [("", text) for text in self.texts("alternateIdentifier")]
        for kind, text in given:
            if (doi := doi_of(text)) and kind.upper() != "DOI":
                self.note(Defect.DOI_AS_URL, f"DOI {doi} is given as {kind or 'nothing'}: {text}")
        self.required(identifier=given)
        return _identity([text for _, text in given + others])

    def _abstract(self) -> str:
        nodes = sorted(
            _named(self.element, "description"),
            key=lambda node: node.get("descriptionType") != "Abstract",
        )
        return next(filter(None, map(_text, nodes)), "")[:MOST_TEXT]

    def _subjects(self) -> list[str]:
        instruments = [
            text
            for item in _named(self.element, "relatedItem")
            if item.get("relatedItemType") == "Instrument"
            for node in _named(item, "title")
            if (text := _text(node))
        ]
        return self.texts("subject") + instruments

    def _subject_addresses(self) -> list[str]:
        return [node.get("valueURI", "") for node in _named(self.element, "subject")]

    def _year(self) -> int | None:
        if year := _year(self.texts("publicationYear")):
            return year
        dated = {node.get("dateType", ""): _text(node) for node in _named(self.element, "date")}
        wanted = ("Issued", "Available", "Created", "Collected")
        year = _year([dated[kind] for kind in wanted if kind in dated])
        self.note(Defect.MISSING_YEAR, f"taken from a date: {year}" if year else "no date has one")
        return year

    def _type(self) -> str:
        nodes = _named(self.element, "resourceType")
        return next((resource_type(node.get("resourceTypeGeneral", "")) for node in nodes), "")

    def _collected(self) -> str:
        nodes = [n for n in _named(self.element, "date") if n.get("dateType") == "Collected"]
        return _period(_text(nodes[0])) if nodes else ""

    def _rights(self) -> list[str]:
        nodes = list(_named(self.element, "rights"))
        said = [text for node in nodes for text in (_text(node), node.get("rightsURI", "")) if text]
        return list(dict.fromkeys(said))


class _DublinCore(_Reader):
    def description(self) -> Description:
        titles, named = self.texts("title"), self.texts("creator")
        publisher = next(iter(self.texts("publisher")), "")
        creators, subjects, rights = self.people(named), self.texts("subject"), self.texts("rights")
        doi, url = _identity(self.texts("identifier") + self.texts("relation"))
        self.required(title=titles, creator=named)
        year = _year([text for text in self.texts("date") if "embargoend" not in text.lower()])
        if year is None:
            self.note(Defect.MISSING_YEAR, "no date has one")
        return Description(
            title=(titles or [""])[0][:LONGEST_TITLE],
            creators=creators,
            publisher=publisher,
            description=(self.texts("description") or [""])[0][:MOST_TEXT],
            subjects=tuple(subjects),
            techniques=techniques_of(subjects, subjects),
            doi=doi,
            url=url,
            year=year,
            resource_type=next(filter(None, map(resource_type, self.texts("type"))), ""),
            rights=tuple(rights),
            is_open=is_open(rights),
            findings=tuple(self.findings),
        )


def doi_of(text: str) -> str:
    """Returns the DOI that a text is, with its resolver or without, in lower case; else ''."""
    doi = read_doi(text.strip())
    return doi.lower() if len(doi) <= LONGEST_DOI else ""


def techniques_of(subjects: list[str], addresses: list[str]) -> tuple[str, ...]:
    """Returns the PaNET codes that subjects name by address or label, sorted."""
    ends = [text.removeprefix(IRI_PREFIX).rpartition("/")[2] for text in addresses]
    codes = {code for code in ends if TECHNIQUE.fullmatch(code)}
    return tuple(sorted(codes | set(filter(None, map(code_of_text, subjects)))))


def resource_type(text: str) -> str:
    """Returns the resourceTypeGeneral of DataCite that a text is, however written; else ''."""
    return _TYPES.get(re.sub(r"[^a-z]", "", text.lower()), "")


def is_open(rights: list[str]) -> bool | None:
    """Returns whether rights call the data open, None where they say nothing of access."""
    said = [text.lower() for text in rights]
    if any(word in text for text in said for word in _CLOSED):
        return False
    return True if any(word in text for text in said for word in _OPEN) else None


def _identity(texts: list[str]) -> tuple[str, str]:
    """Returns DOI and address of a record by its identifiers, the first of either."""
    doi = next(filter(None, map(doi_of, texts)), "")
    if doi:
        return doi, f"https://doi.org/{doi}"
    pages = [text for text in texts if text.lower().startswith(("https://", "http://"))]
    return "", next((page for page in pages if len(page) <= LONGEST_URL), "")


def _year(texts: list[str]) -> int | None:
    found = next(filter(None, map(_YEAR.search, texts)), None)
    return int(found[1]) if found else None


def _period(text: str) -> str:
    days = [part.strip()[:10] for part in text.split("/")]
    return " – ".join(dict.fromkeys(filter(None, days)))[:100]


def _named(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """Yields the descendants of a local name, the element itself too, in whatever namespace."""
    return element.iter(f"{{*}}{name}")


def _children(element: etree._Element) -> Iterator[etree._Element]:
    return element.iterchildren("{*}*")


def _text(node: etree._Element) -> str:
    """Returns the words of an element, spaces folded, entities left out."""
    parts = (str(part) for part in node.xpath(".//text()"))
    return " ".join("".join(parts).split())[:MOST_TEXT]
