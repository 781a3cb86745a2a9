"""The catalogue's tables. Rows are private; what the public reads is PublishedRecord."""

from catalogue.models.audit import AuditEvent
from catalogue.models.dataset import (
    Datafile,
    Dataset,
    DatasetInput,
    DatasetKind,
    DatasetParameter,
    InvestigationParameter,
    Parameter,
    ParameterType,
    SampleParameter,
)
from catalogue.models.facility import (
    Facility,
    FacilityKind,
    Instrument,
    Technique,
    TechniqueClosure,
)
from catalogue.models.harvested import HarvestedRecord, Origin, ReexposedRecord
from catalogue.models.investigation import Investigation, InvestigationUser, Proposal, Sample
from catalogue.models.person import Affiliation, Person
from catalogue.models.publication import (
    DataPublication,
    DoiState,
    PublicationAgent,
    PublicationItem,
    PublicationKind,
    PublishedRecord,
    PublishedRecordSet,
)
from catalogue.models.release import EmbargoPolicy

__all__ = [
    "Affiliation",
    "AuditEvent",
    "DataPublication",
    "Datafile",
    "Dataset",
    "DatasetInput",
    "DatasetKind",
    "DatasetParameter",
    "DoiState",
    "EmbargoPolicy",
    "Facility",
    "FacilityKind",
    "HarvestedRecord",
    "Instrument",
    "Investigation",
    "InvestigationParameter",
    "InvestigationUser",
    "Origin",
    "Parameter",
    "ParameterType",
    "Person",
    "Proposal",
    "PublicationAgent",
    "PublicationItem",
    "PublicationKind",
    "PublishedRecord",
    "PublishedRecordSet",
    "ReexposedRecord",
    "Sample",
    "SampleParameter",
    "Technique",
    "TechniqueClosure",
]
