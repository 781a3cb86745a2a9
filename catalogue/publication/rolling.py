"""Policies that count from each dataset's own day: when each opens."""

from django.db.models import F
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, Greatest

from catalogue.models import Dataset, Investigation
from catalogue.policy.embargo import Anchor

# As `policy.embargo.add_months`: 31 January and a month is the last of February.
_OPENS = (
    "LEAST((start AT TIME ZONE %s)::date + make_interval(months => %s), DATE '9999-12-31')::date"
)


def schedule_datasets(investigation: Investigation) -> None:
    """Sets the day on which each dataset opens by itself; as a whole, it only moves to later days.

    A dataset without a day of its own opens with the rest of its investigation.
    """
    policy = investigation.proposal.embargo_policy
    datasets = Dataset.objects.filter(investigation=investigation)
    if policy is None or policy.anchor != Anchor.DATA_CREATED or policy.never_release:
        datasets.exclude(release_date=None).update(release_date=None)
        return
    months = policy.duration_months + investigation.extended_months
    zone = investigation.proposal.facility.time_zone
    opens = RawSQL(_OPENS, [zone, months])  # noqa: S611 constants and parameters only
    datasets.exclude(start=None).update(
        release_date=Greatest(opens, Coalesce(F("release_date"), opens))
    )
