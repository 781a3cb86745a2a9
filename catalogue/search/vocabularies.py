"""What a client can ask with: techniques, names of parameters, facilities; public data only."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from catalogue.formats import panosc
from catalogue.models import (
    Dataset,
    DatasetParameter,
    Facility,
    InvestigationParameter,
    ParameterType,
    Technique,
    TechniqueClosure,
)
from catalogue.search import rows
from catalogue.vocabulary.parameters import AGREED_NAMES, AgreedName

Json = dict[str, Any]


def techniques(*, words: str, used: bool, today: date) -> list[Json]:
    """Returns PaNET's terms and the facilities' own techniques that public datasets have.

    words: what a label or an alternative label has to hold, '' for all; used: only what some public
    dataset has, by itself or by a technique below it.
    """
    in_use = _techniques_in_use(today)
    terms = Technique.objects.filter(Q(pid="") | Q(pk__in=in_use)).select_related("panet_term")
    return [
        _technique(row, in_use=row.pk in in_use)
        for row in terms.prefetch_related("parents").order_by("label", "code")
        if (row.pk in in_use or not used) and _holds(words, row.label, *row.alt_labels)
    ]


def _techniques_in_use(today: date) -> set[int]:
    tags = Dataset.techniques.through.objects.filter(
        technique=OuterRef("pk"), dataset__in=rows.datasets(today).order_by()
    )
    tagged = Technique.objects.filter(Exists(tags)).order_by()
    above = TechniqueClosure.objects.filter(descendant__in=tagged.values("pk"))
    return set(above.values_list("ancestor", flat=True))


def _technique(row: Technique, *, in_use: bool) -> Json:
    panet = row.panet_term if row.pid else row
    item = panosc.technique(pid=row.iri, name=row.label, panet_id=panet.iri if panet else "")
    return item | {
        "alternativeNames": row.alt_labels,
        "broader": [parent.iri for parent in row.parents.all()],
        "inUse": in_use,
    }


def parameters(*, words: str, used: bool, today: date) -> list[Json]:
    """Returns the agreed names of parameters, and all others that public data have."""
    in_use = _types_in_use(today)
    agreed = {one.name: one for one in AGREED_NAMES}
    names = sorted(agreed.keys() | in_use.keys())
    return [
        _parameter(name, agreed.get(name), in_use.get(name))
        for name in names
        if (name in in_use or not used) and _holds(words, name, *_aliases(agreed.get(name)))
    ]


def _types_in_use(today: date) -> dict[str, ParameterType]:
    of_dataset = DatasetParameter.objects.filter(
        type=OuterRef("pk"), dataset__in=rows.datasets(today).order_by()
    )
    of_document = InvestigationParameter.objects.filter(
        type=OuterRef("pk"), investigation__in=rows.open_investigations(today)
    )
    found = ParameterType.objects.filter(Exists(of_dataset) | Exists(of_document))
    return {row.name: row for row in found}


def _aliases(agreed: AgreedName | None) -> tuple[str, ...]:
    return agreed.aliases if agreed else ()


def _parameter(name: str, agreed: AgreedName | None, row: ParameterType | None) -> Json:
    return {
        "name": name,
        "description": agreed.description if agreed else (row.label if row else ""),
        "siUnit": agreed.si_unit if agreed else (row.si_unit if row else ""),
        "units": list(agreed.units) if agreed else [],
        "aliases": list(_aliases(agreed)),
        "isAgreed": agreed is not None,
        "inUse": row is not None,
    }


def facilities(*, today: date) -> list[Json]:
    """Returns the facilities that have anything public, with what their techniques are named by."""
    shown = rows.instruments(today).order_by().values("facility")
    datasets = rows.datasets(today).filter(investigation__proposal__facility=OuterRef("pk"))
    found = Facility.objects.filter(Q(pk__in=shown) | Exists(datasets)).order_by("name")
    return [_facility(row) for row in found]


def _facility(row: Facility) -> Json:
    return {
        "pid": row.ror or row.slug,
        "name": row.name,
        "kind": row.kind,
        "country": row.country,
        "url": row.url,
        "searchApi": f"{settings.BASE_URL}/panosc-api",
        "oaiPmh": f"{settings.BASE_URL}/oai",
        "oaiSet": row.slug,
        "techniqueVocabulary": "http://purl.org/pan-science/PaNET",
    }


def _holds(words: str, *names: str) -> bool:
    wanted = words.casefold()
    return any(wanted in name.casefold() for name in names)
