"""The users and samples of a NeXus entry, pure."""

from collections.abc import Iterator
from dataclasses import replace

from catalogue.vocabulary.orcid import normalise_orcid
from ingest.nexus import fields
from ingest.nexus.plan import Plan
from ingest.nexus.rules import FieldRule
from ingest.nexus.search import Values, collect_values, find_groups, find_text, find_texts
from ingest.nexus.text import show
from ingest.nexus.tree import NexusGroup
from ingest.nexus.values import split_names
from ingest.record import ExtractedSample, ExtractedUser, Problem, Severity

NOTHING_BELOW = Plan()


def find_users(
    root: NexusGroup, values: Values
) -> tuple[tuple[ExtractedUser, ...], tuple[Problem, ...]]:
    """Return the people of an entry, each once, and what is wrong with what it says of them."""
    groups = list(_values_at(root, fields.USER_GROUPS))
    users = [user for group in groups for user in _users_of(group)] or list(_plain_users(values))
    problems = tuple(problem for group in groups for problem in _find_bad_orcid(group))
    return tuple({(user.name, user.orcid): user for user in users}.values()), problems


def _users_of(group: Values) -> Iterator[ExtractedUser]:
    """Yield the people of one NXuser; what it says besides the name is theirs only if it is one."""
    name = find_text(group, fields.USER_NAME)
    if name is None:
        return
    people = list(split_names(name.value))
    for each, affiliation in people:
        if len(people) > 1:
            yield ExtractedUser(each, name.source, affiliation=affiliation)
        else:
            yield ExtractedUser(
                each,
                name.source,
                orcid=normalise_orcid(_text(group, fields.USER_ORCID)) or "",
                email=_text(group, fields.USER_EMAIL),
                affiliation=_text(group, fields.USER_AFFILIATION) or affiliation,
                role=_text(group, fields.USER_ROLE),
            )


def _plain_users(values: Values) -> Iterator[ExtractedUser]:
    for text in find_texts(values, fields.PLAIN_USERS):
        for name, affiliation in split_names(text.value):
            yield ExtractedUser(name, text.source, affiliation=affiliation)


def _find_bad_orcid(group: Values) -> Iterator[Problem]:
    orcid = find_text(group, fields.USER_ORCID)
    if orcid and "orcid" in orcid.source.lower() and normalise_orcid(orcid.value) is None:
        message = (
            f"{orcid.source} {show(orcid.value)} is no ORCID iD (its check digit is wrong); "
            "write e.g. https://orcid.org/0000-0002-1825-0097"
        )
        yield Problem(Severity.WARNING, "bad_orcid", message, orcid.source)


def put_own_sample_first(entry: NexusGroup) -> NexusGroup:
    """Return an entry with the sample itself before the can, the buffer and the standards.

    HDF5 lists groups by name, so that a `can` would come before the `sample`.
    """
    return replace(entry, groups=tuple(sorted(entry.groups, key=_rank_of_sample)))


def _rank_of_sample(group: NexusGroup) -> tuple[bool, bool]:
    if group.nx_class != "NXsample":
        return False, False
    kind = _text(collect_values(group, NOTHING_BELOW), fields.SAMPLE_TYPE)
    return kind.casefold() in fields.BESIDE_THE_SAMPLE, group.name != "sample"


def find_samples(root: NexusGroup) -> tuple[ExtractedSample, ...]:
    """Return the samples of an entry, each name once; a formula stands in for a name."""
    groups = _values_at(root, fields.SAMPLE_GROUPS)
    samples = [sample for group in groups for sample in _samples_of(group)]
    return tuple({sample.name: sample for sample in reversed(samples)}.values())[::-1]


def _samples_of(group: Values) -> Iterator[ExtractedSample]:
    formula = find_text(group, fields.SAMPLE_FORMULA)
    named = find_text(group, fields.SAMPLE_NAME) or formula
    if named is not None:
        yield ExtractedSample(
            named.value,
            named.source,
            formula=formula.value if formula else "",
            description=_text(group, fields.SAMPLE_DESCRIPTION),
        )


def _text(group: Values, rule: FieldRule) -> str:
    found = find_text(group, rule)
    return found.value if found else ""


def _values_at(root: NexusGroup, paths: tuple[str, ...]) -> Iterator[Values]:
    """Yield what each group at the paths holds itself."""
    for path in paths:
        for group in find_groups(root, path.split("/")):
            yield collect_values(group, NOTHING_BELOW)
