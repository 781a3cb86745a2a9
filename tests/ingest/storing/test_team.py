"""Whom a file may add to a team: membership opens embargoed data."""

from pathlib import Path
from typing import Any

import pytest

from catalogue.models import Dataset, Investigation, InvestigationUser
from tests.factories import make_person
from tests.ingest.runs import Ingest, problem_codes
from tests.nexus_files import write_nexus

pytestmark = pytest.mark.django_db
ORCID = "0000-0002-1825-0097"
OTHER_ORCID = "0000-0001-5109-3700"


def write(path: Path, *people: tuple[str, str]) -> Path:
    """Writes a file of one visit, with people by name and ORCID."""
    users: dict[str, Any] = {"entry/user@NX_class": None, "entry/user/name": None}
    for number, (name, orcid) in enumerate(people):
        group = f"entry/user_{number}"
        users |= {f"{group}@NX_class": "NXuser", f"{group}/name": name}
        users |= {f"{group}/ORCID": orcid} if orcid else {}
    return write_nexus(path, users)


def team() -> list[tuple[str, str | None]]:
    members = InvestigationUser.objects.select_related("person")
    return [(row.person.full_name, row.person.orcid) for row in members]


def test_a_file_of_strangers_admits_nobody(tmp_path: Path, ingest: Ingest) -> None:
    ingest(write(tmp_path / "a.nxs", ("Ada", ""), ("Ben", "")))
    (report,) = ingest(write(tmp_path / "b.nxs", ("Mallory", ORCID)))
    assert "unknown_team" in problem_codes(report)
    assert team() == [("Ada", None), ("Ben", None)]
    assert Dataset.objects.count() == 2
    assert report.run is not None
    assert report.run.problems[-1]["message"] == (
        "b.nxs: None of Mallory is on the team of visit ab12345-1 (Ada, Ben), so nobody was "
        "added; correct the file's proposal or its users, or add them to the investigation in "
        "the admin."
    )


def test_somebody_known_brings_others(tmp_path: Path, ingest: Ingest) -> None:
    ingest(write(tmp_path / "a.nxs", ("Ada", ORCID)))
    (report,) = ingest(write(tmp_path / "b.nxs", ("Ada Lovelace", ORCID), ("Cleo", "")))
    assert "unknown_team" not in problem_codes(report)
    assert team() == [("Ada", ORCID), ("Cleo", None)]
    assert [row.order for row in InvestigationUser.objects.all()] == [0, 1]


def test_the_team_is_that_of_the_first_file_with_users(tmp_path: Path, ingest: Ingest) -> None:
    ingest(write(tmp_path / "a.nxs"))
    ingest(write(tmp_path / "b.nxs", ("Ada", "")))
    assert team() == [("Ada", None)]


def test_the_check_holds_within_one_batch_too(tmp_path: Path, ingest: Ingest) -> None:
    write(tmp_path / "a.nxs", ("Ada", ""))
    write(tmp_path / "b.nxs", ("Mallory", ""))
    ingest(tmp_path)
    assert team() == [("Ada", None)]


def test_a_namesake_with_another_orcid_is_a_stranger(tmp_path: Path, ingest: Ingest) -> None:
    ingest(write(tmp_path / "a.nxs", ("Ada", ORCID)))
    (report,) = ingest(write(tmp_path / "b.nxs", ("Ada", OTHER_ORCID)))
    assert "unknown_team" in problem_codes(report)
    assert team() == [("Ada", ORCID)]


def test_an_orcid_that_comes_later_is_the_members_where_another_vouches(
    tmp_path: Path, ingest: Ingest
) -> None:
    ingest(write(tmp_path / "a.nxs", ("Ada", ""), ("Bea", OTHER_ORCID)))
    ingest(write(tmp_path / "b.nxs", ("Ada", ORCID), ("Bea", OTHER_ORCID)))
    assert team() == [("Ada", ORCID), ("Bea", OTHER_ORCID)]


def test_a_membership_goes_to_the_person_who_has_the_orcid(tmp_path: Path, ingest: Ingest) -> None:
    ada = make_person(full_name="Ada Lovelace", orcid=ORCID)
    ingest(write(tmp_path / "a.nxs", ("Ada", ""), ("Bea", OTHER_ORCID)))
    ingest(write(tmp_path / "b.nxs", ("Ada", ORCID), ("Bea", OTHER_ORCID)))
    assert InvestigationUser.objects.filter(person=ada).exists()


@pytest.mark.parametrize("users", [[("Ada", ORCID)], [("Ada", ""), ("Mallory", ORCID)]])
def test_a_name_alone_gives_nobody_an_orcid(
    tmp_path: Path, ingest: Ingest, users: list[tuple[str, str]]
) -> None:
    ingest(write(tmp_path / "a.nxs", ("Ada", "")))
    (report,) = ingest(write(tmp_path / "b.nxs", *users))
    assert team() == [("Ada", None)]
    assert "unvouched_orcid" in problem_codes(report)


def test_no_file_gives_a_member_of_a_confirmed_proposal_an_orcid(
    tmp_path: Path, ingest: Ingest
) -> None:
    ingest(write(tmp_path / "a.nxs", ("Ada", "")))
    proposal = Investigation.objects.get().proposal
    proposal.is_placeholder = False
    proposal.save()
    ingest(write(tmp_path / "b.nxs", ("Ada", ORCID), ("Cleo", "")))
    assert team() == [("Ada", None)]
