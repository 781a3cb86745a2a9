"""What becomes of files that are handed in, by path and by upload."""

import hashlib
import os
from pathlib import Path

import pytest

from catalogue.models import Datafile, Dataset, Facility, Instrument, Investigation, Proposal
from ingest.models import IngestRun
from ingest.retry import retry
from tests.factories import make_dataset, make_facility, make_instrument
from tests.ingest.door.asking import Door, only, problem
from tests.ingest.rules.made import make_path_rule, make_technique_rule
from tests.ingest.runs import NOW, Ingest, outcomes
from tests.nexus_files import write_nexus

pytestmark = pytest.mark.django_db


def test_a_path_is_stored_and_its_address_told(tmp_path: Path, door: Door) -> None:
    response = door.path(write_nexus(tmp_path / "run.nxs"))
    told = only(response)
    dataset = Dataset.objects.get()
    page = f"http://127.0.0.1:8000/datasets/{dataset.uid}"
    assert response.status_code == 201
    assert response.headers["Location"] == page
    assert told == {
        "file": str(tmp_path / "run.nxs"),
        "outcome": "stored",
        "created": True,
        "reason": None,
        "problems": [],
        "dataset": {"uid": str(dataset.uid), "page": page},
        "investigation": {"proposal": "ab12345", "visit": 1},
    }
    assert dataset.instrument == door.token.instrument


def test_an_unchanged_file_is_not_read_again(tmp_path: Path, door: Door) -> None:
    path = write_nexus(tmp_path / "run.nxs")
    first, second = door.path(path), door.path(path)
    assert second.status_code == 200
    assert only(second)["outcome"] == "unchanged"
    assert only(second)["dataset"] == only(first)["dataset"]
    assert IngestRun.objects.get().attempts == 1


def test_a_changed_file_updates_its_dataset(tmp_path: Path, door: Door) -> None:
    path = write_nexus(tmp_path / "run.nxs")
    door.path(path)
    write_nexus(path, title="Ice at -5 °C, longer")
    response = door.path(path)
    assert (response.status_code, only(response)["outcome"]) == (200, "stored")
    assert Dataset.objects.get().title == "Ice at -5 °C, longer"


def test_a_file_that_moved_is_no_new_dataset(tmp_path: Path, door: Door) -> None:
    first = only(door.path(write_nexus(tmp_path / "old.nxs")))
    os.rename(tmp_path / "old.nxs", tmp_path / "new.nxs")
    foreseen = only(door.path(tmp_path / "new.nxs", query="?dry_run=1"))
    response = door.path(tmp_path / "new.nxs")
    assert foreseen["placement"]["dataset"] == {"state": "existing"}
    assert (response.status_code, only(response)["created"]) == (200, False)
    assert only(response)["dataset"] == first["dataset"]


def test_a_link_to_a_name_that_is_not_plain_is_refused(tmp_path: Path, door: Door) -> None:
    for number, name in enumerate((b"\xff.nxs", b"line\nbreak.nxs")):
        path = write_nexus(tmp_path / "run.nxs")
        os.rename(path, os.fsencode(tmp_path) + b"/" + name)
        os.symlink(name, os.fsencode(tmp_path / f"{number}.nxs"))
        for query in ("", "?dry_run=1"):
            response = door.path(tmp_path / f"{number}.nxs", query=query)
            assert problem(response) == (400, "bad_path")
    assert not IngestRun.objects.exists()


def test_a_quarantined_file_tells_why_and_is_read_again(tmp_path: Path, door: Door) -> None:
    path = write_nexus(tmp_path / "run.nxs", experiment_identifier=None)
    told = only(door.path(path))
    assert (told["outcome"], told["created"], told["dataset"]) == ("quarantined", False, None)
    assert told["reason"]["code"] == "no_proposal"
    assert told["reason"] in told["problems"]
    response = door.path(path, proposal="RB2310045")
    assert response.status_code == 201
    assert only(response)["investigation"]["proposal"] == "RB2310045"


def test_a_file_still_being_written_is_deferred(tmp_path: Path, door: Door) -> None:
    path = write_nexus(tmp_path / "run.nxs")
    path.write_bytes(path.read_bytes()[:-100])
    told = only(door.path(path))
    assert (told["outcome"], told["reason"]["code"]) == ("deferred", "truncated")


