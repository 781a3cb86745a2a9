"""The catalogue's tables. Rows are private; what the public reads is PublishedRecord."""

from catalogue.models.access import (
    AccessGrant,
    AccessRequest,
    DataRead,
    InstrumentScientist,
    RequestState,
    UserGroup,
)
from catalogue.models.audit import AuditEvent
from catalogue.models.cart import Cart
from catalogue.models.dataset import (
    Datafile,
    Dataset,
    DatasetInput,
    DatasetKind,
)
from catalogue.models.facility import (
    Facility,
    FacilityKind,
    Instrument,
    Technique,
    TechniqueClosure,
)
from catalogue.models.harvested import HarvestedRecord, Origin
from catalogue.models.investigation import Investigation, InvestigationUser, Proposal, Sample
from catalogue.models.ledger import ReleaseEvent
from catalogue.models.mail import Mail
from catalogue.models.oai import OaiItem, OaiMembership, OaiRecord, OaiSet
from catalogue.models.parameter import (
    DatasetParameter,
    InvestigationParameter,
    Parameter,
    ParameterType,
    SampleParameter,
)
from catalogue.models.person import Affiliation, Person
from catalogue.models.publication import (
    DataPublication,
    DoiState,
    FundingReference,
    PublicationAgent,
    PublicationItem,
    PublicationKind,
    RelatedIdentifier,
)
from catalogue.models.published_record import PublishedRecord
from catalogue.models.registration import DoiUpdate, RegistrarPace
from catalogue.models.release import EmbargoPolicy
from catalogue.models.reminder import Reminder, ReminderKind
from catalogue.models.request import ReleaseRequest, ReleaseRequestState, RequestKind
from catalogue.models.scoring import ScoredItem
from catalogue.models.words import DatasetWords

__all__ = [
    "AccessGrant",
    "AccessRequest",
    "Affiliation",
    "AuditEvent",
    "Cart",
    "DataPublication",
    "DataRead",
    "Datafile",
    "Dataset",
    "DatasetInput",
    "DatasetKind",
    "DatasetParameter",
    "DatasetWords",
    "DoiState",
    "DoiUpdate",
    "EmbargoPolicy",
    "Facility",
    "FacilityKind",
    "FundingReference",
    "HarvestedRecord",
    "Instrument",
    "InstrumentScientist",
    "Investigation",
    "InvestigationParameter",
    "InvestigationUser",
    "Mail",
    "OaiItem",
    "OaiMembership",
    "OaiRecord",
    "OaiSet",
    "Origin",
    "Parameter",
    "ParameterType",
    "Person",
    "Proposal",
    "PublicationAgent",
    "PublicationItem",
    "PublicationKind",
    "PublishedRecord",
    "RegistrarPace",
    "RelatedIdentifier",
    "ReleaseEvent",
    "ReleaseRequest",
    "ReleaseRequestState",
    "Reminder",
    "ReminderKind",
    "RequestKind",
    "RequestState",
    "Sample",
    "SampleParameter",
    "ScoredItem",
    "Technique",
    "TechniqueClosure",
    "UserGroup",
]
