"""The tables of ingest, one module per cluster."""

from ingest.models.dead_letter import DeadLetter, LetterState
from ingest.models.door import BeamlineToken, IdempotentRequest
from ingest.models.inbox import Inbox
from ingest.models.pending import PendingFile
from ingest.models.reports import QualityReport, ValidationReport
from ingest.models.rules import PathRule, TechniqueRule
from ingest.models.run import IngestRun, Outcome

__all__ = [
    "BeamlineToken",
    "DeadLetter",
    "IdempotentRequest",
    "Inbox",
    "IngestRun",
    "LetterState",
    "Outcome",
    "PathRule",
    "PendingFile",
    "QualityReport",
    "TechniqueRule",
    "ValidationReport",
]
