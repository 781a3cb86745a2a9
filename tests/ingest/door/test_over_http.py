"""The door over real HTTP: uploads as they come from the network, and many at once."""

import socket
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from catalogue.models import Datafile, Dataset
from ingest.door import readers
from ingest.models import IngestRun
from ingest.models.door import BeamlineToken
from tests.ingest.door.asking import FILES
from tests.nexus_files import write_nexus

CRASHERS = (Path(__file__).parents[4] / "shared" / "nexus" / "hazards" / "crashers").resolve()
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def http(live_server: LiveServer, token: BeamlineToken) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token.text}"}
    return httpx.Client(base_url=live_server.url, headers=headers, timeout=30)


def test_an_upload_comes_through_whole(http: httpx.Client, tmp_path: Path, spool: Path) -> None:
    path = write_nexus(tmp_path / "run.nxs", {"entry/data/image": [[7] * 1000] * 2500})
    with path.open("rb") as file, http:
        response = http.post(FILES, files={"file": ("run.nxs", file)}, data={"proposal": "ab12345"})
        again = http.post(FILES, json={"path": str(path)})
    assert response.status_code == 201
    kept = Path(Datafile.objects.get(path__startswith=str(spool)).path)
    assert kept.read_bytes() == path.read_bytes()
    assert again.json()["files"][0]["outcome"] == "stored"


def test_a_path_and_a_dry_run(http: httpx.Client, tmp_path: Path) -> None:
    path = str(write_nexus(tmp_path / "run.nxs"))
    with http:
        dry = http.post(FILES, json={"path": path}, params={"dry_run": 1})
        assert (dry.status_code, Dataset.objects.count()) == (200, 0)
        assert dry.json()["files"][0]["fields"]["title"]["value"] == "Water at 5 °C"
        assert http.post(FILES, json={"path": path}).status_code == 201
    assert IngestRun.objects.get().outcome == "stored"


@pytest.mark.parametrize("body", ["", "{}"])
def test_without_a_body_or_a_token_there_is_an_answer(
    http: httpx.Client, live_server: LiveServer, body: str
) -> None:
    with http:
        empty = http.post(FILES, content=body, headers={"Content-Type": "application/json"})
    anonymous = httpx.post(live_server.url + FILES, content=body)
    assert (empty.status_code, anonymous.status_code) == (400, 401)


def send_and_hang_up(url: str, head: str, body: bytes) -> None:
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(10)
        while connection.recv(65536):
            pass


def test_an_upload_that_is_cut_short_is_not_taken_for_whole(
    live_server: LiveServer, token: BeamlineToken, tmp_path: Path, spool: Path
) -> None:
    """The form ends with the connection: without a count, what has come looks like the file."""
    content = write_nexus(tmp_path / "run.nxs").read_bytes()
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="run.nxs"\r\n\r\n'
    head = (
        f"POST {FILES} HTTP/1.1\nHost: 127.0.0.1\nAuthorization: Bearer {token.text}\n"
        f"Content-Type: multipart/form-data; boundary=x\nContent-Length: {len(part + content) + 9}"
    )
    send_and_hang_up(live_server.url, head, part + content[:-100])
    assert [path for path in spool.rglob("*") if path.is_file()] == []
    send_and_hang_up(live_server.url, head, part + content + b"\r\n--x--\r\n")
    assert len([path for path in spool.rglob("*") if path.is_file()]) == 1
    assert Dataset.objects.count() == 1


def test_the_same_upload_many_times_at_once_is_one_file(
    live_server: LiveServer, token: BeamlineToken, tmp_path: Path, spool: Path
) -> None:
    content = write_nexus(tmp_path / "run.nxs").read_bytes()
    together = threading.Barrier(4)
    statuses: list[int] = []

    def upload(name: str) -> None:
        together.wait(20)
        response = httpx.post(
            live_server.url + FILES,
            files={"file": (name, content)},
            headers={"Authorization": f"Bearer {token.text}"},
            timeout=30,
        )
        statuses.append(response.status_code)

    threads = [threading.Thread(target=upload, args=[f"{name}.nxs"]) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert set(statuses) <= {200, 201}
    assert len(statuses) == 4
    assert Dataset.objects.count() == Datafile.objects.count() == 1
    assert len([path for path in spool.rglob("*") if path.is_file()]) == 1


@pytest.mark.skipif(not CRASHERS.exists(), reason=f"no crashers at {CRASHERS}")
def test_a_file_that_hangs_its_reader_costs_its_deadline_and_a_reader(
    http: httpx.Client, tmp_path: Path, settings: Settings
) -> None:
    settings.INGEST_DEADLINE_S = 1.0
    crasher = sorted(CRASHERS.iterdir())[0].read_bytes()
    (tmp_path / "hangs.nxs").write_bytes(crasher)
    good = write_nexus(tmp_path / "good.nxs")
    with http:
        begun = time.monotonic()
        response = http.post(FILES, json={"paths": [str(tmp_path / "hangs.nxs"), str(good)]})
        assert time.monotonic() - begun < 15
    told = response.json()["files"]
    assert [each["outcome"] for each in told] == ["quarantined", "stored"]
    assert told[0]["reason"]["code"] == "reader_timed_out"
    assert len(readers.warm_readers()._idle) >= 1
