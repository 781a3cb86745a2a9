import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from lxml import etree, html

from catalogue.models import PublicationItem
from catalogue.policy.embargo import ReleaseState
from catalogue.portal.exports import EXPORTS
from catalogue.publication.records import remove_record, write_record
from tests.catalogue.portal.experiments import MEMBER, NOW, Experiment, publish
from tests.factories import (
    make_datafile,
    make_dataset,
    make_embargoed_investigation,
    make_investigation,
    make_publication,
)

pytestmark = pytest.mark.django_db

BASE = "http://127.0.0.1:8000"


def links(answer: Any, rel: str) -> list[str]:
    parts = [part.split("; ") for part in answer["Link"].split(", ")]
    return [part[0].strip("<>") for part in parts if part[1] == f'rel="{rel}"']


def test_an_open_record_shows_who_what_where_and_the_files(
    client: Client, experiment: Callable[..., Experiment]
) -> None:
    made = experiment()
    page = html.fromstring(client.get(made.landing).content)
    text = page.text_content()
    for words in ("Magnons in the Kagome lattice", "Marie Curie", "Of wibbleite.", "How to cite"):
        assert words in text
    hrefs = page.xpath("//a/@href")
    assert "https://orcid.org/0000-0002-1825-0097" in hrefs
    assert "https://creativecommons.org/licenses/by/4.0/" in hrefs
    assert f"/files/{made.datafile.pk}/kagome.nxs" in hrefs
    assert page.xpath(f"//code[text()='{made.datafile.sha256}']")


def test_a_doi_is_found_in_any_case(client: Client) -> None:
    publish(make_investigation(), doi="10.5072/Abc-Def")
    assert client.get("/doi/10.5072/ABC-dEF").status_code == 200


def test_a_doi_that_only_looks_alike_is_not_found(client: Client) -> None:
    publish(make_investigation(), doi="10.5072/abc_def")
    assert client.get("/doi/10.5072/abcXdef").status_code == 404


def test_a_doi_not_yet_published_has_no_page(client: Client) -> None:
    publication = make_publication()
    assert client.get(f"/doi/{publication.doi}").status_code == 404


def test_a_test_doi_is_marked_and_not_linked_to_doi_org(client: Client) -> None:
    publication = publish(make_investigation(), is_test_doi=True)
    page = html.fromstring(client.get(f"/doi/{publication.doi}").content)
    assert "test DOI" in page.text_content()
    assert not [href for href in page.xpath("//a/@href") if "doi.org" in href]


def test_signposting_leads_to_doi_author_licence_formats_and_files(
    client: Client, experiment: Callable[..., Experiment]
) -> None:
    made = experiment()
    made.publication.is_test_doi = False
    made.publication.save()
    answer = client.get(made.landing)
    page = f"{BASE}{made.landing}"
    assert links(answer, "cite-as") == [f"https://doi.org/{made.publication.doi}"]
    assert links(answer, "author") == ["https://orcid.org/0000-0002-1825-0097"]
    assert links(answer, "license") == ["https://creativecommons.org/licenses/by/4.0/"]
    assert links(answer, "item") == [f"{BASE}/files/{made.datafile.pk}/kagome.nxs"]
    assert links(answer, "describedby") == [
        f"{page}?format={name}" for name in ("datacite-json", "datacite-xml", "json-ld", "ro-crate")
    ]
    head = html.fromstring(answer.content).find("head")
    assert head is not None
    assert head.xpath("link[@rel='cite-as']/@href") == links(answer, "cite-as")


def test_a_member_sees_files_under_embargo_and_machines_are_not_told(
    experiment: Callable[..., Experiment],
) -> None:
    made = experiment(
        release_state=ReleaseState.UNDER_EMBARGO, release_date=date(2999, 1, 1), released_at=None
    )
    answer = made.clients[MEMBER].get(made.landing)
    assert "kagome.nxs" in answer.content.decode()
    assert links(answer, "item") == []
    assert "no-store" in answer["Cache-Control"]


def test_head_answers_with_the_links_and_no_body(
    client: Client, experiment: Callable[..., Experiment]
) -> None:
    made = experiment()
    answer = client.head(made.landing)
    assert answer.status_code == 200
    assert answer.content == b""
    assert links(answer, "item")


