"""Rows that are written column by column are the rows that were given."""

from datetime import timedelta

import pytest
from django.db import DataError, IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue.models import Datafile, Dataset, DatasetParameter, ParameterType
from ingest.storing.bulk import insert_rows, write_models
from tests.factories import LONG_AGO_NOON, make_datafile, make_dataset, make_investigation

pytestmark = pytest.mark.django_db
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
NUMBERS = st.none() | st.floats(allow_nan=False)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(TEXTS, NUMBERS), min_size=1, max_size=5))
def test_texts_and_numbers_come_back(values: list[tuple[str, float | None]]) -> None:
    with transaction.atomic():
        dataset = make_dataset()
        kind = ParameterType.objects.create(name="t", label="t")
        rows = [
            (dataset.pk, kind.pk, number or 0.0, number, text, str(place))
            for place, (text, number) in enumerate(values)
        ]
        columns = ("dataset", "type", "number", "si_value", "unit", "source")
        insert_rows(DatasetParameter, (*columns, "text"), [(*row, "") for row in rows])

        stored = DatasetParameter.objects.order_by("source").values_list("unit", "si_value")
        assert list(stored) == values
        transaction.set_rollback(True)


def test_models_get_their_keys_in_order_and_keep_what_is_absent() -> None:
    investigation = make_investigation()
    rows = [
        Dataset(investigation=investigation, name=name, start=start, sources={"title": name})
        for name, start in (('a "quoted" \\ name, {1}', None), ("NULL", LONG_AGO_NOON), ("", None))
    ]
    rows[2].name = "c"

    write_models(rows)

    stored = list(Dataset.objects.order_by("pk"))
    assert [row.pk for row in stored] == [row.pk for row in rows]
    for field in ("name", "start", "sources", "uid", "created_at", "instrument_id"):
        assert [getattr(row, field) for row in stored] == [getattr(row, field) for row in rows]


def test_a_row_that_is_there_has_some_values_overwritten() -> None:
    known = make_datafile(path="/a.nxs", name="a", size_bytes=1)
    seen = known.first_seen_at
    other = Datafile(dataset=known.dataset, path="/b.nxs", name="b", size_bytes=2)
    other.modified = LONG_AGO_NOON
    again = Datafile(dataset=known.dataset, path="/a.nxs", name="changed", size_bytes=3)
    again.modified = LONG_AGO_NOON + timedelta(days=1)

    write_models([other, again], by="path", values=("size_bytes",))

    known.refresh_from_db()
    assert (again.pk, known.name, known.size_bytes) == (known.pk, "a", 3)
    assert (known.modified, known.first_seen_at) == (LONG_AGO_NOON, seen)
    assert Datafile.objects.get(pk=other.pk).path == "/b.nxs"


def test_what_the_database_refuses_is_refused_and_nothing_is_cut() -> None:
    investigation = make_investigation()
    taken = make_dataset(investigation=investigation, name="taken")
    for name, error in (("x" * 301, DataError), (taken.name, IntegrityError)):
        fine, bad = (Dataset(investigation=investigation, name=each) for each in ("fine", name))
        with pytest.raises(error), transaction.atomic():
            write_models([fine, bad])
    assert Dataset.objects.get() == taken
