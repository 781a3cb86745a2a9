"""DOIs, their public records, and who did what."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from catalogue.admin.base import ReadOnlyAdmin, ReadOnlyInline, act_of
from catalogue.models import (
    AuditEvent,
    DataPublication,
    PublicationAgent,
    PublicationItem,
    PublishedRecord,
)
from catalogue.publication.publish import (
    withdraw,
)
from catalogue.publication.tasks import register_doi


class PublicationAgentInline(ReadOnlyInline):
    model = PublicationAgent


class PublicationItemInline(ReadOnlyInline):
    model = PublicationItem


@admin.register(DataPublication)
class DataPublicationAdmin(ReadOnlyAdmin):
    list_display = [
        "doi",
        "title",
        "kind",
        "published_on",
        "doi_state",
        "doi_synchronised",
        "withdrawn_at",
        "landing_page",
    ]
    list_filter = ["kind", "doi_state", "doi_synchronised", "is_test_doi"]
    search_fields = ["doi", "title", "investigation__proposal__code"]
    inlines = [PublicationAgentInline, PublicationItemInline]
    actions = ["withdraw", "register_again"]

    @admin.display(description="Page")
    def landing_page(self, row: DataPublication) -> str:
        return format_html('<a href="{}">open</a>', reverse("portal:landing", args=[row.doi]))

    @admin.action(description="Withdraw, with a reason", permissions=["withdraw"])
    def withdraw(
        self, request: HttpRequest, queryset: QuerySet[DataPublication]
    ) -> TemplateResponse | None:
        """Asks for the reason first: it stays on the tombstone page for good."""
        reason = request.POST.get("reason", "").strip()
        if not reason:
            context = {
                **self.admin_site.each_context(request),
                "title": "Withdraw publications",
                "publications": queryset,
                "was_asked": "reason" in request.POST,
            }
            return TemplateResponse(request, "admin/withdraw.html", context)
        for publication in queryset:
            withdraw(publication.pk, act=act_of(request, reason))
            self.message_user(request, f"{publication.doi} is withdrawn.")
        return None

    def has_withdraw_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("catalogue.change_datapublication")

    @admin.action(description="Send to the registrar again", permissions=["withdraw"])
    def register_again(self, request: HttpRequest, queryset: QuerySet[DataPublication]) -> None:
        for publication in queryset:
            register_doi.delay(publication.pk)
        self.message_user(request, f"{len(queryset)} sent; the state column shows the answer.")


@admin.register(PublishedRecord)
class PublishedRecordAdmin(ReadOnlyAdmin):
    list_display = ["oai_identifier", "title", "datestamp", "is_open", "is_deleted"]
    list_filter = ["is_open", "is_deleted"]
    search_fields = ["oai_identifier", "title"]
    exclude = ["search_vector"]


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ["at", "action", "target_type", "target_label", "actor_name", "reason"]
    list_filter = ["action", "target_type"]
    search_fields = ["target_label", "actor_name", "reason"]
    date_hierarchy = "at"
