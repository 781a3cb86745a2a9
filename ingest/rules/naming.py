"""What a facility's rules read from the path of a file, pure.

Half of all files do not say what they belong to; their folders and names do. Each rule is a pattern
that is searched for in the whole path, and its named groups are the fields it finds.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ingest.nexus import fields
from ingest.nexus.extract import split_visit
from ingest.nexus.rules import FieldRule
from ingest.nexus.search import is_usable
from ingest.record import Sourced
from ingest.rules.patterns import Pattern

# What a rule may find, and the texts that say nothing there: `/visitor/test/` is no proposal.
FIELDS = {
    "proposal": fields.PROPOSAL,
    "visit": FieldRule(()),
    "instrument": fields.INSTRUMENT,
    "run_number": fields.RUN_NUMBER,
    "sample": fields.SAMPLE_NAME,
}
# Where a value comes from that the built-in patterns have found: the path the file has, and the one
# it was written under. They are guesses at what facilities do; a rule is the facility's own word.
FROM_NAME = "file name"
GUESSED_FROM = frozenset({FROM_NAME, "/@file_name"})
# A smallint of PostgreSQL.
HIGHEST_VISIT = 32767


@dataclass(frozen=True, slots=True)
class PathPattern:
    """One rule of a facility; `name` is told wherever a value came from it."""

    name: str
    pattern: Pattern

    @property
    def source(self) -> str:
        """Returns where values come from that this rule has found."""
        return f"{FROM_NAME}, rule “{self.name}”"


@dataclass(frozen=True, slots=True)
class PathClaims:
    """What the rules have found in a path. None where no rule says anything."""

    proposal: Sourced[str] | None = None
    visit: Sourced[str] | None = None
    instrument: Sourced[str] | None = None
    run_number: Sourced[str] | None = None
    sample: Sourced[str] | None = None


NO_CLAIMS = PathClaims()


def telling_part(path: str, *, spool: str) -> str:
    """Returns what rules may read of a path: of an upload, its name alone.

    spool: the folder of uploads, '' where there are none; the folders below it are the catalogue's
    own, named after checksums that hold whatever a pattern looks for.
    """
    return path.rpartition("/")[2] if spool and path.startswith(f"{spool}/") else path


def read_path(path: str, rules: Iterable[PathPattern]) -> PathClaims:
    """Returns what the rules find in a path; for each field, the first rule that says it."""
    found: dict[str, Sourced[str]] = {}
    for rule in rules:
        said = _read(path, rule)
        if "proposal" in found and "proposal" in said:
            # A visit belongs to the proposal it stands with.
            said.pop("visit", None)
        found = said | found
    return PathClaims(**found)


def _read(path: str, rule: PathPattern) -> dict[str, Sourced[str]]:
    said = {
        name: Sourced(value.strip(), rule.source)
        for name, value in rule.pattern.find(path).items()
        if name in FIELDS and is_usable(value, FIELDS[name])
    }
    proposal, visit = split_visit(said.get("proposal"))
    if proposal is not None and visit is not None:
        said = {"visit": visit} | said | {"proposal": proposal}
    if "visit" in said and visit_number(said["visit"]) is None:
        del said["visit"]
    return said


def is_guess(found: Sourced[str] | None) -> bool:
    """Tells whether a value is only what the built-in patterns see in a file's name."""
    return found is not None and found.source in GUESSED_FROM


def visit_number(visit: Sourced[str] | None) -> int | None:
    """Returns the number of a visit, None where a text is no number that a visit can have."""
    text = visit.value if visit else ""
    is_number = text.isascii() and text.isdigit() and 0 < int(text[:9]) <= HIGHEST_VISIT
    return int(text) if is_number and len(text) < 9 else None
