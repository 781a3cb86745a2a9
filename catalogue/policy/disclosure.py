"""Which fields of a record the public is told before the data are open, pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from catalogue.policy.embargo import EmbargoTerms, MetadataField, MetadataVisibility, Moment

# The least that a DOI says of an experiment (DataCite's mandatory properties, and where and when).
_MINIMAL = frozenset(
    {
        MetadataField.TITLE,
        MetadataField.PEOPLE,
        MetadataField.INSTRUMENT,
        MetadataField.DATES,
        MetadataField.PROPOSAL,
    }
)
_AT_ONCE = {
    MetadataVisibility.FULL: frozenset(MetadataField),
    MetadataVisibility.MINIMAL: _MINIMAL,
    MetadataVisibility.WITH_DATA: frozenset[MetadataField](),
}


def moments(terms: EmbargoTerms | None) -> dict[MetadataField, Moment]:
    """Returns from when on each field is told. Without a policy: with the data."""
    at_once = _AT_ONCE[terms.metadata_visibility] if terms else frozenset()
    usual = {
        name: Moment.ACCEPTANCE if name in at_once else Moment.WITH_DATA for name in MetadataField
    }
    return usual | dict(terms.field_moments if terms else ())


@dataclass(frozen=True, slots=True)
class Milestones:
    """The days from which on the public is told more.

    accepted: None where the day is not known, of a proposal that has been given beamtime all the
    same. ended: last day of the experiment; one whose end is not known has not ended.
    """

    accepted: date | None = None
    ended: date | None = None

    def first_day(self, moment: Moment) -> date | None:
        """Returns the day on which a moment comes; None: not known, or with the data."""
        match moment:
            case Moment.ACCEPTANCE:
                return self.accepted or date.min
            case Moment.END_OF_EXPERIMENT:
                return self.ended + timedelta(days=1) if self.ended else None
            case Moment.WITH_DATA:
                return None


def shown_fields(
    terms: EmbargoTerms | None, milestones: Milestones, *, today: date
) -> frozenset[MetadataField]:
    """Returns the fields the public is told on a day while the data are closed."""
    return frozenset(
        name
        for name, moment in moments(terms).items()
        if (day := milestones.first_day(moment)) is not None and day <= today
    )


def next_disclosure(
    terms: EmbargoTerms | None, milestones: Milestones, *, today: date
) -> date | None:
    """Returns the next day on which the public is told more of closed data, if one is known."""
    days = (milestones.first_day(moment) for moment in moments(terms).values())
    return min((day for day in days if day is not None and day > today), default=None)
