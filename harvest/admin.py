"""The admin pages of harvest, each beside what it shows."""

from harvest.federation.admin import FederationProviderAdmin
from harvest.oaipmh.harvester.admin import HarvestRunAdmin, HarvestSourceAdmin

__all__ = ["FederationProviderAdmin", "HarvestRunAdmin", "HarvestSourceAdmin"]
