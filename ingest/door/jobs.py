"""What a job says about its files, put together from the catalogue."""

from datetime import datetime

from django.conf import settings

from catalogue.models import Facility, Instrument
from ingest.door.binding import Binding, spellings
from ingest.judge import Job


def job_of_instrument(instrument: Instrument, *, proposal: str, now: datetime) -> Job:
    """Returns a job whose files are all of one instrument and of its facility."""
    facility = instrument.facility
    others = Facility.objects.exclude(pk=facility.pk).values_list("slug", "name")
    binding = Binding(
        instrument_id=instrument.pk,
        slug=instrument.slug,
        instrument=instrument.name,
        instrument_names=spellings(instrument.slug, instrument.name, instrument.long_name),
        facility=facility.name,
        facility_names=spellings(facility.slug, facility.name),
        other_facilities=spellings(*(name for names in others for name in names)),
    )
    return Job(facility, proposal, now, binding, spool=str(settings.UPLOAD_FOLDER))
