"""DOIs, their public records, and who did what."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from catalogue.admin.base import ReadOnlyAdmin, ReadOnlyInline, act_of
from catalogue.models import (
    AuditEvent,
    DataPublication,
    DoiUpdate,
    OaiItem,
    OaiRecord,
    PublicationAgent,
    PublicationItem,
    PublishedRecord,
)
from catalogue.models.base import choices_of
from catalogue.models.publication import PublicationState
from catalogue.publication.outbox import send_again
from catalogue.publication.publish import CannotPublishError, withdraw
from catalogue.publication.tasks import register_doi
from catalogue.publication.upkeep import tell_registrar


class PublicationAgentInline(ReadOnlyInline):
    model = PublicationAgent


class PublicationItemInline(ReadOnlyInline):
    model = PublicationItem


class StateFilter(admin.SimpleListFilter):
    """Publications by the word that their people read of them."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return choices_of(PublicationState)

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[DataPublication]
    ) -> QuerySet[DataPublication]:
        match self.value():
            case None:
                return queryset
            case PublicationState.WITHDRAWN:
                return queryset.exclude(withdrawn_at=None)
            case PublicationState.AMENDED:
                return queryset.filter(withdrawn_at=None).exclude(amended_at=None)
            case state:
                return queryset.filter(withdrawn_at=None, amended_at=None, doi_state=state)


@admin.register(DataPublication)
class DataPublicationAdmin(ReadOnlyAdmin):
    list_display = [
        "doi",
        "title",
        "kind",
        "version",
        "published_on",
        "state",
        "is_sent",
        "withdrawn_at",
        "landing_page",
    ]
    list_select_related = ["doi_update"]
    list_filter = ["kind", StateFilter, "is_test_doi"]
    search_fields = ["doi", "title", "investigation__proposal__code"]
    inlines = [PublicationAgentInline, PublicationItemInline]
    actions = ["withdraw", "register_again"]

    @admin.display(description="State")
    def state(self, row: DataPublication) -> str:
        return row.state.value.capitalize()

    @admin.display(description="Page")
    def landing_page(self, row: DataPublication) -> str:
        if row.is_reserved:
            return ""
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
            try:
                withdraw(publication.pk, act=act_of(request, reason))
            except CannotPublishError as error:
                self.message_user(request, " ".join(error.problems), messages.ERROR)
            else:
                self.message_user(request, f"{publication.doi} is withdrawn.")
        return None

    def has_withdraw_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("catalogue.change_datapublication")

    @admin.display(description="Sent", boolean=True)
    def is_sent(self, row: DataPublication) -> bool:
        return not hasattr(row, "doi_update")

    @admin.action(description="Send to the registrar again", permissions=["withdraw"])
    def register_again(self, request: HttpRequest, queryset: QuerySet[DataPublication]) -> None:
        for publication in queryset:
            tell_registrar(publication, now=timezone.now())
        self.message_user(request, f"{len(queryset)} sent; the state column shows the answer.")


@admin.register(DoiUpdate)
class DoiUpdateAdmin(ReadOnlyAdmin):
    """The outbox: what DataCite has yet to be told, what failed first."""

    list_display = ["doi", "title", "error", "attempts", "is_refused", "since", "due_at"]
    list_select_related = ["publication"]
    list_filter = ["is_refused"]
    search_fields = ["publication__doi", "publication__title", "error"]
    actions = ["send_again"]

    @admin.display(description="DOI", ordering="publication__doi")
    def doi(self, row: DoiUpdate) -> str:
        return row.publication.doi

    @admin.display(ordering="publication__title")
    def title(self, row: DoiUpdate) -> str:
        return row.publication.title

    @admin.action(description="Send again now", permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[DoiUpdate]) -> None:
        chosen = list(queryset.values_list("pk", flat=True))
        send_again(chosen, now=timezone.now())
        for publication_id in chosen:
            register_doi.delay(publication_id)
        left = DoiUpdate.objects.filter(pk__in=chosen).count()
        self.message_user(request, f"{len(chosen)} sent, {left} of them not done yet.")

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("catalogue.change_datapublication")


@admin.register(PublishedRecord)
class PublishedRecordAdmin(ReadOnlyAdmin):
    list_display = ["publication", "title", "datestamp", "is_open", "is_deleted"]
    list_filter = ["is_open", "is_deleted"]
    list_select_related = ["publication"]
    search_fields = ["publication__doi", "title"]
    exclude = ["search_vector"]


class OaiRecordInline(ReadOnlyInline):
    model = OaiRecord


@admin.register(OaiItem)
class OaiItemAdmin(ReadOnlyAdmin):
    list_display = ["identifier", "datestamp", "is_deleted"]
    list_filter = ["is_deleted"]
    search_fields = ["identifier"]
    inlines = [OaiRecordInline]


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ["at", "action", "target_type", "target_label", "actor_name", "reason"]
    list_filter = ["action", "target_type"]
    search_fields = ["target_label", "actor_name", "reason"]
    date_hierarchy = "at"
