"""What DataCite makes of a request: states, merging and validation, as datacite/lupo does it.

Followed as far as a repository that registers its DOIs meets it: PUT upserts and merges, arrays
replaced whole; an event that the present state does not allow is silently ignored (AASM with
`whiny_transitions: false`); a draft is not validated, anything else is, whatever it was before.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft201909Validator

Json = dict[str, Any]

# (present state, event) -> next state; everything else changes nothing.
TRANSITIONS = {
    ("draft", "register"): "registered",
    ("draft", "publish"): "findable",
    ("registered", "publish"): "findable",
    ("registered", "show"): "findable",
    ("findable", "hide"): "registered",
}
# app/models/doi.rb: letters of either case, digits and these signs.
DOI = re.compile(r"10\.\d{4,5}/[-._;()/:a-zA-Z0-9*~$=]+")
URL = re.compile(r"(ftp|http|https)://\S+")
# What only DataCite writes: a client that sends them is not heard.
READ_ONLY = ("state", "created", "registered", "updated", "published", "isActive", "client")


@dataclass(frozen=True, slots=True)
class Repository:
    """A DataCite repository account. `domains`: where its URLs may point; empty: anywhere."""

    account: str = "TEST.REPO"
    password: str = "secret"
    prefixes: tuple[str, ...] = ("10.1234", "10.5072")
    domains: tuple[str, ...] = ()

    def owns(self, doi: str) -> bool:
        return doi.split("/")[0] in self.prefixes

    def allows(self, url: str) -> bool:
        """Tells whether a URL lies in the repository's domains; `*.example.org` is allowed too."""
        host = urlsplit(url).hostname or ""
        return not self.domains or any(_matches(host, domain) for domain in self.domains)


def _matches(host: str, domain: str) -> bool:
    return host.endswith(domain[1:]) if domain.startswith("*.") else host == domain


def merged(known: Json | None, sent: Json, doi: str) -> Json:
    """Returns the attributes of a DOI after a request: what is sent replaces what was there."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    before = known or {"state": "draft", "created": now, "registered": None}
    taken = {key: value for key, value in sent.items() if key not in (*READ_ONLY, "event", "doi")}
    state = TRANSITIONS.get((before["state"], sent.get("event", "")), before["state"])
    registered = before["registered"] or (now if state != "draft" else None)
    return {
        **before,
        **taken,
        "doi": doi,
        "prefix": doi.split("/")[0],
        "suffix": doi.split("/", 1)[1],
        "state": state,
        "isActive": state == "findable",
        "registered": registered,
        "updated": now,
    }


def problems(attributes: Json, repository: Repository) -> list[Json]:
    """Returns DataCite's complaints, `{source, title}` each, one a property; empty when valid."""
    found = {}
    for source, title in _complaints(attributes, repository):
        found.setdefault(source, {"source": source, "title": title, "uid": attributes["doi"]})
    return list(found.values())


def _complaints(attributes: Json, repository: Repository) -> Iterator[tuple[str, str]]:
    url = attributes.get("url") or ""
    if url and not URL.fullmatch(url):
        yield "url", "URL is not valid"
    if attributes["state"] == "draft":
        return
    if not url:
        yield "url", "Can't be blank"
    elif not repository.allows(url):
        domain = f"URL {url} is not allowed by repository {repository.account.lower()}"
        yield "url", f"{domain} domain settings."
    for path, message in _schema_faults(attributes):
        yield _snake(path), f"DOI {attributes['doi']}: {message}"


def _schema_faults(attributes: Json) -> Iterator[tuple[str, str]]:
    known = _validator().schema["properties"]
    document = {key: value for key, value in attributes.items() if key in known and value}
    # The API takes a number or its digits.
    document["publicationYear"] = str(document.get("publicationYear", ""))
    for error in _validator().iter_errors(document):
        missing = re.match(r"'(\w+)' is a required property", error.message)
        place = str(error.path[0]) if error.path else missing[1] if missing else "xml"
        yield place, error.message[:300]


@cache
def _validator() -> Draft201909Validator:
    schema = files("datacite").joinpath("schemas/datacite-v4.5.json").read_text(encoding="utf-8")
    return Draft201909Validator(json.loads(schema))


def _snake(name: str) -> str:
    return re.sub(r"([A-Z])", lambda match: f"_{match[1].lower()}", name)


def errors(items: Iterable[Json]) -> Json:
    return {"errors": list(items)}


def error(status: int, title: str) -> Json:
    return errors([{"status": str(status), "title": title}])
