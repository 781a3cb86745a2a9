"""A question to an OAI-PMH endpoint and its answer, as values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from lxml import etree

NAMESPACE = "http://www.openarchives.org/OAI/2.0/"
OAI = f"{{{NAMESPACE}}}"
# No entity is expanded and nothing is fetched: the answer is a stranger's.
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: arguments may be repeated, so they are pairs."""

    arguments: tuple[tuple[str, str], ...] = ()
    method: str = "GET"
    accept_encoding: str = "identity"

    @classmethod
    def of(cls, **arguments: str) -> "Ask":
        """Returns the GET of named arguments; `from_` is `from`."""
        return cls(tuple((name.rstrip("_"), value) for name, value in arguments.items()))

    @property
    def query(self) -> str:
        return urlencode(self.arguments)

    def get(self, name: str) -> str:
        return dict(self.arguments).get(name, "")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: `tree` is None where the body is no XML, and `fault` then says why."""

    ask: Ask
    status: int
    headers: Mapping[str, str]
    body: bytes
    tree: etree._Element | None = field(compare=False)
    fault: str = ""

    @property
    def codes(self) -> list[str]:
        """The codes of its error elements (OAI-PMH 2.0 §3.6)."""
        return [element.get("code", "") for element in self.all("error")]

    @property
    def errors_in_words(self) -> str:
        return " and ".join(self.codes) or "no error"

    def all(self, tag: str) -> Iterator[etree._Element]:
        """Yields the protocol's elements of a name, wherever they stand; not those of metadata."""
        return iter(()) if self.tree is None else self.tree.iter(f"{OAI}{tag}")

    def texts(self, tag: str) -> list[str]:
        return [element.text or "" for element in self.all(tag)]

    def text(self, tag: str) -> str:
        return next(iter(self.texts(tag)), "").strip()

    @property
    def records(self) -> list["Header"]:
        return [Header(element) for element in self.all("header")]

    @property
    def token(self) -> etree._Element | None:
        return next(self.all("resumptionToken"), None)

    @property
    def next_token(self) -> str:
        return (self.token.text or "").strip() if self.token is not None else ""


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a record in a reply, and through it the record (OAI-PMH 2.0 §2.5)."""

    element: etree._Element

    @property
    def identifier(self) -> str:
        return (self.element.findtext(f"{OAI}identifier") or "").strip()

    @property
    def datestamp(self) -> str:
        return (self.element.findtext(f"{OAI}datestamp") or "").strip()

    @property
    def sets(self) -> list[str]:
        return [(spec.text or "").strip() for spec in self.element.iterfind(f"{OAI}setSpec")]

    @property
    def is_deleted(self) -> bool:
        return self.element.get("status") == "deleted"

    @property
    def metadata(self) -> etree._Element | None:
        """The metadata's own element; None of a header alone and of a deleted record."""
        record = self.element.getparent()
        return None if record is None else record.find(f"{OAI}metadata/*")

    @property
    def has_more_than_header(self) -> bool:
        record = self.element.getparent()
        return record is not None and record.tag == f"{OAI}record" and len(record) > 1


def parse(ask: Ask, *, status: int, headers: Mapping[str, str], body: bytes) -> Reply:
    """Returns the reply of what came over HTTP; header names are in lower case."""
    lower = {name.lower(): value for name, value in headers.items()}
    try:
        return Reply(ask, status, lower, body, etree.fromstring(body, _PARSER))
    except (etree.XMLSyntaxError, ValueError) as error:
        return Reply(ask, status, lower, body, None, str(error))
