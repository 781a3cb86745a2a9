"""Ways into the records by facility, instrument and technique, by the names people use."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse

from catalogue.formats.oai_sets import TECHNIQUE, set_name
from catalogue.models import Dataset, Facility, Instrument, OaiMembership, Technique
from catalogue.policy.visibility import ANONYMOUS, Level


@dataclass(frozen=True, slots=True)
class BrowseLink:
    """An address of a search by the name of what it finds; `count` None where it is not counted."""

    label: str
    address: str
    count: int | None = None
    parts: tuple["BrowseLink", ...] = ()


def facility_links() -> list[BrowseLink]:
    """Returns the facilities that have published, each with its instruments, by name."""
    counts = _record_counts()
    parts: dict[str, list[BrowseLink]] = {}
    for row in Instrument.objects.select_related("facility").order_by("name"):
        facility = row.facility.slug
        if spec := _counted(f"{facility}:{row.slug}", counts):
            parts.setdefault(facility, []).append(_set_link(row.name, spec, counts))
    return [
        _set_link(row.name, spec, counts, tuple(parts.get(row.slug, ())))
        for row in Facility.objects.order_by("name")
        if (spec := _counted(row.slug, counts))
    ]


def technique_links(*, today: date) -> list[BrowseLink]:
    """Returns the techniques of all open datasets, by label."""
    datasets = Dataset.objects.visible_to(ANONYMOUS, today=today, level=Level.METADATA)
    used = Dataset.techniques.through.objects.filter(dataset__in=datasets.values("pk"))
    rows = Technique.objects.filter(pk__in=used.values("technique")).order_by("label", "code")
    return [BrowseLink(row.label, search_address(technique=row.code)) for row in rows]


def label_of_set(set_spec: str) -> str:
    """Returns what people call an OAI set: where it is one, its facility or instrument."""
    facility, _, instrument = set_spec.partition(":")
    row: Facility | Instrument | None
    if instrument:
        row = Instrument.objects.filter(facility__slug=facility, slug=instrument).first()
    else:
        row = Facility.objects.filter(slug=facility).first()
    return row.name if row else set_name(set_spec, {})


def label_of_technique(code: str) -> str:
    """Returns the PaNET label of a technique, or the code itself where PaNET has no such term."""
    label = Technique.objects.filter(code=code).values_list("label", flat=True).first()
    return label or code


def search_address(**arguments: str) -> str:
    return f"{reverse('portal:search')}?{urlencode(arguments)}"


def _record_counts() -> dict[str, int]:
    """Returns how many records of our own are in each set of a place."""
    own = OaiMembership.objects.filter(item__is_deleted=False, item__publication__isnull=False)
    of_places = own.exclude(set__spec__startswith=f"{TECHNIQUE}:")
    return dict(of_places.values_list("set__spec").annotate(count=Count("pk")))


def _counted(set_spec: str, counts: dict[str, int]) -> str:
    return set_spec if set_spec in counts else ""


def _set_link(
    label: str, set_spec: str, counts: dict[str, int], parts: tuple[BrowseLink, ...] = ()
) -> BrowseLink:
    return BrowseLink(label, search_address(set=set_spec), counts[set_spec], parts)
