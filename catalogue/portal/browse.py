"""Ways into the records by facility, instrument and technique: the OAI sets, with their names."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse

from catalogue.models import Facility, Instrument, PublishedRecordSet, Technique

# The most frequent ones; the hierarchy of PaNET has more branches than a page has room for.
TECHNIQUES_SHOWN = 12


@dataclass(frozen=True, slots=True)
class BrowseLink:
    """A set of records by its name, the number of live records in it, and the sets within it."""

    label: str
    set_spec: str
    count: int
    parts: tuple["BrowseLink", ...] = ()

    @property
    def address(self) -> str:
        return f"{reverse('portal:search')}?{urlencode({'set': self.set_spec})}"


def facility_links() -> list[BrowseLink]:
    """Returns the facilities that have published, each with its instruments, by name."""
    counts = _counts_under("facility")
    instruments = Instrument.objects.select_related("facility").order_by("name")
    parts: dict[str, list[BrowseLink]] = {}
    for row in instruments:
        spec = f"facility:{row.facility.slug}:{row.slug}"
        if spec in counts:
            link = BrowseLink(row.name, spec, counts[spec])
            parts.setdefault(row.facility.slug, []).append(link)
    return [
        BrowseLink(row.name, spec, counts[spec], tuple(parts.get(row.slug, ())))
        for row in Facility.objects.order_by("name")
        if (spec := f"facility:{row.slug}") in counts
    ]


def technique_links() -> list[BrowseLink]:
    """Returns the techniques most records were made with, the most frequent first."""
    counts = _counts_under("technique")
    most = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:TECHNIQUES_SHOWN]
    labels = _technique_labels([spec.rpartition(":")[2] for spec, _ in most])
    return [
        BrowseLink(labels[code], spec, count)
        for spec, count in most
        if (code := spec.rpartition(":")[2]) in labels
    ]


def label_of_set(set_spec: str) -> str:
    """Returns what people call a set; its own name where the catalogue has no other."""
    scheme, *names = set_spec.split(":")
    match scheme, names:
        case "technique", [code]:
            return _technique_labels([code]).get(code, set_spec)
        case "facility", [facility]:
            found = Facility.objects.filter(slug=facility).values_list("name", flat=True)
        case "facility", [facility, instrument]:
            rows = Instrument.objects.filter(facility__slug=facility, slug=instrument)
            found = rows.values_list("name", flat=True)
        case _:
            return set_spec
    return found.first() or set_spec


def _counts_under(scheme: str) -> dict[str, int]:
    rows = (
        PublishedRecordSet.objects.filter(set_spec__startswith=f"{scheme}:")
        .filter(record__is_deleted=False)
        .values_list("set_spec")
        .annotate(count=Count("pk"))
    )
    return dict(rows)


def _technique_labels(codes: list[str]) -> dict[str, str]:
    return dict(Technique.objects.filter(code__in=codes).values_list("code", "label"))
