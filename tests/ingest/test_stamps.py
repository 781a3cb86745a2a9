"""Names and dates of files that keep them out unread."""

import os
from pathlib import Path

import pytest

from catalogue.models import Datafile
from ingest.models import IngestRun
from ingest.record import FileStamp
from ingest.stamps import find_fault
from tests.ingest.runs import Ingest, outcomes
from tests.nexus_files import write_nexus

YEAR_S = 31_556_952


@pytest.mark.parametrize("year", [1970, 2026, 2199])
def test_a_plain_name_and_a_possible_date_are_no_fault(year: int) -> None:
    mtime_ns = (year - 1970) * YEAR_S * 10**9
    assert find_fault(FileStamp("/data/Å run (2).nxs", 1, mtime_ns)) is None


@pytest.mark.parametrize("seconds", [-1, 231 * YEAR_S, 8028 * YEAR_S, 10**12, -(10**12)])
def test_an_impossible_date_says_so(seconds: int) -> None:
    result = find_fault(FileStamp("/data/run.nxs", 1, seconds * 10**9))
    assert result is not None
    assert result.failure is not None
    assert result.failure.code == "bad_mtime"
    assert result.failure.message == (
        f"run.nxs: the time of its last change, {seconds} s since 1970-01-01, is not between 1970 "
        f"and 2200; correct it with `touch /data/run.nxs`."
    )
    assert -(2**63) <= result.stamp.mtime_ns < 2**63


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb.nxs", r"a\nb.nxs"),
        ("a\tb.nxs", r"a\tb.nxs"),
        ("a\x1bb.nxs", r"a\x1bb.nxs"),
        ("a\x85b.nxs", r"a\x85b.nxs"),
        ("a\u2028b.nxs", r"a\u2028b.nxs"),
        ("a\udce4b\n.nxs", r"a\xe4b\n.nxs"),
    ],
)
def test_a_name_that_cannot_be_shown_is_refused_in_a_form_that_can(name: str, shown: str) -> None:
    result = find_fault(FileStamp(f"/data/{name}", 1, 0))
    assert result is not None
    assert result.failure is not None
    assert result.failure.code == "bad_file_name"
    assert result.failure.message.startswith(f"/data/{shown}: the name ")
    assert result.stamp.path == f"/data/{shown}"


@pytest.mark.django_db
def test_a_name_with_a_newline_costs_that_file_alone(tmp_path: Path, ingest: Ingest) -> None:
    write_nexus(tmp_path / "a\nb.nxs")
    write_nexus(tmp_path / "good.nxs")
    assert sorted(outcomes(ingest(tmp_path))) == ["quarantined", "stored"]
    assert Datafile.objects.get().name == "good.nxs"
    refused = IngestRun.objects.get(outcome="quarantined")
    assert (refused.code, refused.path) == ("bad_file_name", f"{tmp_path}/a\\nb.nxs")


@pytest.mark.django_db
@pytest.mark.parametrize("mtime_s", [-5 * YEAR_S, 300 * YEAR_S])
def test_an_odd_date_costs_that_file_alone(tmp_path: Path, ingest: Ingest, mtime_s: int) -> None:
    """The dates are ones that any file system of today can hold."""
    odd = write_nexus(tmp_path / "odd.nxs")
    write_nexus(tmp_path / "good.nxs")
    os.utime(odd, (mtime_s, mtime_s))
    assert sorted(outcomes(ingest(tmp_path))) == ["quarantined", "stored"]
    assert IngestRun.objects.get(outcome="quarantined").code == "bad_mtime"
    os.utime(odd)
    assert outcomes(ingest(odd)) == ["stored"]


@pytest.mark.django_db
def test_a_path_too_long_to_keep_costs_that_file_alone(tmp_path: Path, ingest: Ingest) -> None:
    folder = tmp_path.joinpath(*["å" * 100] * 11)
    folder.mkdir(parents=True)
    write_nexus(tmp_path / "near.nxs")
    (folder / "far.nxs").write_bytes((tmp_path / "near.nxs").read_bytes())
    assert sorted(outcomes(ingest(tmp_path))) == ["quarantined", "stored"]
    assert "bytes long" in IngestRun.objects.get(outcome="quarantined").reason
