"""DOIs that investigations get by themselves, from the moment that their facility has chosen."""

import logging
from dataclasses import dataclass
from datetime import date, datetime

from django.db import DatabaseError
from django.db.models import Exists, OuterRef, Q

from catalogue.models import DataPublication, Investigation, InvestigationUser, PublicationKind
from catalogue.models.investigation import InvestigationQuerySet, released
from catalogue.policy.embargo import Moment, ReleaseState
from catalogue.publication.act import Act
from catalogue.publication.publish import CannotPublishError, publish_investigation
from catalogue.publication.registrar import Registrar
from catalogue.publication.transition import RefusedError
from catalogue.vocabulary.roles import CREATOR_ROLES

logger = logging.getLogger(__name__)

_NEVER_PUBLISHED = (ReleaseState.PROPRIETARY, ReleaseState.WITHDRAWN)
_MOMENT = "proposal__facility__automatic_doi"


@dataclass(frozen=True, slots=True)
class Given:
    """How many investigations got their DOI, and which could not, each with the reason."""

    published: int
    failed: tuple[str, ...]


def publish_due(*, now: datetime, registrar: Registrar) -> Given:
    """Gives each investigation whose moment has come its DOI; a failure stops no other.

    Each is a transaction of its own that looks under the lock whether there is a DOI already, so
    that a sweep may run twice, or twice at once.
    """
    act = Act(now=now, reason="Its facility gives every investigation a DOI.")
    keys = list(complete(due(today=act.today)).order_by("pk").values_list("pk", flat=True))
    failed = [reason for pk in keys if (reason := _publish(pk, act, registrar))]
    return Given(len(keys) - len(failed), tuple(failed))


def _publish(investigation_id: int, act: Act, registrar: Registrar) -> str:
    """Returns why an investigation could not get its DOI; '' where it has one now."""
    try:
        publish_investigation(investigation_id, act=act, registrar=registrar, needs_data=False)
    except (CannotPublishError, RefusedError) as error:
        logger.warning("%s", error)
        return str(error)
    except (DatabaseError, ValueError):
        logger.exception("could not give investigation %s its DOI", investigation_id)
        return f"Investigation {investigation_id}: the log says why."
    return ""


def due(*, today: date) -> InvestigationQuerySet:
    """Returns the investigations that should have a DOI by now and have none.

    Without a policy nobody has said what may be told, and proprietary data are not spoken of, also
    where the row has not been told yet. A placeholder is not announced before its data are
    (DECISIONS 23), and what was imported has the DOI that it came with.
    """
    has_one = Q(kind=PublicationKind.EXPERIMENT) | ~Q(imported_document={})
    published = DataPublication.objects.filter(has_one, investigation=OuterRef("pk"))
    is_announced = Q(proposal__is_placeholder=False) | released(today)
    may_open = Q(proposal__embargo_policy__never_release=False) | Q(
        proposal__embargo_policy__isnull=False, is_waived=True
    )
    return (
        Investigation.objects.filter(_has_come(today), is_announced, may_open)
        .exclude(release_state__in=_NEVER_PUBLISHED)
        .exclude(Exists(published))
    )


def _has_come(today: date) -> Q:
    """Returns the condition that the moment has come; a later one means that it has, too.

    A DOI at acceptance precedes the data; any other stands for data that are there.
    """
    with_data = released(today)
    ended = Q(end__lt=today) | with_data
    accepted = Q(proposal__accepted_on__lte=today) | ended
    there = Q(dataset_count__gt=0)
    return (
        Q(accepted, **{_MOMENT: Moment.ACCEPTANCE})
        | Q(ended & there, **{_MOMENT: Moment.END_OF_EXPERIMENT})
        | Q(with_data & there, **{_MOMENT: Moment.WITH_DATA})
    )


def complete(rows: InvestigationQuerySet) -> InvestigationQuerySet:
    """Returns those that have what a DOI needs of people and words: the others wait for them."""
    return rows.filter(_is_titled(), _has_creators())


def incomplete(rows: InvestigationQuerySet) -> InvestigationQuerySet:
    """Returns those that somebody has to complete before they can have a DOI."""
    return rows.exclude(_is_titled() & Q(_has_creators()))


def _is_titled() -> Q:
    return ~Q(title="", proposal__title="")


def _has_creators() -> Exists:
    creators = InvestigationUser.objects.filter(role__in=CREATOR_ROLES)
    return Exists(creators.filter(investigation=OuterRef("pk")))
