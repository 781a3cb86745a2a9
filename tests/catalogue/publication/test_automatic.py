"""DOIs that investigations get by themselves: at their moment, once, and saying what is allowed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from catalogue.models import (
    AuditEvent,
    DataPublication,
    DoiUpdate,
    Facility,
    Investigation,
    OaiItem,
)
from catalogue.policy.embargo import Moment, ReleaseState
from catalogue.portal.exports import EXPORTS
from catalogue.publication.automatic import Given, publish_due
from catalogue.publication.registrar import LocalRegistrar
from tests.factories import (
    make_dataset,
    make_embargoed_investigation,
    make_facility,
    make_instrument,
    make_investigation,
    make_member,
    make_person,
    make_policy,
    make_proposal,
    make_publication,
    make_user,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAST, FUTURE = date(2026, 2, 1), date(2026, 4, 1)
TO_COME = {"start": FUTURE, "end": FUTURE, "release_date": None}


def facility_with(moment: str) -> Facility:
    return make_facility(automatic_doi=moment)


def experiment(
    facility: Facility,
    *,
    has_data: bool = True,
    policy: dict[str, Any] | None = None,
    **changes: Any,
) -> Investigation:
    """Returns an experiment of last month under embargo, with its team."""
    proposal = changes.pop("proposal", {})
    row = make_embargoed_investigation(
        proposal=make_proposal(
            embargo_policy=make_policy(facility=facility, **policy or {}),
            **{"accepted_on": PAST} | proposal,
        ),
        instrument=make_instrument(facility=facility, name="Secret instrument"),
        **{"title": "Secret title", "start": PAST, "end": PAST, "dataset_count": has_data}
        | changes,
    )
    make_member(row, person=make_person(full_name="Secret Person"))
    if has_data:
        make_dataset(investigation=row)
    return row


def sweep() -> Given:
    return publish_due(now=NOW, registrar=LocalRegistrar())


OPEN = {
    "release_state": ReleaseState.OPEN,
    "release_date": PAST,
    "released_at": NOW,
}


@pytest.mark.parametrize(
    ("moment", "changes", "number"),
    [
        ("acceptance", {**TO_COME, "has_data": False}, 1),
        ("acceptance", {**TO_COME, "has_data": False, "proposal": {"accepted_on": FUTURE}}, 0),
        ("acceptance", {**TO_COME, "has_data": False, "proposal": {"accepted_on": None}}, 0),
        ("acceptance", {"proposal": {"accepted_on": None}}, 1),
        ("end_of_experiment", {}, 1),
        ("end_of_experiment", {"end": NOW.date()}, 0),
        ("end_of_experiment", {"has_data": False}, 0),
        ("end_of_experiment", {"start": None, "end": None}, 0),
        ("with_data", {}, 0),
        ("with_data", OPEN, 1),
        ("with_data", {**OPEN, "release_date": FUTURE}, 0),
        ("end_of_experiment", OPEN, 1),
        ("", OPEN, 0),
    ],
)
def test_it_comes_at_the_moment_the_facility_chose(
    moment: str, changes: dict[str, Any], number: int
) -> None:
    experiment(facility_with(moment), **changes)
    assert sweep().published == number
    assert DataPublication.objects.count() == number


def test_a_sweep_may_run_twice() -> None:
    experiment(facility_with(Moment.END_OF_EXPERIMENT))
    assert sweep() == Given(1, ())
    assert sweep() == Given(0, ())
    assert DataPublication.objects.count() == 1
    assert AuditEvent.objects.get(action="publish").actor is None
    assert DoiUpdate.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_give_one_doi_each() -> None:
    facility = facility_with(Moment.END_OF_EXPERIMENT)
    for _ in range(5):
        experiment(facility)

    def in_a_thread(_number: int) -> None:
        try:
            sweep()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(in_a_thread, range(2)))
    assert DataPublication.objects.count() == 5


@pytest.mark.parametrize(
    "changes",
    [
        {"policy": {"never_release": True}},
        {"release_state": ReleaseState.PROPRIETARY, "release_date": None},
        {"release_state": ReleaseState.WITHDRAWN},
        {"proposal": {"is_placeholder": True}},
    ],
)
def test_what_must_not_be_announced_is_not(changes: dict[str, Any]) -> None:
    experiment(facility_with(Moment.ACCEPTANCE), **changes)
    assert sweep() == Given(0, ())


def test_without_a_policy_there_is_none() -> None:
    row = experiment(facility_with(Moment.ACCEPTANCE))
    row.proposal.embargo_policy = None
    row.proposal.save()
    assert sweep() == Given(0, ())


def test_what_was_imported_keeps_the_doi_it_came_with() -> None:
    row = experiment(facility_with(Moment.ACCEPTANCE))
    make_publication(investigation=row, kind="selection", imported_document={"type": "publication"})
    assert sweep() == Given(0, ())


def test_what_was_withdrawn_gets_no_second_one() -> None:
    row = experiment(facility_with(Moment.ACCEPTANCE))
    make_publication(investigation=row, withdrawn_at=NOW, withdrawal_reason="Wrong.")
    assert sweep() == Given(0, ())


def test_a_failure_stops_no_other() -> None:
    nameless = make_facility(automatic_doi="acceptance", publisher_name="")
    experiment(nameless)
    experiment(facility_with(Moment.ACCEPTANCE))
    given = sweep()
    assert given.published == 1
    assert "Its facility has no publisher name" in given.failed[0]


def test_what_lacks_people_or_a_title_waits_in_the_cockpit() -> None:
    row = experiment(facility_with(Moment.ACCEPTANCE), title="")
    row.proposal.title = ""
    row.proposal.save()
    other = experiment(facility_with(Moment.ACCEPTANCE))
    other.members.update(role="local contact")
    assert sweep() == Given(0, ())
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    page = client.get("/admin/catalogue/releaseevent/cockpit/").content.decode()
    waiting = page.split("Should have a DOI")[1].split("<h2>")[0]
    assert str(row) in waiting
    assert str(other) in waiting


@pytest.mark.parametrize(
    ("visibility", "shown"), [("with_data", []), ("minimal", ["Secret title", "Secret Person"])]
)
@pytest.mark.parametrize("is_to_come", [True, False])
def test_its_page_says_what_the_policy_allows(
    visibility: str, shown: list[str], is_to_come: bool
) -> None:
    changes = {**TO_COME, "has_data": False} if is_to_come else {}
    policy = {"metadata_visibility": visibility}
    experiment(facility_with(Moment.ACCEPTANCE), policy=policy, abstract="Secret text", **changes)
    assert sweep().published == 1
    doi = DataPublication.objects.get().doi
    client = Client()
    pages = [client.get(f"/doi/{doi}").content.decode()]
    pages += [client.get(f"/doi/{doi}?format={name}").content.decode() for name in EXPORTS]
    pages += OaiItem.objects.get().records.values_list("xml", flat=True)
    for text in ("Secret title", "Secret Person", "Secret text"):
        assert (text in "".join(pages)) is (text in shown)


def test_the_command_says_how_many_and_fails_loudly() -> None:
    experiment(facility_with(Moment.ACCEPTANCE))
    said = StringIO()
    call_command("publish", "--due", stdout=said)
    assert said.getvalue() == "1 published\n"
    experiment(make_facility(automatic_doi="acceptance", publisher_name=""))
    with pytest.raises(CommandError, match="no publisher name"):
        call_command("publish", "--due", stdout=said)


def test_its_members_read_when_it_comes() -> None:
    row = experiment(facility_with(Moment.WITH_DATA))
    user = make_user()
    make_member(row, person=make_person(user=user))
    client = Client()
    client.force_login(user)
    assert (
        "it gets one when its data open" in client.get(f"/investigations/{row.pk}").content.decode()
    )


def test_open_data_without_the_setting_get_none() -> None:
    row = make_investigation()
    make_member(row)
    make_dataset(investigation=row)
    assert sweep() == Given(0, ())
