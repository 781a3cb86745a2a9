"""The admin pages of harvest, each beside what it shows."""

from harvest.federation.admin import FederationProviderAdmin

__all__ = ["FederationProviderAdmin"]
