"""The members of a document as people of its investigation."""

from catalogue.models import Affiliation, Investigation, InvestigationUser, Person
from catalogue.vocabulary.roles import role_from_text
from harvest.panosc_import.items import AffiliationItem, MemberItem


def write_team(investigation: Investigation, members: tuple[MemberItem, ...]) -> None:
    """Adds who took part; a team that a person has settled stays as it is."""
    if investigation.is_team_confirmed:
        return
    known = {row.person.full_name: row for row in investigation.members.select_related("person")}
    for order, member in enumerate(members):
        affiliation = _affiliation(member.affiliation) if member.affiliation else None
        if member.full_name not in known:
            known[member.full_name] = InvestigationUser.objects.create(
                investigation=investigation,
                person=_person(member),
                role=role_from_text(member.role),
                affiliation=affiliation,
                order=order,
            )


def _person(member: MemberItem) -> Person:
    """Returns the person of an ORCID; a name alone is nobody that the catalogue knows."""
    named = {
        "full_name": member.full_name,
        "given_name": member.first_name,
        "family_name": member.last_name,
    }
    if not member.orcid:
        return Person.objects.create(**named)
    row, _ = Person.objects.get_or_create(orcid=member.orcid, defaults=named)
    return row


def _affiliation(item: AffiliationItem) -> Affiliation:
    row, _ = Affiliation.objects.get_or_create(name=item.name, ror="")
    for name in ("address", "city", "country"):
        if not getattr(row, name) and getattr(item, name):
            setattr(row, name, getattr(item, name))
    row.save()
    return row
