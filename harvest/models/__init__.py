"""The tables of harvest, one module per cluster."""

from harvest.models.federation import FederationProvider

__all__ = ["FederationProvider"]
