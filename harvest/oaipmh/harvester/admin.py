"""Harvest sources and their runs in the admin; what an endpoint says, and how well it behaves."""

from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from catalogue.admin.base import CatalogueAdmin, ReadOnlyAdmin, with_note
from catalogue.formats.oai_sets import origin_spec
from catalogue.models import HarvestedRecord
from catalogue.publication.reexposure import count_exposed, write_all_anew
from harvest.models import HarvestRun, HarvestSource, HarvestWarning
from harvest.oaipmh.harvester.client import Endpoint, EndpointError, OAIPMHException, Patience
from harvest.oaipmh.harvester.conformance import judge_endpoint
from harvest.oaipmh.harvester.defects import MEANINGS, Defect, Finding
from harvest.oaipmh.harvester.identity import identify, list_formats, list_sets
from harvest.oaipmh.harvester.settling import let_go
from harvest.tasks import harvest_source, settle_source

# Somebody waits for the page: an endpoint gets one chance.
IMPATIENT = Patience(tries=1)
EXAMPLES_SHOWN = 5


class WarningInline(admin.TabularInline[HarvestWarning, HarvestRun]):
    model = HarvestWarning
    fields = ["what", "times", "where"]
    readonly_fields = ["what", "times", "where"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="What")
    def what(self, warning: HarvestWarning) -> str:
        return MEANINGS[Defect(warning.defect)]

    @admin.display(description="Where at first")
    def where(self, warning: HarvestWarning) -> SafeString:
        lines = (
            (one["page"], one["identifier"], one["message"])
            for one in warning.examples[:EXAMPLES_SHOWN]
        )
        return format_html_join("", "<div>page {} <b>{}</b>: {}</div>", lines)


@admin.register(HarvestRun)
class HarvestRunAdmin(ReadOnlyAdmin):
    list_display = ["started_at", "source", "outcome", "came", "was_wrong"]
    list_filter = ["state", "source"]
    list_select_related = ["source"]
    search_fields = ["error"]
    inlines = [WarningInline]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[HarvestRun]:
        rows: QuerySet[HarvestRun] = super().get_queryset(request)
        return rows.annotate(defects=Count("warnings"))

    @admin.display(description="State", ordering="state")
    def outcome(self, run: HarvestRun) -> SafeString:
        return with_note(run.get_state_display(), run.error)

    @admin.display(description="Records")
    def came(self, run: HarvestRun) -> str:
        """Tells what came; what came none of is not told."""
        told = [f"{number:,} {name}" for name, number in run.numbers().items() if number]
        return f"{run.listed:,} listed" + (f": {', '.join(told)}" if told else "")

    @admin.display(description="Defects", ordering="defects")
    def was_wrong(self, run: Any) -> str:
        return f"{run.defects} kind{'' if run.defects == 1 else 's'}" if run.defects else "none"


