"""Who a file says took part, and when that makes them members.

Membership opens embargoed data. Once the user office has confirmed a proposal, its team is the user
office's alone, and one that a person has edited is that person's; a placeholder's team is that of
its first file, and a later file is believed only where it shares somebody with it: one mistyped
proposal number must not admit strangers.
"""

from collections.abc import Sequence
from dataclasses import replace

from catalogue.models import Affiliation, Investigation, InvestigationUser, Person
from catalogue.vocabulary.roles import role_from_text
from ingest.record import ExtractedRecord, ExtractedUser, Problem, Severity

LONGEST_NAME = 200
# No experiment has a team of more; a file may list thousands.
MOST_USERS = 200


class Teams:
    """The teams of placeholder proposals, each looked up once in a batch."""

    def __init__(self) -> None:
        self._teams: dict[int, list[InvestigationUser]] = {}

    def add(self, investigation: Investigation, record: ExtractedRecord) -> tuple[Problem, ...]:
        """Adds the people a file names to the team, where they may join it; returns warnings.

        Somebody with an ORCID can log in and see the data, so that a later file has to know the
        ORCID of a member already before it can bring another one: anybody can write down a name.
        """
        if investigation.is_team_settled or not record.users:
            return ()
        if len(record.users) > MOST_USERS:
            record = replace(record, users=record.users[:MOST_USERS])
        team = self._team(investigation)
        if team and not any(_find(team, user) for user in record.users):
            return (_unknown_team(investigation, record, team),)
        vouched = not team or any(_find_by_orcid(team, user) for user in record.users)
        unvouched = []
        for user in record.users:
            member = _find(team, user)
            if user.orcid and not vouched and not (member and member.person.orcid):
                unvouched.append(user)
            elif member is None:
                team.append(_join(investigation, user, order=len(team)))
            elif user.orcid and not member.person.orcid:
                _identify(member, user.orcid)
        return (_unvouched_orcid(investigation, record, unvouched),) if unvouched else ()

    def _team(self, investigation: Investigation) -> list[InvestigationUser]:
        if investigation.pk not in self._teams:
            members = investigation.members.select_related("person")
            self._teams[investigation.pk] = list(members)
        return self._teams[investigation.pk]


def _find_by_orcid(
    team: Sequence[InvestigationUser], user: ExtractedUser
) -> InvestigationUser | None:
    return next((row for row in team if user.orcid and row.person.orcid == user.orcid), None)


def _find(team: Sequence[InvestigationUser], user: ExtractedUser) -> InvestigationUser | None:
    """Returns the member whom a file names: by ORCID, else by name unless two ORCIDs differ."""
    same_name = (
        row
        for row in team
        if row.person.full_name == user.name[:LONGEST_NAME]
        and not (user.orcid and row.person.orcid)
    )
    return _find_by_orcid(team, user) or next(same_name, None)


def _identify(member: InvestigationUser, orcid: str) -> None:
    """Gives a member an ORCID, or the membership to the person who already has it."""
    known = Person.objects.filter(orcid=orcid).first()
    if known is not None:
        member.person = known
        member.save(update_fields=["person"])
    else:
        member.person.orcid = orcid
        member.person.save(update_fields=["orcid", "modified_at"])


def _join(investigation: Investigation, user: ExtractedUser, *, order: int) -> InvestigationUser:
    return InvestigationUser.objects.create(
        investigation=investigation,
        person=_person(user),
        role=role_from_text(user.role),
        affiliation=_affiliation(user.affiliation),
        order=order,
    )


def _person(user: ExtractedUser) -> Person:
    """Returns who is meant: known by ORCID, and otherwise someone of this investigation alone."""
    values = {"full_name": user.name[:LONGEST_NAME], "email": user.email[:254]}
    if user.orcid:
        return Person.objects.get_or_create(orcid=user.orcid, defaults=values)[0]
    return Person.objects.create(**values)


def _affiliation(name: str) -> Affiliation | None:
    if not name:
        return None
    return Affiliation.objects.get_or_create(name=name[:300], ror="")[0]


def _unknown_team(
    investigation: Investigation, record: ExtractedRecord, team: Sequence[InvestigationUser]
) -> Problem:
    named = ", ".join(user.name for user in record.users)
    message = (
        f"{record.file_name}: None of {named} is on the team of visit {investigation} "
        f"({', '.join(row.person.full_name for row in team)}), so nobody was added; correct the "
        f"file's proposal or its users, or add them to the investigation in the admin."
    )
    return Problem(Severity.WARNING, "unknown_team", message, record.users[0].source)


def _unvouched_orcid(
    investigation: Investigation, record: ExtractedRecord, users: Sequence[ExtractedUser]
) -> Problem:
    named = ", ".join(f"{user.name} ({user.orcid})" for user in users)
    message = (
        f"{record.file_name}: {named} would be able to see the data of visit {investigation}, and "
        f"the file knows no ORCID of its team, so nobody was given one; add them to the "
        f"investigation in the admin if they belong to it."
    )
    return Problem(Severity.WARNING, "unvouched_orcid", message, users[0].source)
