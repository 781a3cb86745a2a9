"""Requests that are wrong: each gets an error that says so, in one form, and none a 500."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries, Settings

from ingest.door import readers, spool
from ingest.door.errors import KINDS
from ingest.door.readers import WarmReaders
from ingest.models import IngestRun
from ingest.sandbox.pool import ReaderPool
from ingest.sandbox.process import SandboxError
from tests.ingest.door.asking import FILES, Door, only, problem
from tests.ingest.rules.made import make_path_rule, make_technique_rule
from tests.nexus_files import write_nexus

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "body",
    [
        " ",
        "{",
        "null",
        "[]",
        "{}",
        '"/data/run.nxs"',
        '{"path": null}',
        '{"path": ["/data/run.nxs"]}',
        '{"paths": "/data/run.nxs"}',
        '{"paths": []}',
        '{"paths": [1]}',
        '{"path": "/a", "paths": ["/b"]}',
        '{"path": "/a", "propsal": "x"}',
        '{"path": "/a", "proposal": 1}',
        '{"path": "/a", "proposal": "a\\u0000b"}',
        '{"path": "/a", "proposal": "\\ud800"}',
        '{"path": "/a", "proposal": "' + "x" * 61 + '"}',
        '{"path": NaN}',
        b'{"path": "/data/\xff.nxs"}',
        "[" * 100_000,
        "1" * 5000,
        json.dumps({"paths": ["/a"] * 101}),
    ],
)
def test_a_body_that_is_no_request_is_told_so(door: Door, body: str | bytes) -> None:
    assert problem(door.post(body)) == (400, "bad_request")


@pytest.mark.parametrize("path", ["", "run.nxs", "/a/../b", "/a\0", "\ud800", "/" + "x" * 9000])
def test_a_path_that_is_none_is_told_so(door: Door, path: str) -> None:
    assert problem(door.post({"path": path})) == (400, "bad_path")


@pytest.mark.parametrize(
    ("query", "is_known"),
    [
        ("?dry_run=1", True),
        ("?dry_run=TRUE", True),
        ("?dry_run=0", True),
        ("?dry_run=yes", False),
        ("?dry_run=1&dry_run=0", False),
        ("?dryrun=1", False),
        ("?dry-run=1", False),
        ("?%00=1", False),
    ],
)
def test_a_misspelt_dry_run_stores_nothing(door: Door, query: str, is_known: bool) -> None:
    expected = (403, "path_outside") if is_known else (400, "bad_request")
    assert problem(door.path("/elsewhere/run.nxs", query=query)) == expected


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "trace"])
def test_files_are_posted(door: Door, method: str) -> None:
    response = getattr(door.client, method)(
        FILES, headers={"Authorization": f"Bearer {door.token.text}"}
    )
    assert response.status_code == 405
    assert response.headers["Allow"] == "POST, OPTIONS"


def test_options_say_what_there_is_to_anyone(client: Client) -> None:
    response = client.options(FILES)
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["Allow"] == "POST, OPTIONS"
    assert response.headers["Link"] == '</ingest/>; rel="service-doc"'


def test_a_page_says_how_to_anyone(client: Client) -> None:
    page = client.get("/ingest/").content.decode()
    assert "http://127.0.0.1:8000/ingest/files?dry_run=1" in page
    assert [code for code in KINDS if f'id="{code}"' not in page] == []
    assert client.post("/ingest/").status_code == 405


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/xml", "/"]
)
def test_another_form_of_body_is_not_understood(door: Door, content_type: str) -> None:
    response = door.client.post(
        FILES,
        b"path=/data/run.nxs",
        content_type=content_type,
        headers={"Authorization": f"Bearer {door.token.text}"},
    )
    assert problem(response) == (415, "unsupported_type")


def send(door: Door, body: bytes, content_type: str, **meta: Any) -> Any:
    headers = {"Authorization": f"Bearer {door.token.text}"}
    return door.client.generic(
        "POST", FILES, body, content_type=content_type, headers=headers, **meta
    )


def test_a_body_without_a_length_is_not_waited_for(door: Door) -> None:
    response = send(
        door, b"", "application/json", HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH=""
    )
    assert problem(response) == (411, "length_required")


@pytest.mark.parametrize("length", ["abc", "-1", "1e3", "²", "9" * 5000])
def test_a_length_is_a_number(door: Door, length: str) -> None:
    response = send(door, b"{}", "application/json", CONTENT_LENGTH=length)
    assert problem(response) == (400, "bad_request")


def test_compressed_bodies_are_not_unpacked(door: Door) -> None:
    response = send(door, b"{}", "application/json", HTTP_CONTENT_ENCODING="gzip")
    assert problem(response) == (415, "unsupported_type")


def test_json_has_its_limit(door: Door) -> None:
    body = json.dumps({"path": "/" + "x" * 1024**2})
    assert problem(door.post(body)) == (413, "too_large")


def test_whatever_is_accepted_is_told_in_json(door: Door) -> None:
    response = door.post({"path": "/elsewhere"}, Accept="text/html")
    assert problem(response) == (403, "path_outside")


# --- uploads ------------------------------------------------------------------------------------

FORM = "multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'


def part(name: bytes, content: bytes, *, file: bytes = b"") -> bytes:
    return PART % (name, b'; filename="%s"' % file if file else b"", content)


@pytest.mark.parametrize(
    "body",
    [
        b" ",
        b"nothing of the kind",
        b"--x--\r\n",
        part(b"proposal", b"RB1") + b"--x--\r\n",
        part(b"file", b"no file name") + b"--x--\r\n",
        part(b"data", b"x", file=b"run.nxs") + b"--x--\r\n",
        part(b"file", b"x", file=b"a") + part(b"file", b"y", file=b"b") + b"--x--\r\n",
        part(b"file", b"x", file=b"a") + part(b"propsal", b"RB1") + b"--x--\r\n",
        part(b"file", b"x", file=b"a") + part(b"proposal", b"a\0b") + b"--x--\r\n",
        part(b"file", b"x", file=b"a") + part(b"proposal", b"\xff" * 61) + b"--x--\r\n",
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!\r\n--x--\r\n",
    ],
)
def test_a_form_without_its_one_file_is_told_so(door: Door, spool: Path, body: bytes) -> None:
    assert problem(send(door, body, FORM)) == (400, "bad_request")
    assert [path for path in spool.rglob("*") if path.is_file()] == []
    assert not IngestRun.objects.exists()


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\xff"],
)
def test_a_form_without_a_boundary_is_told_so(door: Door, content_type: str) -> None:
    body = part(b"file", b"x", file=b"a") + b"--x--\r\n"
    assert problem(send(door, body, content_type)) == (400, "bad_request")


def test_a_strange_charset_changes_nothing(door: Door, tmp_path: Path) -> None:
    content = write_nexus(tmp_path / "run.nxs").read_bytes()
    body = part(b"file", content, file=b"run.nxs") + b"--x--\r\n"
    assert only(send(door, body, f"{FORM}; charset=base64"))["outcome"] == "stored"


def test_an_upload_has_its_limit_whatever_it_says(
    door: Door, spool: Path, settings: Settings
) -> None:
    settings.UPLOAD_MAX_MB = 1
    honest = part(b"file", bytes(2 * 1024**2), file=b"a") + b"--x--\r\n"
    just_over = part(b"file", bytes(1024**2 + 1), file=b"a") + b"--x--\r\n"
    for body in (honest, just_over):
        assert problem(send(door, body, FORM)) == (413, "too_large")
    assert [path for path in spool.rglob("*") if path.is_file()] == []


def test_a_full_disk_is_told(door: Door, spool: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert problem(door.upload(b"x")) == (507, "storage_full")
    assert [path for path in spool.rglob("*") if path.is_file()] == []


def test_a_disk_that_is_away_is_told(door: Door, spool: Path) -> None:
    spool.rmdir()
    spool.write_text("a file where the folder should be")
    response = door.upload(b"x")
    assert problem(response) == (503, "unavailable")
    assert response.headers["Retry-After"] == "30"
    assert str(spool) not in response.content.decode()


def test_what_a_crash_left_is_swept_away(door: Door, spool: Path, tmp_path: Path) -> None:
    left = spool / "isis" / "loki" / "incoming" / "0123"
    fresh = left.with_name("4567")
    for folder in (left, fresh):
        folder.mkdir(parents=True)
        (folder / "run.nxs").write_text("half")
    os.utime(left, (0, 0))
    door.upload(write_nexus(tmp_path / "run.nxs").read_bytes())
    assert not left.exists()
    assert fresh.exists()


# --- what is away -------------------------------------------------------------------------------


def test_a_sandbox_that_does_not_start_is_told(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: ReaderPool) -> None:
        raise SandboxError("no reader process starts: /secret/python is away")

    monkeypatch.setattr(ReaderPool, "start", broken)
    response = door.path(write_nexus(tmp_path / "run.nxs"))
    assert problem(response) == (503, "unavailable")
    assert response.headers["Retry-After"] == "30"
    assert b"secret" not in response.content


def test_readers_that_are_all_at_work_are_waited_for_and_then_told(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = WarmReaders(limit=1)
    monkeypatch.setattr(readers, "warm_readers", lambda: busy)
    monkeypatch.setattr(readers, "PATIENCE_S", 0.05)
    busy._free.acquire()
    path = write_nexus(tmp_path / "run.nxs")
    assert problem(door.path(path)) == (503, "unavailable")
    busy._free.release()
    assert only(door.path(path))["outcome"] == "stored"
    busy.close()


def test_a_database_that_is_away_is_told(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: Any, **_kwargs: Any) -> None:
        raise OperationalError("could not connect to server: host=secret")

    with connection.execute_wrapper(away):
        response = door.path("/elsewhere")
    assert problem(response) == (503, "unavailable")
    assert response.headers["Retry-After"] == "5"
    assert b"secret" not in response.content


def test_files_beyond_the_time_of_a_request_are_left_for_the_next(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "REQUEST_S", 0.0)
    paths = [str(write_nexus(tmp_path / f"{name}.nxs")) for name in "ab"]
    told = door.post({"paths": paths}).json()["files"]
    assert [each["outcome"] for each in told] == ["not_begun", "not_begun"]
    assert not IngestRun.objects.exists()


@pytest.mark.parametrize("query", ["", "?dry_run=1"])
@pytest.mark.parametrize("kind", ["path", "technique"])
def test_a_rule_that_is_none_is_no_fault_of_the_request(
    door: Door, tmp_path: Path, kind: str, query: str
) -> None:
    if kind == "path":
        make_path_rule(door.token.facility, "(", name="a secret rule")
    else:
        make_technique_rule(door.token.facility, title="(", name="a secret rule")
    response = door.path(write_nexus(tmp_path / "run.nxs"), query=query)
    assert problem(response) == (503, "unavailable")
    assert "ask a data manager to correct it" in response.json()["detail"]
    assert "secret" not in response.json()["detail"]
    assert response.headers["Retry-After"] == "300"
    assert not IngestRun.objects.exists()


# --- figures ------------------------------------------------------------------------------------


def test_the_queries_do_not_grow_with_the_files(
    door: Door, tmp_path: Path, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    paths = [str(write_nexus(tmp_path / f"{number}.nxs")) for number in range(20)]
    door.path(paths[0])
    with django_assert_max_num_queries(7):
        door.path(paths[0])
    with django_assert_max_num_queries(60):
        response = door.post({"paths": paths})
    assert [each["outcome"] for each in response.json()["files"]].count("stored") == 19


def test_readers_stay_ready_between_requests(door: Door, tmp_path: Path) -> None:
    door.path(write_nexus(tmp_path / "one.nxs"))
    processes = {
        reader.process.pid for _, pool in readers.warm_readers()._idle for reader in pool.readers
    }
    assert processes
    door.path(write_nexus(tmp_path / "two.nxs"))
    after = {
        reader.process.pid for _, pool in readers.warm_readers()._idle for reader in pool.readers
    }
    assert after == processes


def test_a_reader_that_died_idle_is_replaced(door: Door, tmp_path: Path) -> None:
    door.path(write_nexus(tmp_path / "one.nxs"))
    for _, pool in readers.warm_readers()._idle:
        for reader in pool.readers:
            reader.process.kill()
            reader.process.wait()
    assert only(door.path(write_nexus(tmp_path / "two.nxs")))["outcome"] == "stored"


# --- anything else ------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)
NAMES = st.sampled_from(["path", "paths", "proposal", "file", ""])
QUERIES = st.sampled_from(["", "?dry_run=1", "?dry_run=%00", "?%ff=%ff"])
FUZZ = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@FUZZ
@given(body=st.dictionaries(NAMES, JSON), query=QUERIES)
def test_any_json_gets_an_answer(door: Door, body: Any, query: str) -> None:
    assert door.post(json.dumps(body), query=query).status_code in (200, 400, 403)


@FUZZ
@given(
    body=st.binary(max_size=300),
    content_type=st.sampled_from([FORM, "application/json", "multipart/mixed; boundary=x"]),
    query=QUERIES,
)
def test_any_bytes_get_an_answer(door: Door, body: bytes, content_type: str, query: str) -> None:
    assert send(door, body, content_type).status_code in (400, 415)


@FUZZ
@given(path=st.text(st.characters(), max_size=60))
def test_any_path_gets_an_answer(door: Door, path: str) -> None:
    response = door.post({"paths": [path, f"{door.token.folders[0]}/{path}"]})
    outcomes = {each["outcome"] for each in response.json()["files"]}
    assert outcomes == {"refused"}


@FUZZ
@given(name=st.text(st.characters(), max_size=300))
def test_any_name_of_an_upload_is_safe(name: str) -> None:
    safe = spool.safe_name(name)
    assert safe
    assert len(os.fsencode(safe)) <= 255
    assert not safe.startswith(".")
    assert not set(safe) & set("/\\\0\n")
