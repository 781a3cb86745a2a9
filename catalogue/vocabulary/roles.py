"""Roles of people on an investigation, in the PaNOSC search API's words."""

from enum import StrEnum


class Role(StrEnum):
    """ICAT InvestigationUser.role; the values are those seen in PaNOSC `member.role`."""

    PRINCIPAL_INVESTIGATOR = "principal investigator"
    CO_INVESTIGATOR = "co-investigator"
    LOCAL_CONTACT = "local contact"
    MEMBER = "member"


# People who did the experiment are DataCite creators; the facility's own staff are contributors.
CREATOR_ROLES = (Role.PRINCIPAL_INVESTIGATOR, Role.CO_INVESTIGATOR, Role.MEMBER)

# What NXuser/role says in files, lower case, and the role it stands for.
_SPELLINGS = {
    "pi": Role.PRINCIPAL_INVESTIGATOR,
    "principal_investigator": Role.PRINCIPAL_INVESTIGATOR,
    "principal investigator": Role.PRINCIPAL_INVESTIGATOR,
    "main proposer": Role.PRINCIPAL_INVESTIGATOR,
    "proposer": Role.CO_INVESTIGATOR,
    "co-proposer": Role.CO_INVESTIGATOR,
    "co_proposer": Role.CO_INVESTIGATOR,
    "co-investigator": Role.CO_INVESTIGATOR,
    "local contact": Role.LOCAL_CONTACT,
    "local_contact": Role.LOCAL_CONTACT,
    "instrument scientist": Role.LOCAL_CONTACT,
}


def role_from_text(text: str) -> Role:
    """Returns the role a file's spelling stands for; MEMBER where it says nothing known."""
    return _SPELLINGS.get(" ".join(text.lower().split()), Role.MEMBER)
