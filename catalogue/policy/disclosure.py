"""Which fields of a record the public is told before the data are open, pure."""

from datetime import date

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


def shown_fields(
    terms: EmbargoTerms | None, *, ended: date | None, today: date
) -> frozenset[MetadataField]:
    """Returns the fields the public is told on a day while the data are closed.

    ended: last day of the experiment; an experiment whose end is not known has not ended.
    """
    has_ended = ended is not None and ended < today
    told = {Moment.ACCEPTANCE, *([Moment.END_OF_EXPERIMENT] if has_ended else [])}
    return frozenset(name for name, moment in moments(terms).items() if moment in told)