def test_several_paths_are_answered_each_by_itself(tmp_path: Path, door: Door) -> None:
    (tmp_path / "text.nxs").write_text("no HDF5, and long enough to be one")
    paths = [
        write_nexus(tmp_path / "run.nxs"),
        tmp_path / "text.nxs",
        "/etc/passwd",
        tmp_path / "gone.nxs",
    ]
    response = door.post({"paths": [str(path) for path in paths]})
    told = response.json()["files"]
    assert response.status_code == 201
    assert [each["file"] for each in told] == [str(path) for path in paths]
    assert [each["outcome"] for each in told] == ["stored", "quarantined", "refused", "refused"]
    codes = [each["reason"] and each["reason"]["code"] for each in told]
    assert codes == [None, "not_hdf5", "path_outside", "not_found"]


def test_a_path_named_twice_is_one_file(tmp_path: Path, door: Door) -> None:
    path = write_nexus(tmp_path / "run.nxs")
    os.symlink("run.nxs", tmp_path / "link.nxs")
    names = [str(path), str(path), str(tmp_path / "link.nxs")]
    told = door.post({"paths": names}).json()["files"]
    assert [each["outcome"] for each in told] == ["stored", "stored"]
    assert Dataset.objects.count() == 1


# --- the binding to an instrument ---------------------------------------------------------------


def test_a_file_that_names_no_instrument_is_of_the_tokens(tmp_path: Path, door: Door) -> None:
    path = write_nexus(tmp_path / "run.nxs", {"entry/instrument/name": None})
    assert only(door.path(path))["outcome"] == "stored"
    dataset = Dataset.objects.get()
    assert dataset.instrument == door.token.instrument
    assert dataset.sources["instrument_name"] == "job"
    assert dataset.investigation.instrument == door.token.instrument


def test_a_token_stores_for_its_own_instrument_whoever_shares_its_name(
    tmp_path: Path, door: Door, facility: Facility
) -> None:
    make_instrument(facility=facility, slug="loki-upgrade", name="Loki 2", long_name="Loki")
    door.path(write_nexus(tmp_path / "run.nxs"))
    assert Dataset.objects.get().instrument == door.token.instrument


def test_a_file_of_another_instrument_is_quarantined_with_both_names(
    tmp_path: Path, door: Door
) -> None:
    path = write_nexus(tmp_path / "run.nxs", {"entry/instrument/name": "Sandals"})
    told = only(door.path(path))
    assert (told["outcome"], told["reason"]["code"]) == ("quarantined", "instrument_mismatch")
    assert "instrument 'Sandals', the job is of 'Loki'" in told["reason"]["message"]
    assert told["reason"]["path"] == "/entry/instrument/name"
    assert not Instrument.objects.filter(name="Sandals").exists()


def test_a_file_of_another_facility_is_quarantined_with_both_names(
    tmp_path: Path, door: Door
) -> None:
    make_facility(slug="ill", name="Institut Laue-Langevin")
    path = write_nexus(tmp_path / "run.nxs", {"entry/instrument/source/name": "ILL"})
    told = only(door.path(path))
    assert (told["outcome"], told["reason"]["code"]) == ("quarantined", "facility_mismatch")
    assert "source 'ILL', the job is of" in told["reason"]["message"]


def test_another_try_keeps_the_binding(tmp_path: Path, door: Door) -> None:
    path = write_nexus(tmp_path / "run.nxs", {"entry/instrument/name": "Sandals"})
    door.path(path)
    run = IngestRun.objects.get()
    assert run.instrument == door.token.instrument
    assert retry([run.pk], now=NOW) == 0
    Instrument.objects.update(long_name="Sandals")
    assert retry([run.pk], now=NOW) == 1
    assert Dataset.objects.get().instrument == door.token.instrument


def test_a_job_without_binding_reads_what_the_door_refused(
    tmp_path: Path, door: Door, ingest: Ingest
) -> None:
    path = write_nexus(tmp_path / "run.nxs", {"entry/instrument/name": "Sandals"})
    door.path(path)
    assert outcomes(ingest(path)) == ["stored"]


