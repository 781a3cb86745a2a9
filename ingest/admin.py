"""Quarantine in the admin: which files are out of the catalogue, why, and another try."""

from pathlib import PurePath
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import Count, Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalogue.admin.base import with_note
from ingest.door.admin import BeamlineTokenAdmin
from ingest.models import IngestRun, Outcome, QualityReport
from ingest.placement import LONGEST_CODE
from ingest.quality.admin import ask_for_validation, show_findings, show_path, show_report
from ingest.queues.admin import DeadLetterAdmin, InboxAdmin, PendingFileAdmin
from ingest.queues.send import BrokerAwayError, send_retries
from ingest.rules.admin import PathRuleAdmin, TechniqueRuleAdmin

# Kinds of reasons that the quarantine begins with.
MOST_REASONS = 12

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


class RetryForm(ActionForm):
    """The choice of an action, and the proposal that many files at once are tried under."""

    proposal = forms.CharField(
        required=False,
        label="Under proposal:",
        widget=forms.TextInput(attrs={"size": 14, "maxlength": LONGEST_CODE}),
    )


@admin.register(IngestRun)
class IngestRunAdmin(admin.ModelAdmin[IngestRun]):
    list_display = ["file", "what_became"]
    list_display_links = None
    action_form = RetryForm
    change_list_template = "admin/ingest/run_list.html"
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

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Begins with the reasons that there are: two hundred files seldom have two hundred."""
        context = {"title": "Ingest runs", "reasons": _reasons(), **(extra_context or {})}
        return super().changelist_view(request, context)

    @admin.display(description="File, and why it is not stored", ordering="path")
    def file(self, run: IngestRun) -> SafeString:
        """Links the name alone: a reason in the colour of links is tiring to read."""
        why = run.reason.removeprefix(f"{PurePath(run.path).name}: ")
        address = reverse("admin:ingest_ingestrun_change", args=[run.pk])
        return format_html(
            '<a href="{}">{}</a>{}{}',
            address,
            show_path(run.path),
            SafeString("<br>" * bool(why)),
            why,
        )

    @admin.display(description="Outcome", ordering="finished_at")
    def what_became(self, run: IngestRun) -> SafeString:
        when = formats.date_format(timezone.localtime(run.finished_at), "j M Y, H:i")
        times = f", {run.attempts} tries" if run.attempts > 1 else ""
        return with_note(run.outcome.capitalize(), f"{when}{times}")

    @admin.display(description="Findings")
    def findings(self, run: IngestRun) -> SafeString:
        return show_findings(run.problems) if run.problems else SafeString("none")

    @admin.display(description="Quality of the metadata")
    def readiness(self, run: IngestRun) -> SafeString:
        report = QualityReport.objects.filter(run=run).first()
        return show_report(report) if report else SafeString("not assessed: read the file again")

    @admin.action(description="Try again", permissions=["change"])
    def retry(self, request: HttpRequest, queryset: QuerySet[IngestRun]) -> None:
        """Reads the files anew: under the proposal that was entered, else the one of their run."""
        proposal = request.POST.get("proposal", "").strip()
        if len(proposal) > LONGEST_CODE or not proposal.isprintable():
            message = f"A proposal has up to {LONGEST_CODE} printable characters; nothing was done."
            self.message_user(request, message, messages.ERROR)
            return
        if proposal:
            self._name_proposal(request, queryset, proposal)
        try:
            sent = send_retries(queryset.select_related("facility"))
        except BrokerAwayError as error:
            self.message_user(request, f"Not sent: {error}.", messages.ERROR)
        else:
            self.message_user(request, f"Tried {sent} again; this list shows the outcomes.")

    def _name_proposal(
        self, request: HttpRequest, runs: QuerySet[IngestRun], proposal: str
    ) -> None:
        """Gives runs another proposal, and writes down who has: it decides who sees the data."""
        LogEntry.objects.log_actions(
            request.user.pk,  # type: ignore[arg-type]
            runs,
            CHANGE,
            change_message=f"Tried again under proposal {proposal}.",
        )
        IngestRun.objects.filter(pk__in=runs.values("pk")).update(proposal_code=proposal)

    @admin.action(description="Validate against the NeXus definitions", permissions=["change"])
    def validate_nexus(self, request: HttpRequest, queryset: QuerySet[IngestRun]) -> None:
        """Checks the stored ones of the files; the others have no dataset to show it with."""
        stored = queryset.filter(datafile__isnull=False)
        self.message_user(
            request, ask_for_validation(list(stored.values_list("datafile_id", flat=True)))
        )


def _reasons() -> list[dict[str, Any]]:
    """Returns the kinds of reasons for which files are not stored, the most frequent first."""
    kept_out = IngestRun.objects.exclude(outcome=Outcome.STORED).values("code")
    found = kept_out.annotate(count=Count("pk"), example=Max("reason")).order_by("-count", "code")
    return [{**row, "label": row["code"].replace("_", " ")} for row in found[:MOST_REASONS]]
