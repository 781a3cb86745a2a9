"""A catalogue that moves in: what is kept, what stays closed, what is refused and told of."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from catalogue.models import (
    Datafile,
    DataPublication,
    Dataset,
    DoiUpdate,
    Facility,
    Investigation,
    Person,
    PublishedRecord,
    Technique,
)
from catalogue.publication.act import Act
from catalogue.publication.transition import release
from harvest.panosc_import.run import Import, Report
from harvest.panosc_import.shared_rows import SharedRows
from harvest.panosc_import.source import FileSource, RemoteSource, SourceError
from tests.factories import make_dataset, make_publication

pytestmark = pytest.mark.django_db
INSTRUMENT = {"pid": "i/d2b", "name": "D2B", "facility": "ILL"}


def dataset(pid: str = "20.5/a", **changes: Any) -> dict[str, Any]:
    values = {"pid": pid, "title": f"Title of {pid}", "isPublic": True, "instrument": INSTRUMENT}
    return {**values, "creationDate": "2020-01-02T03:04:05.678Z", **changes}


def document(pid: str = "10.5/a", *datasets: str, **changes: Any) -> dict[str, Any]:
    values = {"pid": pid, "title": f"Title of {pid}", "isPublic": True, "type": "proposal"}
    return {**values, "datasets": [{"pid": each} for each in datasets], **changes}


def run(**kinds: Any) -> Report:
    class Answers:
        def rows(self, kind: str) -> Any:
            return iter(kinds.get(kind, []))

        def total(self, kind: str) -> int | None:
            return None

    shared = SharedRows("Elsewhere", kind="neutron")
    return Import(Answers(), shared, now=timezone.now()).run()


def listed(client: Client, items: str, **asked: Any) -> list[dict[str, Any]]:
    response = client.get(f"/panosc-api/{items}", {"filter": json.dumps(asked)})
    assert response.status_code == 200, response.content
    return list(response.json())


def imported_parameters(*parameters: dict[str, Any]) -> tuple[Report, list[dict[str, Any]]]:
    report = run(datasets=[dataset(parameters=list(parameters))])
    (item,) = listed(Client(), "Datasets", include=["parameters"])
    return report, item["parameters"]


def test_ends_of_a_range_become_the_range_of_one_parameter(client: Client) -> None:
    warm = {"name": "sample_temperature", "unit": "celsius"}
    ends = [
        {**warm, "name": "sample_temperature_min", "value": 20},
        {**warm, "name": "sample_temperature_max", "value": 30},
    ]

    report, told = imported_parameters({**warm, "value": 24}, *ends)

    assert report.remarks == []
    assert told == [{**warm, "value": 24, "minimum": 20, "maximum": 30}]
    where = {"and": [{"name": "sample_temperature"}, {"value": {"gte": 300}}, {"unit": "K"}]}
    scope = {"relation": "parameters", "scope": {"where": where}}
    (item,) = listed(client, "Datasets", include=[scope])
    assert item["parameters"][0]["maximum"] == 303.15


def test_a_range_without_a_number_has_its_middle(client: Client) -> None:
    _, told = imported_parameters(
        {"name": "pressure_min", "value": 1, "unit": "bar"},
        {"name": "pressure_max", "value": 4, "unit": "bar"},
    )

    assert told == [{"name": "pressure", "value": 2.5, "unit": "bar", "minimum": 1, "maximum": 4}]


@pytest.mark.parametrize(
    "ends",
    [
        [("t_min", 1, "K"), ("t_max", 2, "celsius")],
        [("t_min", 3, "K"), ("t_max", 2, "K")],
        [("t_min", 1, "K"), ("t_min", 2, "K"), ("t_max", 3, "K")],
        [("t_min", "cold", ""), ("t_max", "warm", "")],
        [("t", "cold", ""), ("t_min", 1, "K"), ("t_max", 2, "K")],
        [("t_max", 2, "K")],
        [("_min", 1, "K"), ("_max", 2, "K")],
    ],
    ids=["units differ", "reversed", "two of one", "texts", "text", "one end", "no name"],
)
def test_what_is_no_pair_of_ends_stays(ends: list[tuple[str, Any, str]]) -> None:
    given = [{"name": name, "value": value, "unit": unit} for name, value, unit in ends]

    _, told = imported_parameters(*given)

    assert told == [{key: part for key, part in each.items() if part != ""} for each in given]


def test_what_this_catalogue_tells_of_a_range_moves_in(client: Client) -> None:
    told = {"name": "t", "value": 2, "unit": "K", "minimum": 1, "maximum": 3, "error": 0.5}

    assert imported_parameters(told)[1] == [told]


@pytest.mark.parametrize(
    ("wrong", "remark"),
    [
        ({"minimum": 3, "maximum": 1}, "parameters[0]: minimum and maximum are no range; left out"),
        ({"minimum": 1}, "parameters[0]: minimum and maximum are no range; left out"),
        ({"error": -1}, "parameters[0].error: is below zero; left out"),
        ({"error": "large"}, "parameters[0].error: 'large' is no number; left out"),
    ],
)
def test_a_range_that_is_none_is_told_of(wrong: dict[str, Any], remark: str) -> None:
    report, told = imported_parameters({"name": "t", "value": 2, "unit": "K", **wrong})

    assert told == [{"name": "t", "value": 2, "unit": "K"}]
    assert report.remarks == [f"datasets 20.5/a: {remark}"]


def test_a_dataset_moves_in_with_all_that_belongs_to_it(client: Client) -> None:
    run(
        datasets=[
            dataset(
                size=7,
                techniques=[
                    {"pid": "t/saxs", "name": "our SAXS", "panetId": "PaNET01188"},
                    {"pid": "http://purl.org/pan-science/PaNET/PaNET01189", "name": "SANS"},
                ],
                samples=[{"pid": "s/1", "name": "copper"}, {"name": "can"}],
                parameters=[
                    {"name": "sample_temperature", "value": 20, "unit": "celsius"},
                    {"name": "sample_temperature", "value": 30, "unit": "celsius"},
                ],
                files=[{"name": "a.nxs", "path": "/far", "size": 5}, {"name": "a.log"}],
            )
        ]
    )

    every = ["instrument", "techniques", "samples", "parameters", "files"]
    (found,) = listed(client, "Datasets", include=every)
    assert found["pid"] == "20.5/a"
    assert found["instrument"] == INSTRUMENT
    assert [(one["pid"][:6], one.get("panetId", "")[-5:]) for one in found["techniques"]] == [
        ("http:/", "01189"),
        ("t/saxs", "01188"),
    ]
    assert [one["name"] for one in found["samples"]] == ["copper", "can"]
    assert [one["value"] for one in found["parameters"]] == [20, 30]
    files = [{key: one[key] for key in one if key != "id"} for one in found["files"]]
    assert files == [{"name": "a.nxs", "path": "/far", "size": 5}, {"name": "a.log"}]
    # Whoever asks for the term above finds it by the facility's own term too.
    above = {"relation": "techniques", "scope": {"where": {"name": "small angle scattering"}}}
    assert len(listed(client, "Datasets", include=[above])) == 1


def test_a_document_keeps_what_it_said_and_what_it_left_open(client: Client) -> None:
    person = {"id": "p1", "fullName": "Marie Curie", "orcid": "0000-0001-2345-6789"}
    members = [
        {"role": "owner", "person": person, "affiliation": {"name": "ILL", "city": "Grenoble"}}
    ]
    run(documents=[document("10.5/a", "20.5/a", members=members)], datasets=[dataset()])

    (found,) = listed(client, "Documents", include=["datasets", {"relation": "members"}])
    assert {"license", "doi", "releaseDate"} & found.keys() == set()
    assert found["type"] == "proposal"
    assert [one["pid"] for one in found["datasets"]] == ["20.5/a"]
    assert found["members"][0]["role"] == "owner"
    assert Person.objects.get().orcid == "0000-0001-2345-6789"
    assert not DoiUpdate.objects.exists()


@pytest.mark.parametrize(
    ("document_is_public", "dataset_is_public", "documents", "datasets"),
    [(True, True, 1, 1), (True, False, 0, 0), (False, True, 0, 1), (False, False, 0, 0)],
)
def test_what_is_not_public_stays_closed(
    client: Client,
    document_is_public: bool,
    dataset_is_public: bool,
    documents: int,
    datasets: int,
) -> None:
    run(
        documents=[document("10.5/a", "20.5/a", isPublic=document_is_public)],
        datasets=[dataset(isPublic=dataset_is_public)],
    )

    assert len(listed(client, "Documents")) == documents
    assert len(listed(client, "Datasets")) == datasets
    assert Dataset.objects.count() == DataPublication.objects.count() == 1


def test_a_document_under_embargo_opens_on_its_day_and_no_other_does(client: Client) -> None:
    run(
        documents=[
            document("10.5/later", "20.5/a", isPublic=False, releaseDate="2999-01-01"),
            document("10.5/past", "20.5/b", isPublic=False, releaseDate="2001-01-01"),
        ],
        datasets=[dataset("20.5/a", isPublic=False), dataset("20.5/b", isPublic=False)],
    )
    assert PublishedRecord.objects.count() == 0

    then = datetime(2999, 1, 2, tzinfo=UTC)
    for investigation in Investigation.objects.all():
        release(investigation.pk, act=Act(now=then))

    opened = Investigation.objects.filter(release_state="open").values_list("title", flat=True)
    assert list(opened) == ["Title of 10.5/later"]
    assert PublishedRecord.objects.get().publication.doi == "10.5/later"


def test_a_bad_item_stops_no_other_and_is_told_of(client: Client) -> None:
    report = run(
        instruments=[INSTRUMENT, {"pid": "i/none"}, "no object"],
        datasets=[
            dataset(title=""),
            dataset("20.5/b", techniques=[{"name": "no pid"}], size="big"),
            dataset("20.5/c", isPublic="yes"),
        ],
        documents=[document(), document()],
    )

    assert [item["pid"] for item in listed(client, "Datasets")] == ["20.5/b"]
    assert [text.split(":")[0] for text in report.refused] == [
        "instruments i/none",
        "instruments without a pid",
        "documents 10.5/a",
        "datasets 20.5/a",
    ]
    assert "title: is missing" in report.refused[-1]
    assert len(report.remarks) == 3
    assert report.stored == {"instruments": 1, "datasets": 2, "documents": 1}


def test_what_the_catalogue_has_by_itself_is_left_alone() -> None:
    own = make_dataset(name="run-1", pid="20.5/a", title="Ours")
    make_publication(doi="10.5/A")

    report = run(datasets=[dataset()], documents=[document("10.5/a")])

    own.refresh_from_db()
    assert own.title == "Ours"
    assert [text.split(":")[0] for text in report.refused] == [
        "datasets 20.5/a",
        "documents 10.5/a",
    ]


def test_what_the_source_has_changed_follows_and_what_people_changed_stays() -> None:
    first = dataset(
        title="one",
        parameters=[{"name": "n", "value": 1}],
        files=[{"name": "a"}, {"name": "b"}],
        techniques=[{"pid": "t/1", "name": "name"}],
    )
    run(datasets=[first, dataset("20.5/b", title="other")], documents=[document(title="t")])
    Dataset.objects.filter(pid="20.5/b").update(title="by hand", sources={"title": ""})
    DataPublication.objects.update(title="by hand", abstract="by hand", licence="CC0-1.0")

    changed = {
        **first,
        "title": "two",
        "parameters": [{"name": "n", "value": 2}],
        "files": [{"name": "a"}],
        "techniques": [{"pid": "t/1", "name": "new name", "panetId": "PaNET01188"}],
    }
    run(datasets=[changed, dataset("20.5/b", title="other")], documents=[document(title="u")])

    row = Dataset.objects.get(pid="20.5/a")
    assert row.title == "two"
    assert row.parameters.get().number == 2
    assert list(row.files.values_list("name", flat=True)) == ["a"]
    technique = Technique.objects.get(pid="t/1")
    assert (technique.label, technique.above.filter(ancestor__code="PaNET01124").count()) == (
        "new name",
        1,
    )
    assert Dataset.objects.get(pid="20.5/b").title == "by hand"
    publication = DataPublication.objects.get()
    assert (publication.title, publication.abstract) == ("by hand", "by hand")
    assert publication.licence == "CC0-1.0"


def test_no_imported_file_is_one_of_this_machine() -> None:
    run(datasets=[dataset(files=[{"name": "../../etc/passwd", "path": "/etc"}])])

    assert not Datafile.objects.get().path.startswith("/")


def test_facilities_are_found_by_name_or_made() -> None:
    Facility.objects.create(slug="ill", name="Institut", publisher_name="ILL", kind="neutron")

    report = run(instruments=[INSTRUMENT, {"pid": "x", "name": "X", "facility": "Τέχνη"}])

    assert list(Facility.objects.order_by("pk").values_list("slug", flat=True)) == [
        "ill",
        "facility",
    ]
    assert report.made == ["facility Τέχνη (facility), as a neutron"]


def remote(handle: Callable[[httpx.Request], httpx.Response]) -> RemoteSource:
    transport = httpx.MockTransport(handle)
    return RemoteSource(httpx.Client(base_url="https://far.example/api/", transport=transport))


def test_a_live_catalogue_is_read_page_by_page(client: Client) -> None:
    """The site itself answers: what moves in came out of it."""
    run(datasets=[dataset(f"20.5/{number}") for number in range(3)])

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path.replace("/api/", "/panosc-api/")
        asked = json.loads(request.url.params["filter"])
        found = client.get(path, {"filter": json.dumps({**asked, "limit": 2})})
        return httpx.Response(found.status_code, content=found.content)

    rows = list(remote(answer).rows("datasets"))

    assert [row["pid"] for row in rows] == [f"20.5/{number}" for number in range(3)]  # type: ignore[index]
    assert rows[0]["instrument"] == INSTRUMENT  # type: ignore[index]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (httpx.Response(500, text="oh no"), "500: oh no"),
        (httpx.Response(200, text="<html>"), "Expecting value"),
        (httpx.Response(200, json={"a": 1}), "expected an array"),
        (httpx.Response(200, json=[{"pid": "same"}]), "ignores `skip`"),
    ],
)
def test_a_remote_that_cannot_be_read_says_so(answer: httpx.Response, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        list(remote(lambda request: answer).rows("datasets"))


@pytest.mark.parametrize(
    ("content", "message"),
    [("{", "is not JSON"), ("[]", "expected an object"), ('{"datasets": 1}', "expected an array")],
)
def test_a_file_that_cannot_be_read_says_so(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "answers.json"
    path.write_text(content)

    with pytest.raises(SourceError, match=message):
        list(FileSource(path).rows("datasets"))
    with pytest.raises(CommandError, match=message):
        call_command("import_panosc", str(path), stdout=io.StringIO())


def test_the_command_tells_what_it_did_and_fails_where_something_was_refused(
    tmp_path: Path,
) -> None:
    path = tmp_path / "answers.json"
    path.write_text(json.dumps({"datasets": [dataset(), {"pid": "20.5/b"}]}))
    told, complained = io.StringIO(), io.StringIO()

    with pytest.raises(CommandError, match="1 items were not taken"):
        call_command("import_panosc", str(path), stdout=told, stderr=complained)

    assert "1 datasets" in told.getvalue()
    assert "20.5/b: title: is missing" in complained.getvalue()