# --- what others have ---------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["", "?dry_run=1"])
@pytest.mark.parametrize("owner", ["instrument", "facility"])
def test_what_the_catalogue_has_of_others_answers_as_absent(
    tmp_path: Path, door: Door, facility: Facility, owner: str, query: str
) -> None:
    """Folders overlap: the file is another one's, and stays there."""
    path = write_nexus(tmp_path / "run.nxs")
    other = make_instrument(facility=facility if owner == "instrument" else make_facility())
    dataset = make_dataset(title="theirs", instrument=other)
    Proposal.objects.update(facility=other.facility)
    Datafile.objects.create(
        dataset=dataset, path=str(path), name="run.nxs", size_bytes=1, modified=NOW
    )
    response = door.path(path, query=query)
    absent = door.path(tmp_path / "nothing.nxs", query=query)
    assert problem(response) == (404, "not_found")
    assert response.content.replace(b"run.nxs", b"nothing.nxs") == absent.content
    dataset.refresh_from_db()
    assert dataset.title == "theirs"
    assert not IngestRun.objects.exists()


def test_a_run_of_another_facility_stays_theirs(tmp_path: Path, door: Door) -> None:
    path = write_nexus(tmp_path / "run.nxs")
    other = make_facility()
    run = IngestRun.objects.create(
        path=str(path),
        facility=other,
        size_bytes=1,
        mtime_ns=1,
        outcome="quarantined",
        code="no_proposal",
        reason="theirs",
        finished_at=NOW,
    )
    assert problem(door.path(path)) == (404, "not_found")
    run.refresh_from_db()
    assert (run.facility, run.reason) == (other, "theirs")


# --- uploads ------------------------------------------------------------------------------------


@pytest.fixture
def content(tmp_path: Path) -> bytes:
    return write_nexus(tmp_path / "source.nxs").read_bytes()


def test_an_upload_is_kept_and_stored(content: bytes, door: Door, spool: Path) -> None:
    response = door.upload(content, "run 7.nxs")
    told = only(response)
    digest = hashlib.sha256(content).hexdigest()
    file = Datafile.objects.get()
    assert response.status_code == 201
    assert (told["file"], told["sha256"], told["size_bytes"]) == ("run 7.nxs", digest, len(content))
    assert file.path == str(spool / "isis" / "loki" / digest[:2] / digest / "run 7.nxs")
    assert Path(file.path).read_bytes() == content
    assert file.sha256 == digest
    assert os.stat(file.path).st_mode & 0o077 == 0
    assert list((spool / "isis/loki/incoming").iterdir()) == []


def test_the_same_content_again_is_the_same_file(content: bytes, door: Door) -> None:
    first, second = door.upload(content, "a.nxs"), door.upload(content, "b.nxs")
    assert only(second)["outcome"] == "unchanged"
    assert only(second)["dataset"] == only(first)["dataset"]
    assert Datafile.objects.get().name == "a.nxs"


def test_another_content_of_the_same_name_is_another_file(
    tmp_path: Path, content: bytes, door: Door
) -> None:
    door.upload(content)
    door.upload(write_nexus(tmp_path / "other.nxs", title="other").read_bytes())
    assert Dataset.objects.count() == 2


def test_an_upload_takes_the_proposal_of_its_form(tmp_path: Path, door: Door) -> None:
    path = write_nexus(tmp_path / "run.nxs", experiment_identifier=None)
    told = only(door.upload(path.read_bytes(), proposal="RB1"))
    assert told["investigation"]["proposal"] == "RB1"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/cron.d/evil", "evil"),
        ("..", None),
        (r"C:\data\run.nxs", "run.nxs"),
        (".hidden.nxs", "hidden.nxs"),
        ("bell\x07.nxs", "bell.nxs"),
        ("grün ü.nxs", "grün ü.nxs"),
        ("x" * 300 + ".nxs", "x" * 196 + ".nxs"),
        ("<script>.nxs", "<script>.nxs"),
    ],
)
def test_the_name_of_an_upload_is_one_component(
    door: Door, content: bytes, spool: Path, name: str, kept: str | None
) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="'
        + name.replace("\\", "\\\\").encode()
        + b'"\r\n\r\n'
        + content
        + b"\r\n--x--\r\n"
    )
    response = door.client.post(
        "/ingest/files",
        body,
        content_type="multipart/form-data; boundary=x",
        headers={"Authorization": f"Bearer {door.token.text}"},
    )
    files = [path for path in spool.rglob("*") if path.is_file()]
    if kept is None:
        assert problem(response) == (400, "bad_request")
        assert files == []
    else:
        assert [path.name for path in files] == [kept]
        assert only(response)["outcome"] == "stored"