@admin.register(HarvestSource)
class HarvestSourceAdmin(CatalogueAdmin[HarvestSource]):
    list_display = ["called", "last_run", "due"]
    list_filter = ["is_active", "is_shown"]
    search_fields = ["name", "base_url"]
    actions = ["harvest_now", "harvest_everything"]
    fieldsets = [
        (None, {"fields": ["name", "base_url", "metadata_prefix", "set_spec"]}),
        ("When", {"fields": ["interval_h", "is_active", "is_incremental"]}),
        ("What becomes of its records", {"fields": ["is_shown", "is_reexposed", "exposed"]}),
        ("How far it has come", {"fields": ["last_run", "harvested_until", "due_at", "place"]}),
    ]
    readonly_fields = ["last_run", "harvested_until", "due_at", "place", "exposed"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[HarvestSource]:
        last = HarvestRun.objects.filter(source=OuterRef("pk")).order_by("-started_at", "-pk")
        return (
            super()
            .get_queryset(request)
            .annotate(
                last_state=Subquery(last.values("state")[:1]),
                last_error=Subquery(last.values("error")[:1]),
                last_started=Subquery(last.values("started_at")[:1]),
            )
            .filter(is_leaving=False)
        )

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        name = "harvest_harvestsource"
        return [
            path("conformance/", wrap(self.own_conformance), name=f"{name}_own_conformance"),
            path("<int:pk>/connection/", wrap(self.connection), name=f"{name}_connection"),
            path("<int:pk>/conformance/", wrap(self.conformance), name=f"{name}_conformance"),
            *super().get_urls(),
        ]

    @admin.display(description="Source", ordering="name")
    def called(self, source: HarvestSource) -> SafeString:
        return with_note(source.name, source.base_url)

    @admin.display(description="Last run")
    def last_run(self, source: Any) -> SafeString | str:
        if source.last_started is None:
            return "never"
        moment = date_format(localtime(source.last_started), "DATETIME_FORMAT")
        return with_note(f"{source.last_state}, {moment}", source.last_error)

    @admin.display(description="Due at", ordering="due_at")
    def due(self, source: HarvestSource) -> datetime | str | None:
        return source.due_at if source.is_active else "not: it is disabled"

    @admin.display(description="Exposed again now")
    def exposed(self, source: HarvestSource) -> SafeString | str:
        number = count_exposed(source)
        text = f"{number:,} record{'' if number == 1 else 's'}"
        if source.is_unsettled:
            text += ", on the way to what is chosen"
        if not source.is_reexposed:
            return text
        spec = origin_spec(source.base_url)
        address = f"{reverse('harvest:oai')}?verb=ListRecords&metadataPrefix=oai_dc&set={spec}"
        return format_html('<a href="{}">{}</a>', address, f"{text}, in the set {spec}")

    def save_model(
        self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool
    ) -> None:
        """Has the choice carried out once it is stored; a new address is in every provenance."""
        super().save_model(request, obj, form, change)
        edited = {"is_reexposed", "base_url"} & set(form.changed_data)
        if not (change and edited):
            return
        if "base_url" in edited:
            write_all_anew(obj)
        obj.is_unsettled = True
        obj.save(update_fields=["is_unsettled"])
        transaction.on_commit(lambda: settle_source.delay(obj.pk))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.delete_queryset(request, HarvestSource.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[HarvestSource]) -> None:
        """Sends sources to be deleted batch by batch; they are gone from the portal at once."""
        for source in queryset:
            let_go(source)
            transaction.on_commit(partial(settle_source.delay, source.pk))

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Counts what goes with a source; listing a million records would take minutes."""
        sources = list(objs)
        records = HarvestedRecord.objects.filter(origin__in=[source.pk for source in sources])
        counts = {"harvest sources": len(sources), "harvested records": records.count()}
        missing = set() if self.has_delete_permission(request) else {"harvest source"}
        return list(map(str, sources)), counts, missing, []

    @admin.display(description="Under way")
    def place(self, source: HarvestSource) -> str:
        window = source.window
        if not window:
            return "nothing: the next run begins a new harvest"
        since = window["since"] or "the beginning"
        token = window["token"][:80] or "none"
        return f"changes since {since}: {window['listed']:,} records listed; next token: {token}"

    @admin.action(description="Harvest now", permissions=["change"])
    def harvest_now(self, request: HttpRequest, queryset: QuerySet[HarvestSource]) -> None:
        self._send(request, queryset, is_full=False)

    @admin.action(description="Harvest everything anew", permissions=["change"])
    def harvest_everything(self, request: HttpRequest, queryset: QuerySet[HarvestSource]) -> None:
        self._send(request, queryset, is_full=True)

    def _send(
        self, request: HttpRequest, queryset: QuerySet[HarvestSource], *, is_full: bool
    ) -> None:
        for source in queryset:
            harvest_source.delay(source.pk, is_full)
        self.message_user(request, "Sent; the harvest runs show what comes.", messages.SUCCESS)

    def connection(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Shows what an endpoint says of itself: Identify, formats and sets."""
        source = self._source(request, pk)
        context: dict[str, Any] = {"title": f"Test the connection to {source}", "source": source}
        if request.method == "POST":
            context |= _said(source)
        return self._page(request, "connection", context)

    def conformance(self, request: HttpRequest, pk: int) -> HttpResponse:
        source = self._source(request, pk)
        hosts = tuple(settings.PRIVATE_HOSTS)
        return self._judge(request, source.name, source.base_url, hosts, source)

    def own_conformance(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        own = urlsplit(settings.BASE_URL).hostname or ""
        return self._judge(request, "our own endpoint", f"{settings.BASE_URL}/oai", (own,), None)

    def _judge(
        self,
        request: HttpRequest,
        name: str,
        base_url: str,
        private_hosts: tuple[str, ...],
        source: HarvestSource | None,
    ) -> HttpResponse:
        context: dict[str, Any] = {
            "title": f"OAI-PMH rules and {name}",
            "base_url": base_url,
            "source": source,
        }
        if request.method == "POST":
            context["report"] = judge_endpoint(base_url, private_hosts=private_hosts)
        return self._page(request, "conformance", context)

    def _source(self, request: HttpRequest, pk: int) -> HarvestSource:
        """Returns a source to somebody who may change it: its endpoint is going to be asked.

        Raises:
            PermissionDenied: who asks may not.
        """
        if not self.has_change_permission(request):
            raise PermissionDenied
        return get_object_or_404(HarvestSource, pk=pk)

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, f"admin/harvest/{name}.html", shared | context)


def _said(source: HarvestSource) -> dict[str, Any]:
    findings: list[Finding] = []
    with Endpoint(source.base_url, patience=IMPATIENT) as endpoint:
        try:
            identity = identify(endpoint, findings.append)
            formats = list_formats(endpoint)
            sets = list_sets(endpoint)
        except (EndpointError, OAIPMHException) as error:
            return {"error": str(error) or type(error).__name__}
    return {
        "identity": identity,
        "formats": formats,
        "has_format": source.metadata_prefix in {one.prefix for one in formats},
        "sets": sets,
        "findings": findings,
    }
