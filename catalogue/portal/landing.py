"""The landing page of a DOI: public whatever happens to the data; a tombstone once withdrawn."""

import json
from datetime import date
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from catalogue.access.reads import note_read
from catalogue.formats.citation import citation_text
from catalogue.formats.terms import doi_url
from catalogue.models import (
    Datafile,
    DataPublication,
    Dataset,
    Investigation,
    PublicationKind,
    PublishedRecord,
)
from catalogue.policy.visibility import ANONYMOUS, Level, Viewer, reasons
from catalogue.portal.explanation import in_days, public_badge
from catalogue.portal.exports import CITATION_EXPORTS, EXPORTS, METADATA_EXPORTS
from catalogue.portal.files import media_type_of
from catalogue.portal.paging import Page, page_links, page_number, page_of
from catalogue.portal.selections import (
    datasets_with_files,
    facts_of,
    investigations_to_show,
    record_with_doi,
)
from catalogue.portal.signposting import Link, cite_as, landing_links, link_header
from catalogue.portal.viewer import viewer_of
from catalogue.publication.people import role_on
from catalogue.queries import described_by, newest_version, public_record, published_datasets
from catalogue.record import ContributorType, PublicFile, Record, RelatedIdentifier
from catalogue.vocabulary.relations import VERSIONING, relation_label

PAGE_SIZE = 100
# DataCite 4.6 property 7.a in plain words.
CONTRIBUTIONS: dict[ContributorType, str] = {
    "ContactPerson": "contact",
    "DataCollector": "data collection",
    "DataCurator": "data curation",
    "DataManager": "data management",
    "HostingInstitution": "host",
    "ProjectLeader": "project leader",
    "Researcher": "research",
    "RightsHolder": "rights holder",
    "Supervisor": "supervision",
    "Other": "contribution",
}


@require_safe
def landing(request: HttpRequest, doi: str) -> HttpResponse:
    row = record_with_doi(doi)
    if row is None:
        raise Http404(f"No data with the DOI {doi} have been published here.")
    if row.is_deleted or row.publication.withdrawn_at is not None:
        return _tombstone(request, row)
    record = public_record(row.publication, today=timezone.localdate())
    if "format" in request.GET:
        return _export(row, record, request.GET["format"])
    if row.publication.kind == PublicationKind.CONCEPT:
        return redirect("portal:landing", doi=described_by(row.publication).doi)
    return _page(request, row, record)


def _page(request: HttpRequest, row: PublishedRecord, record: Record) -> HttpResponse:
    today = timezone.localdate()
    viewer = viewer_of(request)
    page = _datasets(row.publication, viewer, page_number(request.GET), today=today)
    if page.rows and record.access not in ("open", "registered"):
        _note_read(request, row.publication, viewer, today=today)
    # What a member sees besides is for this member only: machines are pointed to open files alone.
    links = _links(record, page if record.access == "open" else None)
    context = {
        **_about(record, today=today),
        "investigation": _investigation(row.publication, viewer, today=today),
        "publication": row.publication,
        **_versions(row.publication),
        "may_amend": _may_amend(row.publication, viewer),
        "links": [link for link in links if link.rel in ("cite-as", "describedby", "license")],
        "json_ld": in_script(row.json_ld),
        "page": page,
        **page_links(request.GET, page),
    }
    response = render(request, "portal/landing.html", context)
    response["Link"] = link_header(links)
    if viewer != ANONYMOUS:
        # What a member sees stays out of caches, and out of the browser's once logged out.
        add_never_cache_headers(response)
    return response


def _about(record: Record, *, today: date) -> dict[str, Any]:
    """Returns what the page says of the record itself."""
    opens = record.available if record.access == "embargoed" else None
    return {
        "record": record,
        "contributors": [
            {"agent": one.agent, "role": CONTRIBUTIONS[one.contributor_type]}
            for one in record.contributors
        ],
        "related": [
            _relation(one) for one in record.related if one.relation_type not in VERSIONING
        ],
        "badge": public_badge(record.access, opens),
        "opens": opens,
        "opens_in": in_days(opens, today=today) if opens else "",
        "citation": citation_text(record),
        "cite_as": cite_as(record, page=_absolute(_address(record))),
        "citation_exports": CITATION_EXPORTS,
        "metadata_exports": METADATA_EXPORTS,
    }


def _relation(one: RelatedIdentifier) -> dict[str, str]:
    """Returns a relation in words, with an address where its identifier has one."""
    addresses = {
        "DOI": doi_url(one.identifier),
        "URL": one.identifier if one.identifier.startswith("http") else "",
    }
    addresses["Handle"] = f"https://hdl.handle.net/{one.identifier}"
    return {
        "relation": relation_label(one.relation_type),
        "title": one.title,
        "identifier": one.identifier,
        "address": addresses.get(one.identifier_type, "") if one.identifier else "",
    }


