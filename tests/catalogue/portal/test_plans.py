"""How the database finds what somebody may see, who has taken part in thousands of experiments."""

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from catalogue.models import Dataset, Investigation, InvestigationUser
from catalogue.policy.visibility import Level, Viewer
from catalogue.portal.investigations import mine
from tests.factories import (
    LONG_AGO,
    make_dataset,
    make_embargoed_investigation,
    make_grant,
    make_member,
    make_person,
)

pytestmark = pytest.mark.django_db
VISITS = 3_000


@pytest.fixture
def busy() -> Viewer:
    """Somebody who took part in half of many visits, each with data."""
    first = make_embargoed_investigation()
    person, other = make_person(), make_person()
    visits = Investigation.objects.bulk_create(
        Investigation(
            proposal=first.proposal,
            instrument=first.instrument,
            visit_number=number,
            start=LONG_AGO,
            release_state="under_embargo",
        )
        for number in range(2, VISITS)
    )
    InvestigationUser.objects.bulk_create(
        InvestigationUser(investigation=visit, person=person if number % 2 else other)
        for number, visit in enumerate(visits)
    )
    Dataset.objects.bulk_create(Dataset(investigation=visit, name="run") for visit in visits)
    make_grant(investigation=first)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Viewer(person.pk, names=frozenset({"ann@example.org"}), is_registered=True)


def read_whole(rows: "QuerySet[Investigation] | QuerySet[Dataset]") -> set[str]:
    """Returns the tables that a query reads from end to end, of those that grow with the visits."""
    grown = ("investigation", "investigationuser", "dataset")
    with CaptureQueriesContext(connection) as captured:
        plan = rows.explain()
    assert len(captured) == 1
    return {name for name in grown if f"Seq Scan on catalogue_{name} " in plan}


@pytest.mark.parametrize("level", Level)
def test_one_thing_is_found_by_its_key_and_judged_alone(busy: Viewer, level: Level) -> None:
    dataset = Dataset.objects.order_by("pk")[VISITS // 2]
    visits = Investigation.objects.visible_to(busy, today=LONG_AGO, level=level)
    datasets = Dataset.objects.visible_to(busy, today=LONG_AGO, level=level)
    assert read_whole(visits.filter(pk=dataset.investigation_id)) == set()
    assert read_whole(datasets.filter(pk=dataset.pk)) == set()


def test_ones_own_are_looked_up_once_and_not_row_by_row(busy: Viewer) -> None:
    rows = mine(busy, today=LONG_AGO)
    assert rows.count() == VISITS // 2
    assert "hashed SubPlan" in rows[:50].explain()


def test_plans_are_not_compiled() -> None:
    """JIT compiles for seconds what runs for milliseconds: such conditions look dear to it."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)


def test_a_member_of_few_is_found_from_the_membership(busy: Viewer) -> None:
    investigation = make_embargoed_investigation()
    person = make_person()
    make_member(investigation, person=person)
    make_dataset(investigation=investigation)
    assert list(mine(Viewer(person.pk), today=LONG_AGO)) == [investigation]
