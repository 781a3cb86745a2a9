"""When data open: a table of policies and days, each worked out by hand."""

from datetime import date

import pytest

from catalogue.policy.embargo import (
    Anchor,
    Days,
    EmbargoTerms,
    MetadataVisibility,
    ReleaseState,
    add_months,
    first_state,
    has_begun,
    release_date,
)

ENDED, LAST_FILE = date(2024, 3, 10), date(2024, 5, 2)


def terms(**changes: object) -> EmbargoTerms:
    values = {
        "duration_months": 36,
        "anchor": Anchor.END_OF_INVESTIGATION,
        "never_release": False,
        "metadata_visibility": MetadataVisibility.MINIMAL,
    }
    return EmbargoTerms(**values | changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("policy", "ended", "last_file", "expected"),
    [
        pytest.param(terms(), ENDED, LAST_FILE, date(2027, 3, 10), id="three-years-from-the-end"),
        pytest.param(
            terms(anchor=Anchor.LAST_FILE), ENDED, LAST_FILE, date(2027, 5, 2), id="from-last-file"
        ),
        pytest.param(terms(duration_months=0), ENDED, None, ENDED, id="no-embargo"),
        pytest.param(terms(), None, LAST_FILE, date(2027, 5, 2), id="end-unknown-takes-last-file"),
        pytest.param(terms(), None, None, None, id="nothing-known-stays-closed"),
        pytest.param(terms(never_release=True), ENDED, LAST_FILE, None, id="proprietary"),
        pytest.param(None, ENDED, LAST_FILE, None, id="no-policy-stays-closed"),
    ],
)
def test_release_date(
    policy: EmbargoTerms | None, ended: date | None, last_file: date | None, expected: date | None
) -> None:
    assert release_date(policy, Days(ended=ended, last_file=last_file)) == expected


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2024, 2, 29), 36, date(2027, 2, 28)),
        (date(2024, 12, 15), 1, date(2025, 1, 15)),
        (date(2024, 11, 30), 3, date(2025, 2, 28)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


def test_proprietary_terms_make_a_proprietary_investigation() -> None:
    for begun in (True, False):
        proprietary = first_state(terms(never_release=True), has_begun=begun)
        assert proprietary is ReleaseState.PROPRIETARY
    for policy in (terms(), None):
        assert first_state(policy, has_begun=True) is ReleaseState.UNDER_EMBARGO
        assert first_state(policy, has_begun=False) is ReleaseState.PLANNED


@pytest.mark.parametrize(
    ("start", "datasets", "begun"),
    [
        (date(2026, 3, 2), 0, False),
        (date(2026, 3, 1), 0, True),
        (date(2026, 3, 2), 1, True),
        (None, 0, False),
        (None, 1, True),
    ],
)
def test_an_experiment_begins_on_its_first_day_or_with_its_first_data(
    start: date | None, datasets: int, begun: bool
) -> None:
    today = date(2026, 3, 1)
    assert has_begun(start=start, dataset_count=datasets, today=today) is begun
