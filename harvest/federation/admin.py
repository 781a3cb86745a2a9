"""The providers of federated search in the admin, with how they are doing."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from catalogue.admin.base import CatalogueAdmin, with_note
from catalogue.outbound.addresses import BadAddressError, check_url
from harvest.federation.breaker import Breaker, breaker_of
from harvest.federation.trial import try_provider
from harvest.models import FederationProvider


class ProviderForm(ModelForm[FederationProvider]):
    """An address that can be asked; only the row of this catalogue has none."""

    def clean_base_url(self) -> str:
        given: str = self.cleaned_data["base_url"]
        if not given:
            if FederationProvider.objects.filter(base_url="").exclude(pk=self.instance.pk).exists():
                raise ValidationError("Only this catalogue itself has no address; enter one.")
            return ""
        try:
            return check_url(given)
        except BadAddressError as error:
            raise ValidationError(str(error)) from error


@admin.register(FederationProvider)
class FederationProviderAdmin(CatalogueAdmin[FederationProvider]):
    form = ProviderForm
    list_display = ["name", "health", "latency", "address", "is_enabled"]
    list_filter = ["is_enabled"]
    search_fields = ["name", "slug", "facility", "base_url"]
    prepopulated_fields = {"slug": ["name"]}
    actions = ["test_connection", "enable", "disable"]
    readonly_fields = ["health", "failures", "retry_at", "answered_at", "failed_at", "latency"]

    def has_delete_permission(
        self, request: HttpRequest, obj: FederationProvider | None = None
    ) -> bool:
        """This catalogue is disabled instead: it would come back with the next migration."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and not (obj is not None and obj.is_own)

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: FederationProvider | None = None
    ) -> dict[str, Any]:
        return {} if obj else {"slug": ["name"]}

    @admin.display(description="Address", ordering="base_url")
    def address(self, row: FederationProvider) -> str:
        return row.base_url or "asked in process"

    @admin.display(description="Health")
    def health(self, row: FederationProvider) -> SafeString | str:
        match breaker_of(row.retry_at, now=timezone.now()):
            case Breaker.CLOSED if row.failures:
                return with_note(f"has failed ({row.failures} in a row), still asked", row.error)
            case Breaker.CLOSED:
                return "works" if row.answered_at or row.is_own else "not asked yet"
            case Breaker.HALF_OPEN:
                return with_note("down, tried with the next search", row.error)
            case Breaker.OPEN:
                return with_note(f"down, left alone until {row.retry_at:%H:%M:%S} UTC", row.error)

    @admin.display(description="Took")
    def latency(self, row: FederationProvider) -> str:
        return "" if row.latency_ms is None else f"{row.latency_ms} ms"

    @admin.action(description="Test connection", permissions=["change"])
    def test_connection(self, request: HttpRequest, queryset: QuerySet[FederationProvider]) -> None:
        """Asks each for what a search would; one that answers is asked again from now on."""
        for row in queryset:
            trial = try_provider(row)
            level = messages.SUCCESS if trial.is_good else messages.ERROR
            self.message_user(request, f"{row.name}: {trial.told}", level)

    @admin.action(description="Enable", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[FederationProvider]) -> None:
        self.message_user(request, f"Enabled: {queryset.update(is_enabled=True)}.")

    @admin.action(description="Disable", permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[FederationProvider]) -> None:
        self.message_user(request, f"Disabled: {queryset.update(is_enabled=False)}.")
