"""Nothing that is not public shows in any answer, whoever asks."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from catalogue.models import (
    Dataset,
    DatasetParameter,
    Investigation,
    InvestigationParameter,
    ParameterType,
    PublicationAgent,
    PublicationItem,
    Sample,
)
from catalogue.policy.embargo import ReleaseState
from catalogue.search.rows import datasets
from tests.factories import (
    LONG_AGO,
    LONG_AGO_NOON,
    make_datafile,
    make_dataset,
    make_embargoed_investigation,
    make_instrument,
    make_investigation,
    make_member,
    make_person,
    make_policy,
    make_proposal,
    make_publication,
    make_record,
)

pytestmark = pytest.mark.django_db
FUTURE = date(2999, 1, 1)
OPENED = datetime(2022, 5, 1, tzinfo=UTC)

CLOSED: dict[str, dict[str, Any]] = {
    "planned": {"release_state": ReleaseState.PLANNED},
    "embargoed": {"release_state": ReleaseState.UNDER_EMBARGO, "release_date": FUTURE},
    "overdue": {"release_state": ReleaseState.UNDER_EMBARGO},
    "without a date": {"release_state": ReleaseState.UNDER_EMBARGO, "release_date": None},
    "held": {"release_state": ReleaseState.HELD},
    "proprietary": {"release_state": ReleaseState.PROPRIETARY, "release_date": None},
    "withdrawn": {"release_state": ReleaseState.WITHDRAWN},
    "opened too early": {
        "release_state": ReleaseState.OPEN,
        "release_date": FUTURE,
        "released_at": OPENED,
    },
}


@pytest.fixture(params=CLOSED, ids=list(CLOSED))
def closed(request: pytest.FixtureRequest) -> Dataset:
    """Returns a dataset that is not public, in an investigation full of secrets, and its DOI."""
    state = CLOSED[request.param]
    proposal = make_proposal(embargo_policy=make_policy())
    instrument = make_instrument(facility=proposal.facility, slug="open", name="OPEN")
    values = {"released_at": None, "release_date": date(2022, 5, 1)} | state
    investigation = make_investigation(proposal=proposal, instrument=instrument, **values)
    make_member(investigation, person=make_person(user=User.objects.create(username="member")))
    sample = Sample.objects.create(investigation=investigation, name="secret", description="secret")
    dataset = make_dataset(
        title="secret", investigation=investigation, sample=sample, techniques=["PaNET01188"]
    )
    make_datafile(dataset=dataset, name="secret.nxs")
    kind = ParameterType.objects.create(name="secret", label="secret")
    DatasetParameter.objects.create(dataset=dataset, type=kind, text="secret")
    InvestigationParameter.objects.create(investigation=investigation, type=kind, text="secret")
    _publish(dataset, "experiment", "10.5072/secret.1")
    _publish(dataset, "selection", "10.5072/secret.2")
    _publish_open_one_with(dataset)
    return dataset


def _publish(dataset: Dataset, kind: str, doi: str) -> None:
    publication = make_publication(investigation=dataset.investigation, kind=kind, doi=doi)
    PublicationAgent.objects.create(publication=publication, name="secret person")
    if kind == "selection":
        PublicationItem.objects.create(publication=publication, dataset=dataset)
    # Rendered as open, as if a release had gone wrong: the clock and the state decide.
    make_record(publication=publication, title="secret", search_document={"title": "secret"})


def _publish_open_one_with(dataset: Dataset) -> None:
    """Publishes an open dataset of the same instrument, and a selection with a closed one in it."""
    public = make_investigation(instrument=dataset.instrument, title="public")
    shown = make_dataset(title="public", investigation=public, techniques=["PaNET01188"])
    make_record(publication=make_publication(investigation=public, doi="10.5072/public"))
    mixed = make_publication(investigation=public, kind="selection", doi="10.5072/secret.3")
    for row in (shown, dataset):
        PublicationItem.objects.create(publication=mixed, dataset=row)
    make_record(publication=mixed, title="secret", search_document={"title": "secret"})


@pytest.fixture(params=["anonymous", "member", "data manager"])
def visitor(request: pytest.FixtureRequest, client: Client, closed: Dataset) -> Client:
    if request.param == "member":
        client.force_login(User.objects.get(username="member"))
    if request.param == "data manager":
        client.force_login(User.objects.create(username="m", is_staff=True, is_superuser=True))
    return client


def _filters() -> dict[str, list[object]]:
    per_dataset = ["documents", "techniques", "instrument", "files", "parameters", "samples"]
    nested = [{"relation": "datasets", "scope": {"include": per_dataset}}]
    return {
        "Datasets": [
            {},
            {"include": per_dataset},
            {"where": {"text": "secret"}},
            {"where": {"or": [{"title": {"ilike": "secret"}}, {"title": {"neq": "public"}}]}},
            {"include": [{"relation": "techniques", "scope": {"where": {"name": {"neq": "x"}}}}]},
            {"include": [{"relation": "documents", "scope": {"include": ["datasets", "members"]}}]},
        ],
        "Documents": [
            {},
            {"include": [*nested, "members", "parameters"]},
            {"where": {"text": "secret"}},
            {"include": [{"relation": "datasets", "scope": {"where": {"title": "secret"}}}]},
        ],
        "Instruments": [
            {"include": nested},
            {
                "include": [
                    {"relation": "datasets", "scope": {"include": [{"relation": "documents"}]}}
                ]
            },
        ],
    }


def test_no_list_tells_a_secret(visitor: Client) -> None:
    for items, filters in _filters().items():
        for asked in filters:
            answer = visitor.get(f"/panosc-api/{items}", {"filter": json.dumps(asked)})
            assert answer.status_code == 200, answer.content
            assert b"secret" not in answer.content, asked
            assert int(answer["X-Total-Count"]) <= 1


def test_no_condition_finds_a_secret(visitor: Client) -> None:
    name = {"where": {"name": "secret"}}
    questions: list[tuple[str, object]] = [
        ("Datasets", {"where": {"title": "secret"}}),
        ("Datasets", {"include": [{"relation": "files", "scope": {"where": {"text": "s"}}}]}),
        ("Datasets", {"include": [{"relation": "parameters", "scope": name}]}),
        ("Datasets", {"include": [{"relation": "samples", "scope": name}]}),
        ("Documents", {"where": {"title": "secret"}}),
        ("Documents", {"include": [{"relation": "parameters", "scope": name}]}),
        (
            "Documents",
            {"include": [{"relation": "members", "scope": {"where": {"role": "member"}}}]},
        ),
        (
            "Instruments",
            {"include": [{"relation": "datasets", "scope": {"where": {"text": "secret"}}}]},
        ),
    ]
    for items, asked in questions:
        for place in (items, f"{items}/count"):
            answer = visitor.get(f"/panosc-api/{place}", {"filter": json.dumps(asked)})
            assert answer.json() in ([], {"count": 0}), asked


def test_no_secret_has_an_address(visitor: Client, closed: Dataset) -> None:
    for place in (
        f"Datasets/{closed.uid}",
        f"Datasets/{closed.uid}/files",
        f"Datasets/{closed.uid}/files/count",
        *(f"Documents/10.5072/secret.{number}" for number in (1, 2, 3)),
    ):
        answer = visitor.get(f"/panosc-api/{place}")
        unknown = visitor.get(
            f"/panosc-api/{place.replace(str(closed.uid), 'x').replace('.', 'x')}"
        )
        assert answer.status_code == unknown.status_code == 404
        assert answer.json()["error"]["code"] == unknown.json()["error"]["code"]


def test_counts_are_of_public_items(visitor: Client) -> None:
    counted = {
        items: visitor.get(f"/panosc-api/{items}/count").json()["count"]
        for items in ("Datasets", "Documents")
    }

    assert counted == {"Datasets": 1, "Documents": 1}


def test_a_dataset_released_early_shows_alone(client: Client) -> None:
    investigation = make_investigation(
        release_state=ReleaseState.UNDER_EMBARGO, release_date=FUTURE, released_at=None
    )
    early = make_dataset(
        title="early", investigation=investigation, released_early_on=date(2022, 1, 1)
    )
    make_dataset(title="secret", investigation=investigation)
    kind = ParameterType.objects.create(name="secret", label="secret")
    InvestigationParameter.objects.create(investigation=investigation, type=kind, text="secret")
    make_record(publication=make_publication(investigation=investigation), title="secret")
    selection = make_publication(investigation=investigation, kind="selection", doi="10.5072/early")
    PublicationItem.objects.create(publication=selection, dataset=early)
    make_record(publication=selection, title="early")
    asked = json.dumps({"include": ["datasets", "members", "parameters"]})

    documents = client.get("/panosc-api/Documents", {"filter": asked})

    assert [item["pid"] for item in documents.json()] == ["10.5072/early"]
    assert [item["title"] for item in documents.json()[0]["datasets"]] == ["early"]
    assert b"secret" not in documents.content


def test_a_withdrawn_record_is_gone(client: Client) -> None:
    record = make_record(is_deleted=True)

    assert client.get("/panosc-api/Documents").json() == []
    assert client.get(f"/panosc-api/Documents/{record.publication.doi}").status_code == 404


def test_an_instrument_that_only_a_file_has_named_waits_for_its_data(client: Client) -> None:
    """Its name would announce what is under embargo."""
    proposal = make_proposal()
    instrument = make_instrument(
        facility=proposal.facility, name="Stealth rig", is_placeholder=True
    )
    investigation = make_embargoed_investigation(proposal=proposal, instrument=instrument)
    make_dataset(investigation=investigation)
    names = [row["name"] for row in client.get("/panosc-api/Instruments").json()]
    assert "Stealth rig" not in names
    Investigation.objects.filter(pk=investigation.pk).update(
        release_state="open", release_date=LONG_AGO, released_at=LONG_AGO_NOON
    )
    names = [row["name"] for row in client.get("/panosc-api/Instruments").json()]
    assert "Stealth rig" in names


def test_each_day_has_rows_of_its_own_and_reads_them_anew() -> None:
    today = date(2026, 11, 27)
    tomorrow = date(2026, 11, 28)
    opens = {"release_state": ReleaseState.OPEN, "released_at": OPENED}
    later = make_dataset(investigation=make_investigation(release_date=tomorrow, **opens))

    assert [list(datasets(day)) for day in (today, tomorrow, today)] == [[], [later], []]
    now = make_dataset(investigation=make_investigation(release_date=today, **opens))
    assert [list(datasets(day)) for day in (today, tomorrow)] == [[now], [later, now]]
