"""As whom people act on an investigation, and who does after them."""

from django.db import transaction

from catalogue.models import Investigation, InvestigationUser
from catalogue.policy.events import Action, ActorRole, Event
from catalogue.publication.act import Act
from catalogue.publication.transition import RefusedError, carry_out
from catalogue.vocabulary.roles import Role


def role_on(
    investigation: Investigation, *, person_id: int | None, is_data_manager: bool
) -> ActorRole | None:
    """Returns as whom somebody acts, the weightiest first; None for whoever took no part."""
    if is_data_manager:
        return ActorRole.DATA_MANAGER
    if person_id is None:
        return None
    roles = {row.role for row in investigation.members.all() if row.person_id == person_id}
    if Role.PRINCIPAL_INVESTIGATOR.value in roles:
        return ActorRole.PRINCIPAL_INVESTIGATOR
    # The facility's own staff is not of the team that owns the data.
    return ActorRole.MEMBER if roles - {Role.LOCAL_CONTACT.value} else None


def hand_over(investigation_id: int, successor_id: int, *, act: Act, role: ActorRole) -> None:
    """Makes another member the principal investigator, e.g. where the present one is out of reach.

    Raises:
        RefusedError: the successor is no member, or leads the experiment already.
    """
    with transaction.atomic():
        investigation = Investigation.objects.locked().get(pk=investigation_id)
        members = InvestigationUser.objects.filter(investigation=investigation)
        leaders = members.filter(role=Role.PRINCIPAL_INVESTIGATOR)
        successor = members.filter(person=successor_id).exclude(role=Role.LOCAL_CONTACT).first()
        if successor is None or leaders.filter(person=successor_id).exists():
            raise RefusedError(investigation, "Choose another member of the team as successor.")
        details = {"from": sorted(leaders.values_list("person", flat=True)), "to": successor_id}
        carry_out(
            investigation, Event(Action.HAND_OVER, role, act.reason), act=act, details=details
        )
        # Who has a line as co-investigator already keeps that one.
        for leader in leaders:
            leads_to = members.filter(person=leader.person_id, role=Role.CO_INVESTIGATOR)
            if leads_to.exists():
                leader.delete()
            else:
                leader.role = Role.CO_INVESTIGATOR
                leader.save(update_fields=["role"])
        successor.role = Role.PRINCIPAL_INVESTIGATOR
        successor.save(update_fields=["role"])
        Investigation.objects.filter(pk=investigation.pk).update(is_team_confirmed=True)