# --- what the folders of uploads say ------------------------------------------------------------

# Finds something in every path of the spool: the first letters and digits of a checksum.
GREEDY = r"/(?P<proposal>[0-9a-f]{2})/"


@pytest.fixture
def bare(tmp_path: Path) -> bytes:
    """A file that does not say what it belongs to."""
    return write_nexus(tmp_path / "bare.nxs", experiment_identifier=None).read_bytes()


def test_rules_read_of_an_upload_its_name_alone(
    bare: bytes, door: Door, facility: Facility
) -> None:
    make_path_rule(facility, GREEDY)
    make_path_rule(facility, r"^(?P<proposal>RB\d+)_", position=99)
    make_technique_rule(facility, "PaNET01212", path="/[0-9a-f]{2}/")
    told = only(door.upload(bare, "run.nxs"))
    assert (told["outcome"], told["reason"]["code"]) == ("quarantined", "no_proposal")
    run = IngestRun.objects.get()
    assert retry([run.pk], now=NOW) == 0
    run.refresh_from_db()
    assert run.code == "no_proposal"
    for query in ("?dry_run=1", ""):
        told = only(door.upload(bare, "run.nxs", proposal="RB7", query=query))
        assert told["reason"] is None
    dataset = Dataset.objects.get()
    assert dataset.investigation.proposal.code == "RB7"
    assert "PaNET01212" not in {each.code for each in dataset.techniques.all()}


def test_rules_read_the_name_of_an_upload(bare: bytes, door: Door, facility: Facility) -> None:
    make_path_rule(facility, r"^(?P<proposal>RB\d+)_")
    for query in ("?dry_run=1", ""):
        told = only(door.upload(bare, "RB8_run.nxs", query=query))
        assert told["reason"] is None
    assert Dataset.objects.get().investigation.proposal.code == "RB8"


# --- another proposal for what is stored --------------------------------------------------------


def test_what_is_stored_is_not_moved_to_another_proposal(bare: bytes, door: Door) -> None:
    assert only(door.upload(bare, proposal="RB1"))["outcome"] == "stored"
    foreseen = only(door.upload(bare, proposal="RB2", query="?dry_run=1"))
    told = only(door.upload(bare, proposal="RB2"))
    assert (foreseen["outcome"], told["outcome"]) == ("would be refused", "refused")
    assert foreseen["reason"] == told["reason"]
    assert told["reason"]["code"] == "proposal_mismatch"
    assert "under proposal 'RB1', the request names 'RB2'" in told["reason"]["message"]
    assert Dataset.objects.get().investigation.proposal.code == "RB1"
    assert not Proposal.objects.filter(code="RB2").exists()
    run = IngestRun.objects.get()
    assert (run.outcome, run.proposal_code) == ("stored", "RB1")
    for again in ("RB1", "rb1", "1", ""):
        assert only(door.upload(bare, proposal=again))["outcome"] == "unchanged"


def test_a_changed_file_does_not_move_either(tmp_path: Path, bare: bytes, door: Door) -> None:
    path = tmp_path / "bare.nxs"
    door.path(path, proposal="RB1")
    write_nexus(path, experiment_identifier=None, title="longer than before")
    assert only(door.path(path, proposal="RB2"))["outcome"] == "refused"
    assert Dataset.objects.get().title == "Water at 5 °C"
    assert only(door.path(path, proposal="RB1"))["outcome"] == "stored"
    assert Dataset.objects.get().title == "longer than before"


def test_a_stored_proposal_of_another_instrument_is_not_told(
    bare: bytes, door: Door, facility: Facility
) -> None:
    door.upload(bare, proposal="RB1")
    Investigation.objects.update(instrument=make_instrument(facility=facility, slug="loq"))
    told = only(door.upload(bare, proposal="RB2"))
    assert "under another proposal, the request" in told["reason"]["message"]
    assert only(door.upload(bare))["investigation"] is None
