"""The tables of harvest, one module per cluster."""

from harvest.models.federation import FederationProvider
from harvest.models.run import HarvestRun, HarvestWarning, RunState
from harvest.models.source import HarvestSource, Interval

__all__ = [
    "FederationProvider",
    "HarvestRun",
    "HarvestSource",
    "HarvestWarning",
    "Interval",
    "RunState",
]
