"""PaNET, the ExPaNDS ontology of photon and neutron techniques, with its hierarchy closed.

The terms in `panet.json` are PaNET 1.3.0 (2026-05-18), http://purl.org/pan-science/PaNET,
CC-BY-4.0.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

IRI_PREFIX = "http://purl.org/pan-science/PaNET/"
# The techniques; longer codes are properties of techniques, some under the same label.
TECHNIQUE = re.compile(r"PaNET\d{5}")
# PaNET's scanning transmission microscopy; who writes STM means scanning tunnelling microscopy.
MISLEADING = frozenset({"stm"})


@dataclass(frozen=True, slots=True)
class Term:
    """One technique. `code` (`PaNET01188`) is stable; labels are not even unique."""

    code: str
    label: str
    alt_labels: tuple[str, ...]
    parents: tuple[str, ...]

    @property
    def iri(self) -> str:
        return IRI_PREFIX + self.code


@cache
def terms() -> dict[str, Term]:
    """Returns all 516 terms by code."""
    text = files("catalogue.vocabulary").joinpath("panet.json").read_text(encoding="utf-8")
    return {
        term["id"]: Term(
            term["id"], term["label"], tuple(term["alt_labels"]), tuple(term["parents"])
        )
        for term in json.loads(text)["terms"]
    }


def closure(all_terms: dict[str, Term]) -> Iterator[tuple[str, str, int]]:
    """Yields (ancestor, descendant, depth) for every pair; a term is its own ancestor at depth 0.

    Where several paths lead from one to the other, depth is that of the shortest.
    """
    for code in all_terms:
        for ancestor, depth in _ancestors(code, all_terms).items():
            yield ancestor, code, depth


def ancestors(code: str) -> frozenset[str]:
    """Returns the codes of a term and of all above it."""
    return frozenset(_ancestors(code, terms()))


def _ancestors(code: str, all_terms: dict[str, Term]) -> dict[str, int]:
    found = {code: 0}
    ring = {code}
    while ring:
        ring = {parent for child in ring for parent in all_terms[child].parents} - found.keys()
        found |= dict.fromkeys(ring, max(found.values()) + 1)
    return found


def code_of_text(text: str) -> str:
    """Returns the code of the technique that a text names by its label or another one, else ''.

    Upper and lower case are the same, and so are all spaces: `SAXS` and `Small angle  X-ray
    scattering` are PaNET01188.
    """
    return _codes_by_name().get(_fold(text), "")


@cache
def _codes_by_name() -> dict[str, str]:
    techniques = [term for term in terms().values() if TECHNIQUE.fullmatch(term.code)]
    others = {_fold(name): term.code for term in techniques for name in term.alt_labels}
    labels = {_fold(term.label): term.code for term in techniques}
    return {name: code for name, code in (others | labels).items() if name not in MISLEADING}


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())
