"""Rows of DOIs that have just been named; what is said of them comes after."""

from catalogue import audit
from catalogue.models import DataPublication, DoiState, Investigation, PublicationKind
from catalogue.publication.act import Act
from catalogue.publication.details import proposed
from catalogue.publication.doi import new_doi
from catalogue.publication.records import write_record
from catalogue.publication.registrar import Registrar
from catalogue.publication.upkeep import tell_registrar


def with_real_doi(publication: DataPublication, act: Act, registrar: Registrar) -> DataPublication:
    """Gives a publication that only has a test DOI a real one, once there is a registrar for it."""
    if not publication.is_test_doi or registrar.hands_out_test_dois:
        return publication
    facility = publication.investigation.proposal.facility
    before = publication.doi
    publication.doi = new_doi(facility.doi_prefix, facility.slug, is_test=False)
    publication.is_test_doi = False
    publication.doi_state = DoiState.RESERVED
    publication.save()
    write_record(publication, today=act.today)
    audit.note("replace test DOI", publication, actor=act.actor, before={"doi": before})
    tell_registrar(publication, now=act.now)
    return publication


def new_publication(
    investigation: Investigation,
    kind: PublicationKind,
    act: Act,
    registrar: Registrar,
    *,
    title: str = "",
    is_reserved: bool = False,
) -> DataPublication:
    """Names a publication, and gives it the experiment's own words."""
    facility = investigation.proposal.facility
    says = proposed(investigation)
    is_test = registrar.hands_out_test_dois
    return DataPublication.objects.create(
        investigation=investigation,
        kind=kind,
        doi=new_doi(facility.doi_prefix, facility.slug, is_test=is_test),
        is_test_doi=is_test,
        is_reserved=is_reserved,
        title=title or says.title,
        abstract=says.abstract,
        licence=says.licence,
        published_on=act.today,
    )