def _datasets(publication: DataPublication, viewer: Viewer, number: int, *, today: date) -> Page:
    seen = Dataset.objects.visible_to(viewer, today=today)
    published = published_datasets(publication).filter(pk__in=seen.values("pk"))
    return page_of(datasets_with_files(published), number, size=PAGE_SIZE)


def _investigation(
    publication: DataPublication, viewer: Viewer, *, today: date
) -> Investigation | None:
    """Returns the investigation for those who may open its page."""
    seen = Investigation.objects.visible_to(viewer, today=today, level=Level.METADATA)
    return seen.select_related("proposal").filter(pk=publication.investigation_id).first()


def _versions(publication: DataPublication) -> dict[str, Any]:
    """Returns what the page says of the versions of a choice, the newest first."""
    if publication.concept is None:
        is_choice = publication.kind == PublicationKind.SELECTION
        return {"may_be_followed": is_choice}
    newest = newest_version(publication.concept)
    return {
        "versions": publication.concept.versions.order_by("-version"),
        "newer": newest if newest and newest.version > publication.version else None,
        "may_be_followed": not publication.concept.versions.filter(
            version__gt=publication.version
        ).exists(),
    }


def _may_amend(publication: DataPublication, viewer: Viewer) -> bool:
    person_id, is_data_manager = viewer.person_id, viewer.is_data_manager
    if person_id is None and not is_data_manager:
        return False
    investigation = publication.investigation
    role = role_on(investigation, person_id=person_id, is_data_manager=is_data_manager)
    return role is not None


def _note_read(
    request: HttpRequest, publication: DataPublication, viewer: Viewer, *, today: date
) -> None:
    """Writes down a look at the files of closed data by somebody who did not take part."""
    seen = investigations_to_show(viewer, today=today)
    investigation = seen.filter(pk=publication.investigation_id).first()
    if investigation is not None:
        found = reasons(viewer, facts_of(investigation), today=today)
        note_read(request, investigation, found, f"landing page {publication.doi}")


def _tombstone(request: HttpRequest, row: PublishedRecord) -> HttpResponse:
    """Returns the page that stays: which DOI, since when its data are gone, and why."""
    record = public_record(row.publication, today=timezone.localdate())
    context = {
        "publication": row.publication,
        "record": record,
        "citation": citation_text(record),
        **_versions(row.publication),
        "may_amend": _may_amend(row.publication, viewer_of(request)),
    }
    return render(request, "portal/tombstone.html", context, status=410)


def _export(row: PublishedRecord, record: Record, name: str) -> HttpResponse:
    export = EXPORTS.get(name)
    if export is None:
        known = ", ".join(EXPORTS)
        raise Http404(f"There is no format “{name[:40]}” here: choose one of {known}.")
    filename = f"{record.doi.replace('/', '_')}.{export.suffix}"
    return HttpResponse(
        export.render(record, lambda: _public_files(row.publication, record)),
        content_type=f"{export.media_type}; charset=utf-8",
        headers={"Content-Disposition": f'inline; filename="{filename}"'},
    )


# A crate of more files than this names none of them: its landing page lists them all.
MOST_CRATE_FILES = 5_000


def _public_files(publication: DataPublication, record: Record) -> list[PublicFile]:
    """Returns the files that everyone may have, where the record is open."""
    if record.access != "open":
        return []
    seen = Dataset.objects.visible_to(ANONYMOUS, today=timezone.localdate())
    datasets = published_datasets(publication).filter(pk__in=seen.values("pk"))
    found = Datafile.objects.filter(dataset__in=datasets).order_by("dataset", "name", "pk")
    files = list(found[: MOST_CRATE_FILES + 1])
    return [_public_file(file) for file in files] if len(files) <= MOST_CRATE_FILES else []


def _public_file(file: Datafile) -> PublicFile:
    address = quote(_absolute(_file_address(file)), safe=":/%")
    return PublicFile(address, file.name, media_type_of(file.name), file.size_bytes, file.sha256)


def _links(record: Record, page: Page | None) -> list[Link]:
    address = _absolute(_address(record))
    datasets = page.rows if page else ()
    files = [file for dataset in datasets for file in dataset.first_files]
    return landing_links(
        record,
        page=address,
        described_by=[(f"{address}?format={e.name}", e.media_type) for e in METADATA_EXPORTS],
        items=[(_absolute(_file_address(file)), media_type_of(file.name)) for file in files],
    )


def in_script(document: dict[str, Any]) -> SafeString:
    """Returns JSON that cannot end the `<script>` it stands in (HTML §4.12.1.3)."""
    text = json.dumps(document, ensure_ascii=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return mark_safe(text)  # noqa: S308 the three characters HTML reads are escaped above


def _address(record: Record) -> str:
    return reverse("portal:landing", args=[record.doi])


def _file_address(file: Datafile) -> str:
    return reverse("portal:file", args=[file.pk, file.name])


def _absolute(address: str) -> str:
    return settings.BASE_URL + address
