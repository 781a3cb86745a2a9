"""Versions of a choice of datasets: each has its DOI, and the concept's DOI stands for all of them.

DataCite 4.6 §Versioning: the concept HasVersion each; each IsVersionOf the concept, IsNewVersionOf
the one before and IsPreviousVersionOf the one after. The relations are read off the rows
(`queries.record_of`); what is public of the others is written anew by `publish`.
"""

from collections.abc import Sequence

from catalogue import audit
from catalogue.models import DataPublication, Dataset, PublicationKind
from catalogue.publication.act import Act
from catalogue.publication.minting import new_publication
from catalogue.publication.problems import CannotPublishError
from catalogue.publication.registrar import Registrar


def follow(
    publication: DataPublication,
    previous: DataPublication,
    datasets: Sequence[Dataset],
    *,
    act: Act,
    registrar: Registrar,
) -> None:
    """Makes a new publication the next version of another one, and gives them a concept.

    Call it under the lock of their investigation. One that has been withdrawn may be followed: its
    tombstone then leads to the new one.

    Raises:
        CannotPublishError: it is no choice of the same investigation, has been followed already, or
            has the same datasets.
    """
    previous = DataPublication.objects.select_for_update().get(pk=previous.pk)
    problems = _problems(publication, previous, datasets)
    if problems:
        raise CannotPublishError(f"A new version of {previous}", problems)
    concept = previous.concept or _new_concept(previous, act, registrar)
    _stand_for(concept, publication)
    publication.concept = concept
    publication.version = previous.version + 1
    publication.save(update_fields=["concept", "version", "modified_at"])


def _problems(
    publication: DataPublication, previous: DataPublication, datasets: Sequence[Dataset]
) -> list[str]:
    later = DataPublication.objects.filter(
        concept__isnull=False, concept=previous.concept_id, version__gt=previous.version
    )
    chosen = {dataset.pk for dataset in datasets}
    checks = [
        (
            previous.kind != PublicationKind.SELECTION,
            "Only a choice of datasets has versions; an experiment stands for all its data.",
        ),
        (
            previous.investigation_id != publication.investigation_id,
            "A version holds data of the same investigation.",
        ),
        (later.exists(), "It has been followed already: begin with its newest version."),
        (
            set(previous.items.values_list("dataset_id", flat=True)) == chosen,
            "It has the same datasets: amend what is said of it, or choose others.",
        ),
    ]
    return [sentence for fails, sentence in checks if fails]


def _new_concept(previous: DataPublication, act: Act, registrar: Registrar) -> DataPublication:
    concept = new_publication(
        previous.investigation, PublicationKind.CONCEPT, act, registrar, title=previous.title
    )
    previous.concept = concept
    previous.save(update_fields=["concept", "modified_at"])
    audit.note("publish", concept, actor=act.actor, reason="It stands for all versions.")
    return concept


def _stand_for(concept: DataPublication, publication: DataPublication) -> None:
    """Names a concept as its newest version is; one whose versions had all gone is back."""
    concept.title = publication.title
    concept.withdrawn_at = None
    concept.withdrawal_reason = ""
    concept.was_open = False
    concept.save()
