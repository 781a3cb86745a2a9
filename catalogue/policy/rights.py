"""What the people of an experiment may do, by their role; pure."""

from collections.abc import Iterable
from enum import StrEnum

from catalogue.vocabulary.roles import Role


class Right(StrEnum):
    """SEE: the data in every state. AUDIT: who from outside has looked. SHARE: let others in."""

    SEE = "see"
    AUDIT = "audit"
    SHARE = "share"


# ISIS data policy 2.6: the principal investigator designates the team.
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.PRINCIPAL_INVESTIGATOR: frozenset({Right.SEE, Right.AUDIT, Right.SHARE}),
    Role.CO_INVESTIGATOR: frozenset({Right.SEE, Right.AUDIT}),
    Role.LOCAL_CONTACT: frozenset({Right.SEE}),
    Role.MEMBER: frozenset({Right.SEE}),
}
# Data managers act for any team.
ALL_RIGHTS = frozenset(Right)


def rights_of(roles: Iterable[Role], *, is_data_manager: bool) -> frozenset[Right]:
    """Returns what somebody may do with an investigation in which they have these roles."""
    if is_data_manager:
        return ALL_RIGHTS
    return frozenset().union(*(RIGHTS[role] for role in roles))
