"""What a page says about access: the badge, who can see the data, why and until when, and you."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial

from catalogue.models import AccessGrant, Dataset, Investigation
from catalogue.policy.rights import Right, rights_of
from catalogue.policy.visibility import (
    Facts,
    Level,
    Reason,
    Viewer,
    grants_in_force,
    is_blind,
    is_inside,
    may_see,
    reasons,
)
from catalogue.portal.explanation import (
    Badge,
    audience_in_words,
    long_day,
    opening,
    state_badge,
    who_can_see,
    why_you,
)
from catalogue.portal.selections import facts_of
from catalogue.vocabulary.roles import Role


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody who can see the data, why, and until when; `grant` where it can be taken back."""

    who: str
    why: str
    until: str
    grant: AccessGrant | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """lines: everybody who can see it, for insiders; guests are told of themselves alone."""

    badge: Badge
    who: str
    why_you: str
    lines: tuple[Line, ...]
    reasons: tuple[Reason, ...]
    rights: frozenset[Right]
    may_read: bool

    @property
    def is_inside(self) -> bool:
        return is_inside(self.reasons)

    @property
    def is_blind(self) -> bool:
        """Whether no name of the team may be shown."""
        return is_blind(self.reasons)

    @property
    def may_share(self) -> bool:
        return Right.SHARE in self.rights

    @property
    def may_audit(self) -> bool:
        return Right.AUDIT in self.rights


def access_of(
    viewer: Viewer, investigation: Investigation, *, dataset: Dataset | None = None, today: date
) -> Access:
    """Returns the explanation for someone who may read about an investigation or a dataset of it.

    Both come with what `selections.with_facts` prefetches.
    """
    facts = facts_of(investigation, dataset=dataset)
    found = reasons(viewer, facts, today=today, level=Level.METADATA)
    policy = investigation.proposal.embargo_policy
    name = policy.name if policy else ""
    lines = _lines(investigation, dataset, facts, today) if is_inside(found) else ()
    badge = state_badge if dataset else partial(investigation_badge, investigation)
    return Access(
        badge=badge(facts, today=today),
        who=who_can_see(facts, policy=name, today=today),
        why_you=why_you(found),
        lines=tuple(lines),
        reasons=found,
        rights=rights_in(investigation, viewer),
        may_read=may_see(viewer, facts, today=today),
    )


def investigation_badge(investigation: Investigation, facts: Facts, *, today: date) -> Badge:
    """Returns the badge of an investigation that `selections.telling_parts` has annotated."""
    parts: bool = getattr(investigation, "has_open_datasets", False)
    return state_badge(facts, has_open_datasets=parts, today=today)


def rights_in(investigation: Investigation, viewer: Viewer) -> frozenset[Right]:
    """Returns what a viewer may do with an investigation whose members come prefetched."""
    roles = [
        Role(member.role)
        for member in investigation.members.all()
        if member.person_id == viewer.person_id
    ]
    return rights_of(roles, is_data_manager=viewer.is_data_manager)


def _lines(
    investigation: Investigation, dataset: Dataset | None, facts: Facts, today: date
) -> Iterator[Line]:
    """Yields everybody who can see the data on a day, by the rule that the queries follow."""
    team = len(facts.member_ids)
    if team:
        people = "1 person" if team == 1 else f"{team} people"
        yield Line(f"The people of the experiment ({people})", "They took part", "always")
    instrument = investigation.instrument
    for row in instrument.scientists.all() if instrument else ():
        if row.appointment.is_in_force(today):
            why = f"Looks after {instrument}"
            yield Line(str(row.person), why, _until(row.last_day, "further notice"))
    yield Line("The facility’s data managers", "They run the catalogue", "always")
    given = {row.pk: row for row in investigation.grants.all()}
    given |= {row.pk: row for row in dataset.grants.all()} if dataset else {}
    for grant in grants_in_force(facts, today=today):
        to = given[grant.pk]
        yield Line(to.to, _why_granted(to), long_day(grant.last_day), to)
    opens = opening(facts, today=today)
    if opens is not None:
        yield _audience(facts, opens, today)


def _audience(facts: Facts, opens: date, today: date) -> Line:
    who = audience_in_words(facts.audience)
    if opens <= today:
        return Line(who, f"The data are open since {long_day(opens)}", "always")
    return Line(f"{who}, from {long_day(opens)} on", "The embargo ends", "always")


def _why_granted(row: AccessGrant) -> str:
    by = f", by {row.granted_by.get_full_name() or row.granted_by}" if row.granted_by else ""
    what = "" if row.level == Level.READ else ", without the files"
    only = ", this dataset only" if row.dataset_id else ""
    reason = "To review" if row.is_reviewer_link else row.reason
    return f"{reason}{what}{only}{by}"


def _until(day: date | None, otherwise: str) -> str:
    return long_day(day) if day else otherwise