@pytest.mark.parametrize("name", EXPORTS)
def test_every_format_of_the_page_is_given_with_its_media_type(
    name: str, client: Client, experiment: Callable[..., Experiment]
) -> None:
    made = experiment()
    page = html.fromstring(client.get(made.landing).content)
    assert f"?format={name}" in page.xpath("//a/@href")
    answer = client.get(f"{made.landing}?format={name}")
    assert answer["Content-Type"] == f"{EXPORTS[name].media_type}; charset=utf-8"
    assert "Magnons in the Kagome lattice" in answer.content.decode().replace("{", "")
    if "xml" in EXPORTS[name].media_type:
        assert etree.fromstring(answer.content).tag.endswith("resource")
    if "json" in EXPORTS[name].media_type:
        json.loads(answer.content)


def test_an_unknown_format_says_which_there_are(
    client: Client, experiment: Callable[..., Experiment]
) -> None:
    answer = client.get(f"{experiment().landing}?format=marc21")
    assert answer.status_code == 404
    assert "choose one of bibtex, ris, csl, datacite-json" in answer.content.decode()


def test_an_embargo_is_told_with_its_day(client: Client) -> None:
    publication = publish(make_embargoed_investigation())
    text = client.get(f"/doi/{publication.doi}").content.decode()
    assert "The data open on 1 January 2999" in text
    assert 'id="files"' not in text


def test_data_held_back_are_closed_without_a_day(client: Client) -> None:
    publication = publish(
        make_investigation(release_state=ReleaseState.HELD, release_date=date(2999, 1, 1))
    )
    text = client.get(f"/doi/{publication.doi}").content.decode()
    assert "The data are closed" in text
    assert "2999" not in text


def test_a_withdrawn_doi_keeps_a_tombstone_with_day_and_reason(
    client: Client, experiment: Callable[..., Experiment]
) -> None:
    made = experiment()
    made.publication.withdrawn_at = datetime(2026, 5, 4, tzinfo=UTC)
    made.publication.withdrawal_reason = "Wrong flat field <b>everywhere</b>."
    made.publication.save()
    remove_record(made.publication)
    answer = client.get(made.landing)
    text = answer.content.decode()
    assert answer.status_code == 410
    assert made.publication.doi in text
    assert "4 May 2026" in text
    assert "Wrong flat field &lt;b&gt;everywhere&lt;/b&gt;." in text
    assert "kagome.nxs" not in text
    assert client.get(f"{made.landing}?format=bibtex").status_code == 410


def test_json_ld_is_the_stored_document_and_cannot_end_its_script(client: Client) -> None:
    title = "</script><script>alert(1)</script> & <!-- more"
    publication = publish(make_investigation(title=title))
    page = html.fromstring(client.get(f"/doi/{publication.doi}").content)
    (script,) = page.xpath("//script")
    assert json.loads(script.text)["name"] == title
    assert page.xpath("//h1")[0].text_content() == title


def test_a_long_list_of_datasets_comes_in_pages_of_a_hundred(client: Client) -> None:
    investigation = make_investigation()
    for number in range(101):
        make_dataset(investigation=investigation, name=f"run-{number:03}")
    landing = f"/doi/{publish(investigation).doi}"
    first, second = (client.get(f"{landing}?page={n}").content.decode() for n in (1, 2))
    assert first.count("/datasets/") == 100
    assert second.count("/datasets/") == 1
    assert 'rel="next" href="?page=2#files"' in first
    assert 'rel="prev" href="?page=1#files"' in second


def test_a_selection_shows_its_own_datasets_only(client: Client) -> None:
    investigation = make_embargoed_investigation()
    chosen = make_dataset(investigation=investigation, released_early_on=date(2020, 1, 1))
    make_dataset(investigation=investigation, name="not-chosen", released_early_on=date(2020, 1, 1))
    publication = make_publication(investigation=investigation, kind="selection")
    PublicationItem.objects.create(publication=publication, dataset=chosen)
    write_record(publication, today=NOW.date())
    text = client.get(f"/doi/{publication.doi}").content.decode()
    assert f"/datasets/{chosen.uid}" in text
    assert "not-chosen" not in text


def test_as_many_queries_for_twenty_datasets_as_for_two(
    client: Client, django_assert_num_queries: Any
) -> None:
    landings = []
    for count in (2, 20):
        investigation = make_investigation()
        for _ in range(count):
            make_datafile(dataset=make_dataset(investigation=investigation))
        landings.append(f"/doi/{publish(investigation).doi}")
    for landing in landings:
        with django_assert_num_queries(10):
            client.get(landing)
