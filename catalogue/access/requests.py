"""What outsiders ask for: access to data under embargo, decided by the principal investigator."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from catalogue import audit, mail
from catalogue.access.decision_links import DECIDING_ROLES, decision_link
from catalogue.access.grants import Terms, share_with
from catalogue.models import AccessRequest, Investigation, RequestState
from catalogue.publication.act import Act

# Within a day: from one network address, and mailed to the people of one investigation.
MOST_FROM_ONE_ADDRESS = 10
MOST_MAILED = 20
A_DAY = timedelta(days=1)


class TooManyRequestsError(Exception):
    """So much has been asked from one network address that it has to wait."""


class AlreadyDecidedError(Exception):
    """Somebody else has decided meanwhile; `request` is the request as it stands."""

    def __init__(self, request: AccessRequest) -> None:
        super().__init__(f"The request of {request.name} has been {request.state} already.")
        self.request = request


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, in their own words; asked_from: a keyed hash of their network address."""

    name: str
    email: str
    affiliation: str
    asked_from: str


def ask(
    investigation: Investigation, doi: str, asker: Asker, purpose: str, *, now: datetime
) -> None:
    """Passes a request on; one that is open already is not made twice.

    Raises:
        TooManyRequestsError: its network address has asked too often today.
    """
    recent = AccessRequest.objects.filter(created_at__gt=now - A_DAY)
    if recent.filter(asked_from=asker.asked_from).count() >= MOST_FROM_ONE_ADDRESS:
        raise TooManyRequestsError
    with transaction.atomic():
        # One at a time for an investigation: two of one asker would break the rule of one.
        Investigation.objects.select_for_update(of=("self",)).get(pk=investigation.pk)
        requests = AccessRequest.objects.filter(investigation=investigation)
        if requests.filter(state=RequestState.OPEN, email__iexact=asker.email).exists():
            return
        is_mailed = requests.filter(created_at__gt=now - A_DAY).count() < MOST_MAILED
        request = AccessRequest.objects.create(
            investigation=investigation,
            name=asker.name,
            email=asker.email,
            affiliation=asker.affiliation,
            purpose=purpose,
            asked_from=asker.asked_from,
        )
        if is_mailed:
            _tell_deciders(request, doi)


def approve(request_id: int, terms: Terms, *, answer: str, act: Act) -> AccessRequest:
    """Lets the asker in by their e-mail address, and writes to them.

    Raises:
        AlreadyDecidedError: it is not open any more.
    """
    with transaction.atomic():
        request = _locked(request_id)
        target = request.investigation
        request.grant = share_with(
            request.email.lower(),
            target,
            terms,
            actor=act.actor,
            actor_name=act.actor_name,
            note=answer,
        )
        return _decide(request, RequestState.APPROVED, answer, act)


def refuse(request_id: int, *, answer: str, act: Act) -> AccessRequest:
    """Says no, and writes to the asker.

    Raises:
        AlreadyDecidedError: it is not open any more.
    """
    with transaction.atomic():
        request = _locked(request_id)
        mail.post(
            request.email,
            "Your request for access to data",
            "refused",
            request=request,
            answer=answer,
            site=settings.REPOSITORY_NAME,
        )
        return _decide(request, RequestState.REFUSED, answer, act)


def _locked(request_id: int) -> AccessRequest:
    rows = AccessRequest.objects.select_for_update(of=("self",))
    request = rows.select_related("investigation__proposal").get(pk=request_id)
    if request.state != RequestState.OPEN:
        raise AlreadyDecidedError(request)
    return request


def _decide(request: AccessRequest, state: RequestState, answer: str, act: Act) -> AccessRequest:
    request.state, request.answer = state, answer
    request.decided_by, request.decided_by_name = act.actor, act.actor_name
    request.decided_at = act.now
    request.save()
    audit.note(
        f"access request {state}",
        request,
        actor=act.actor,
        actor_name=act.actor_name,
        reason=answer,
    )
    return request


def _tell_deciders(request: AccessRequest, doi: str) -> None:
    page = settings.BASE_URL + reverse("portal:access_request", args=[request.pk])
    for address, person_id in deciders(request.investigation).items():
        link = decision_link(request, person_id=person_id) if person_id else ""
        mail.post(
            address,
            f"Somebody asks for access to your data, {request.investigation}",
            "access_request",
            request=request,
            doi=doi,
            address=page,
            link=link,
            site=settings.REPOSITORY_NAME,
        )


def deciders(investigation: Investigation) -> dict[str, int | None]:
    """Returns where requests are mailed: the principal investigators' addresses, and who they are.

    A log-in's address comes before the one that is known of the person. Where nobody has one, or
    only files say who took part, the facility's data managers, who decide with their log-in (None).
    """
    found: dict[str, int | None] = {}
    if investigation.is_team_settled:
        leaders = investigation.members.filter(role__in=DECIDING_ROLES).select_related(
            "person__user"
        )
        for member in leaders.order_by("order", "pk"):
            user = member.person.user
            address = (user.email if user and user.is_active else "") or member.person.email
            if address:
                found.setdefault(address, member.person_id)
    contact = investigation.proposal.facility.contact_email or settings.ADMIN_EMAIL
    return found or {contact: None}
