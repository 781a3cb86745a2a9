"""What B2FIND's reader of `oai_datacite` finds in a published record (EUDAT Core, md-ingestion)."""

from datetime import UTC, date, datetime

import pytest
from lxml import etree

from catalogue.models import OaiItem
from catalogue.publication.publish import Act, publish_investigation
from catalogue.publication.registrar import LocalRegistrar
from catalogue.publication.schedule import refresh
from tests.factories import (
    make_datafile,
    make_dataset,
    make_instrument,
    make_investigation,
    make_member,
    make_person,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_discipline_instrument_days_and_contact_are_told() -> None:
    investigation = make_investigation(
        instrument=make_instrument(name="SAXS-1"), start=date(2020, 1, 2), end=date(2020, 1, 4)
    )
    make_member(investigation, person=make_person(full_name="Ada Example"))
    make_datafile(dataset=make_dataset(investigation=investigation, file_count=1))
    refresh([investigation.pk], now=NOW)
    investigation.refresh_from_db()
    publication = publish_investigation(
        investigation.pk, act=Act(now=NOW), registrar=LocalRegistrar()
    )
    item = OaiItem.objects.get(publication=publication)
    document = etree.fromstring(item.records.get(prefix="oai_datacite").xml)

    def said(tag: str, attribute: str, value: str) -> list[str]:
        nodes = [node for node in document.iter(f"{{*}}{tag}") if node.get(attribute) == value]
        return ["".join(node.itertext()).strip() for node in nodes]

    discipline = "Particles, Nuclei and Fields"
    assert said("subject", "subjectScheme", "B2FIND disciplines") == [discipline]
    assert said("relatedItem", "relatedItemType", "Instrument") == ["SAXS-1"]
    days = f"{investigation.start}/{investigation.end}"
    assert said("date", "dateType", "Collected") == [days]
    facility = investigation.proposal.facility
    assert said("contributor", "contributorType", "ContactPerson") == [facility.name]
    assert f"<dc:subject>{discipline}</dc:subject>" in item.records.get(prefix="oai_dc").xml
