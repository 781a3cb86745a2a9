"""The shared cases, replayed against a catalogue that holds their snapshot."""

import http.client
import io
import json
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from catalogue.models import Dataset, Technique
from catalogue.vocabulary.panet import IRI_PREFIX
from tests.catalogue.search.told import told
from tests.factories import make_dataset

SHARED = Path(__file__).resolve().parents[4] / "shared" / "searchapi"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not SHARED.is_dir(), reason=f"{SHARED} is not there"),
    # The script leaves its files to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


class InProcess:
    """Stands for http.client.HTTPConnection; asks the site without a network."""

    def __init__(self, *_place: Any, **_options: Any) -> None:
        self._client = Client()

    def request(self, method: str, address: str, headers: dict[str, str]) -> None:
        self._answer = self._client.generic(method, address, headers=headers)

    def getresponse(self) -> "InProcess":
        return self

    @property
    def status(self) -> int:
        return int(self._answer.status_code)

    def read(self) -> bytes:
        return bytes(self._answer.content)

    def close(self) -> None:
        pass


@pytest.fixture
def _snapshot() -> None:
    call_command("import_panosc", str(SHARED / "snapshot.json"), stdout=io.StringIO())


@pytest.fixture
def replay(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    def run(*arguments: str) -> str:
        monkeypatch.setattr(http.client, "HTTPConnection", InProcess)
        monkeypatch.setattr(sys, "argv", ["replay.py", "http://site/panosc-api", *arguments])
        with pytest.raises(SystemExit):
            runpy.run_path(str(SHARED / "replay.py"), run_name="__main__")
        return capsys.readouterr().out

    return run


@pytest.mark.usefixtures("_snapshot")
def test_what_the_reference_answers(replay: Callable[..., str]) -> None:
    told = replay("--golden", str(SHARED / "conformance.jsonl"))

    assert told.strip() == "passed 82 failed 0"


@pytest.mark.usefixtures("_snapshot")
def test_what_the_documents_ask_for_where_the_reference_is_wrong(
    replay: Callable[..., str],
) -> None:
    told = replay("--corrections", str(SHARED / "corrections.jsonl"))

    assert told.strip() == "corrections met 28 not met 0"


RECORDED = Path(__file__).with_name("recorded.jsonl")


@pytest.mark.usefixtures("_snapshot")
def test_recorded_answers_stay(client: Client) -> None:
    """Our own answers, read through once: they guard against change and no more."""
    wrong = []
    for line in RECORDED.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        response = client.get(f"/panosc-api{case['path']}", case["query"])
        found: dict[str, Any] = {"status": response.status_code}
        if response.status_code == 200:
            found["told"] = told(response.json())
        elif response.status_code == 400:
            found["about"] = response.json()["error"]["message"].split(":")[0]
        expected = {key: case[key] for key in ("status", "told", "about") if key in case}
        if found != expected:
            wrong.append((case["path"], case["query"], expected, found))

    assert wrong == []


def _queries() -> list[dict[str, Any]]:
    lines = (SHARED / "technique_queries.jsonl").read_text().splitlines() if SHARED.is_dir() else []
    return [json.loads(line) for line in lines]


@pytest.fixture
def _tagged() -> None:
    for number, tags in _queries()[0]["datasets"].items():
        codes = [tag["pid"].removeprefix(IRI_PREFIX) for tag in tags]
        assert Technique.objects.filter(code__in=codes).count() == len(codes)
        make_dataset(title=number, techniques=codes)


@pytest.mark.usefixtures("_tagged")
@pytest.mark.parametrize("case", _queries()[1:], ids=lambda case: f"query {case['query']}")
@pytest.mark.parametrize("by", ["filter", "filter_by_pid"])
def test_techniques_are_asked_for_by_set(client: Client, case: dict[str, Any], by: str) -> None:
    items = client.get("/panosc-api/Datasets", {"filter": json.dumps(case[by])}).json()

    assert [int(item["title"]) for item in items] == case["expected_datasets"]


@pytest.mark.usefixtures("_snapshot")
def test_the_second_import_changes_nothing(client: Client) -> None:
    def everything() -> list[Any]:
        every = ["instrument", "techniques", "samples", "parameters", "files", "documents"]
        return [
            client.get("/panosc-api/Datasets", {"filter": json.dumps({"include": every})}).json(),
            list(Dataset.objects.order_by("pk").values()),
        ]

    before = everything()
    call_command("import_panosc", str(SHARED / "snapshot.json"), stdout=io.StringIO())

    assert everything() == before
