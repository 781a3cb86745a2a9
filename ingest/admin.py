"""Quarantine in the admin: which files are out of the catalogue, why, and another try."""

from pathlib import PurePath
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ingest.door.admin import BeamlineTokenAdmin
from ingest.models import IngestRun, Outcome, QualityReport
from ingest.quality.admin import ask_for_validation, show_findings, show_path, show_report
from ingest.queues.admin import DeadLetterAdmin, InboxAdmin, PendingFileAdmin
from ingest.queues.send import BrokerAwayError, send_retries
from ingest.rules.admin import PathRuleAdmin, TechniqueRuleAdmin

__all__ = [
    "BeamlineTokenAdmin",
    "DeadLetterAdmin",
    "InboxAdmin",
    "IngestRunAdmin",
    "PathRuleAdmin",
    "PendingFileAdmin",
    "TechniqueRuleAdmin",
]


class NotStoredFilter(admin.SimpleListFilter):
    """Opens on what needs a person: everything that is not stored."""

    title = "outcome"
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        named = [(outcome.value, outcome.value.capitalize()) for outcome in Outcome]
        return [*named, ("all", "All")]

    def choices(self, changelist: Any) -> Any:
        default, *others = super().choices(changelist)
        return [{**default, "display": "Not stored"}, *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[IngestRun]) -> Any:
        if self.value() is None:
            return queryset.exclude(outcome=Outcome.STORED)
        return queryset if self.value() == "all" else queryset.filter(outcome=self.value())


@admin.register(IngestRun)
class IngestRunAdmin(admin.ModelAdmin[IngestRun]):
    list_display = ["file", "why", "what_became"]
    list_filter = [NotStoredFilter, "facility", "code"]
    search_fields = ["path", "reason"]
    actions = ["retry", "validate_nexus"]
    exclude = ["problems", "mtime_ns"]
    readonly_fields = [
        "path",
        "outcome",
        "code",
        "reason",
        "findings",
        "readiness",
        "facility",
        "instrument",
        "size_bytes",
        "sha256",
        "attempts",
        "first_seen_at",
        "finished_at",
        "datafile",
    ]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="File", ordering="path")
    def file(self, run: IngestRun) -> SafeString:
        return show_path(run.path)

    @admin.display(description="Reason", ordering="reason")
    def why(self, run: IngestRun) -> str:
        return run.reason.removeprefix(f"{PurePath(run.path).name}: ")

    @admin.display(description="Outcome", ordering="finished_at")
    def what_became(self, run: IngestRun) -> SafeString:
        when = formats.date_format(timezone.localtime(run.finished_at), "j M Y, H:i")
        times = f", {run.attempts} tries" if run.attempts > 1 else ""
        return format_html(
            '{}<br><span class="quiet">{}{}</span>', run.outcome.capitalize(), when, times
        )

    @admin.display(description="Findings")
    def findings(self, run: IngestRun) -> SafeString:
        return show_findings(run.problems) if run.problems else SafeString("none")

    @admin.display(description="Quality of the metadata")
    def readiness(self, run: IngestRun) -> SafeString:
        report = QualityReport.objects.filter(run=run).first()
        return show_report(report) if report else SafeString("not assessed: read the file again")

    @admin.action(description="Try again", permissions=["change"])
    def retry(self, request: HttpRequest, queryset: QuerySet[IngestRun]) -> None:
        """Reads the files anew, each under the proposal that its run now names."""
        try:
            sent = send_retries(queryset.select_related("facility"))
        except BrokerAwayError as error:
            self.message_user(request, f"Not sent: {error}.", messages.ERROR)
        else:
            self.message_user(request, f"Tried {sent} again; this list shows the outcomes.")

    @admin.action(description="Validate against the NeXus definitions", permissions=["change"])
    def validate_nexus(self, request: HttpRequest, queryset: QuerySet[IngestRun]) -> None:
        """Checks the stored ones of the files; the others have no dataset to show it with."""
        stored = queryset.filter(datafile__isnull=False)
        self.message_user(
            request, ask_for_validation(list(stored.values_list("datafile_id", flat=True)))
        )
