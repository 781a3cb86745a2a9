"""Rows for tests: `make_dataset(**changes)` sets only what the test is about."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import count
from typing import Any
from xml.sax.saxutils import escape

from django.contrib.auth.models import User

from catalogue.models import (
    AccessGrant,
    Datafile,
    DataPublication,
    Dataset,
    EmbargoPolicy,
    Facility,
    Instrument,
    Investigation,
    InvestigationUser,
    OaiItem,
    Person,
    Proposal,
    PublishedRecord,
    Technique,
)
from catalogue.policy.embargo import ReleaseState
from catalogue.publication.oai_items import Content, remove_item, write_item
from catalogue.vocabulary.roles import Role

_number = count(1)
LONG_AGO = date(2019, 5, 1)
LONG_AGO_NOON = datetime(2019, 5, 1, 12, tzinfo=UTC)


def make_facility(**changes: Any) -> Facility:
    number = next(_number)
    values = {
        "slug": f"facility-{number}",
        "name": f"Facility {number}",
        "kind": "neutron",
        "time_zone": "Europe/Paris",
        "publisher_name": f"Facility {number}",
    }
    return Facility.objects.create(**values | changes)


def make_policy(**changes: Any) -> EmbargoPolicy:
    facility = changes.pop("facility", None) or make_facility()
    values = {"name": f"policy {next(_number)}", "duration_months": 36}
    return EmbargoPolicy.objects.create(facility=facility, **values | changes)


def make_instrument(**changes: Any) -> Instrument:
    number = next(_number)
    facility = changes.pop("facility", None) or make_facility()
    values = {"slug": f"inst-{number}", "name": f"INST{number}"}
    return Instrument.objects.create(facility=facility, **values | changes)


def make_proposal(**changes: Any) -> Proposal:
    policy = changes.pop("embargo_policy", None) or make_policy(
        **{key: changes[key] for key in ("facility",) if key in changes}
    )
    changes.pop("facility", None)
    return Proposal.objects.create(
        facility=policy.facility,
        embargo_policy=policy,
        **{"code": f"P{next(_number)}", "title": "A proposal"} | changes,
    )


def make_investigation(**changes: Any) -> Investigation:
    """Returns an investigation that is open; pass `release_state` and `release_date` for others."""
    proposal = changes.pop("proposal", None) or make_proposal()
    instrument = changes.pop("instrument", None) or make_instrument(facility=proposal.facility)
    values = {
        "title": f"Investigation {next(_number)}",
        "start": LONG_AGO,
        "end": LONG_AGO,
        "release_state": ReleaseState.OPEN,
        "release_date": date(2022, 5, 1),
        "released_at": datetime(2022, 5, 1, tzinfo=UTC),
    }
    return Investigation.objects.create(
        proposal=proposal, instrument=instrument, **values | changes
    )


def make_embargoed_investigation(**changes: Any) -> Investigation:
    closed = {
        "release_state": ReleaseState.UNDER_EMBARGO,
        "release_date": date(2999, 1, 1),
        "released_at": None,
    }
    return make_investigation(**closed | changes)


def make_dataset(**changes: Any) -> Dataset:
    investigation = changes.pop("investigation", None) or make_investigation()
    techniques = changes.pop("techniques", ())
    values = {
        "name": f"run-{next(_number)}",
        "instrument": investigation.instrument,
        "start": LONG_AGO_NOON,
    }
    dataset = Dataset.objects.create(investigation=investigation, **values | changes)
    dataset.techniques.set(Technique.objects.filter(code__in=techniques))
    return dataset


def make_datafile(**changes: Any) -> Datafile:
    number = next(_number)
    dataset = changes.pop("dataset", None) or make_dataset()
    values = {
        "path": f"/data/run-{number}.nxs",
        "name": f"run-{number}.nxs",
        "size_bytes": 1000,
        "modified": LONG_AGO_NOON,
        "sha256": "0" * 64,
    }
    return Datafile.objects.create(dataset=dataset, **values | changes)


def make_person(**changes: Any) -> Person:
    values = {"full_name": f"Person {next(_number)}"}
    return Person.objects.create(**values | changes)


def make_member(investigation: Investigation, **changes: Any) -> InvestigationUser:
    person = changes.pop("person", None) or make_person()
    values = {"role": Role.PRINCIPAL_INVESTIGATOR}
    return InvestigationUser.objects.create(
        investigation=investigation, person=person, **values | changes
    )


def make_grant(*, is_link: bool = False, **changes: Any) -> AccessGrant:
    """Returns a grant, to a name unless a group is given; `is_link`: to whoever holds a link."""
    values: dict[str, Any] = {"reason": "A paper.", "last_day": date(2999, 1, 1)}
    if is_link:
        values["token_digest"] = f"{next(_number):064x}"
    elif "group" not in changes:
        values["grantee"] = "ann@example.org"
    return AccessGrant.objects.create(**values | changes)


def make_user(**changes: Any) -> User:
    values = {"username": f"user-{next(_number)}", "password": "a test password"}
    return User.objects.create_user(**values | changes)


def make_publication(**changes: Any) -> DataPublication:
    """Returns a bare DOI row; `catalogue.publication.publish.publish` makes a whole one."""
    investigation = changes.pop("investigation", None) or make_investigation()
    values = {
        "kind": "experiment",
        "doi": f"10.5072/test.{next(_number)}",
        "title": investigation.title,
        "licence": "CC-BY-4.0",
        "published_on": LONG_AGO,
        "is_test_doi": True,
    }
    return DataPublication.objects.create(investigation=investigation, **values | changes)


def make_record(**changes: Any) -> PublishedRecord:
    """Returns a published record and its OAI item, as `publish` would write them.

    sets: the most specific setSpecs of the item.
    """
    publication = changes.pop("publication", None) or make_publication()
    values: dict[str, Any] = {"datestamp": LONG_AGO_NOON, "is_open": True}
    if changes.get("is_deleted"):
        values |= {"is_open": False}
    else:
        values |= {"title": publication.title}
    sets = changes.pop("sets", ())
    record = PublishedRecord.objects.create(publication=publication, **values | changes)
    make_item(
        publication=publication,
        datestamp=record.datestamp,
        is_deleted=record.is_deleted,
        sets=sets,
    )
    return record


def make_item(
    *,
    datestamp: datetime = LONG_AGO_NOON,
    is_deleted: bool = False,
    sets: Sequence[str] = (),
    documents: Mapping[str, str] | None = None,
    publication: DataPublication | None = None,
) -> OaiItem:
    """Returns an item as harvesters read it; `documents` are elements by metadataPrefix."""
    identifier = f"oai:catalogue.example.org:{next(_number)}"
    title = publication.title if publication else identifier
    content = Content(tuple(sets), documents or {"oai_dc": OAI_DC.format(title=escape(title))})
    item = write_item(identifier, content, datestamp=datestamp, publication=publication)
    if is_deleted:
        remove_item(item, datestamp=datestamp)
    return item


OAI_DC = (
    '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/oai_dc/'
    ' http://www.openarchives.org/OAI/2.0/oai_dc.xsd"><dc:title>{title}</dc:title></oai_dc:dc>'
)
