"""What outsiders ask for: access to data under embargo, decided by the principal investigator."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse

from catalogue import audit, mail
from catalogue.access.grants import Terms, share_with
from catalogue.models import AccessRequest, Investigation, RequestState
from catalogue.vocabulary.roles import Role

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


def approve(
    request_id: int, terms: Terms, *, answer: str, actor: User, now: datetime
) -> AccessRequest:
    """Lets the asker in by their e-mail address, and writes to them.

    Raises:
        AlreadyDecidedError: it is not open any more.
    """
    with transaction.atomic():
        request = _locked(request_id)
        target = request.investigation
        request.grant = share_with(request.email.lower(), target, terms, actor=actor, note=answer)
        return _decide(request, RequestState.APPROVED, answer, actor, now)


def refuse(request_id: int, *, answer: str, actor: User, now: datetime) -> AccessRequest:
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
        return _decide(request, RequestState.REFUSED, answer, actor, now)


def _locked(request_id: int) -> AccessRequest:
    rows = AccessRequest.objects.select_for_update(of=("self",))
    request = rows.select_related("investigation__proposal").get(pk=request_id)
    if request.state != RequestState.OPEN:
        raise AlreadyDecidedError(request)
    return request


def _decide(
    request: AccessRequest, state: RequestState, answer: str, actor: User, now: datetime
) -> AccessRequest:
    request.state, request.answer = state, answer
    request.decided_by, request.decided_at = actor, now
    request.save()
    audit.note(f"access request {state}", request, actor=actor, reason=answer)
    return request


def _tell_deciders(request: AccessRequest, doi: str) -> None:
    for address in deciders(request.investigation):
        mail.post(
            address,
            f"Somebody asks for access to your data, {request.investigation}",
            "access_request",
            request=request,
            doi=doi,
            address=settings.BASE_URL + reverse("portal:access_request", args=[request.pk]),
            site=settings.REPOSITORY_NAME,
        )


def deciders(investigation: Investigation) -> list[str]:
    """Returns where requests are mailed: the principal investigators who can log in to decide.

    Where there is none with an address, the facility's data managers.
    """
    leaders = investigation.members.filter(
        role=Role.PRINCIPAL_INVESTIGATOR, person__user__is_active=True
    )
    addresses = leaders.exclude(person__user__email="").values_list(
        "person__user__email", flat=True
    )
    return sorted(set(addresses)) or [
        investigation.proposal.facility.contact_email or settings.ADMIN_EMAIL
    ]
