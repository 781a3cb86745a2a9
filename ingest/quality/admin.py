"""Quality in the admin: reports by score, the league table, and validation of chosen datasets."""

from collections.abc import Sequence

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from catalogue.admin.base import ReadOnlyAdmin, with_note
from catalogue.admin.dataset import DatasetAdmin
from catalogue.models import Datafile, Dataset
from ingest.models import QualityReport
from ingest.quality.findings import groups_of
from ingest.quality.league import SORTS, sort_by, standings
from ingest.quality.league_export import as_csv, as_json
from ingest.templatetags.quality import quality_of
from ingest.validation.tasks import validate_in_background

# A file takes about half a second, and whoever asked is waiting.
MOST_IN_A_REQUEST = 10
HEADINGS = {
    "instrument": "Instrument",
    "files": "Files",
    "stored": "Stored",
    "quarantined": "Quarantined",
    "deferred": "Deferred",
    "score": "Score",
    "trend": "Trend",
    "errors": "NeXus errors",
}


def show_findings(findings: Sequence[dict[str, str]]) -> SafeString:
    """Returns findings as the admin shows them: by severity, with path, code and what to do."""
    return render_to_string("ingest/findings.html", {"groups": groups_of(findings)})


def show_report(report: QualityReport) -> SafeString:
    """Returns the fields of one report: their state, where they stand, what to write."""
    context = {"report": report, "rows": report.rows()}
    return render_to_string("admin/ingest/quality_fields.html", context)


def show_quality(dataset: Dataset) -> SafeString:
    """Returns the quality of a dataset's metadata as its page shows it."""
    return render_to_string("ingest/quality.html", quality_of(dataset))


def ask_for_validation(datafile_ids: Sequence[int]) -> str:
    """Has files validated anew and returns what to tell the person who asked."""
    count = len(datafile_ids)
    in_request = settings.CELERY_TASK_ALWAYS_EAGER
    chosen = list(datafile_ids)[: MOST_IN_A_REQUEST if in_request else None]
    validate_in_background.delay(chosen, again=True)
    files = f"{count} file{'' if count == 1 else 's'}"
    if len(chosen) < count:
        return (
            f"NeXus validation of {len(chosen)} of {files}: done. Without a broker there is no "
            "background; run manage.py validate_nexus for the others."
        )
    state = "done" if in_request else "under way"
    return f"NeXus validation of {files}: {state}; the results are with the datasets."


def show_path(path: str) -> SafeString:
    """Returns a file's name above its folder, which may be broken at each step."""
    folder, _, name = path.rpartition("/")
    steps = ((step,) for step in folder.split("/"))
    shown = format_html_join(SafeString("<wbr>"), "{}/", steps)
    return with_note(name, shown)


@admin.register(QualityReport)
class QualityReportAdmin(ReadOnlyAdmin):
    """The reports, the worst first; an instrument's line of the league table leads here."""

    list_display = ["file", "score_of_100", "instrument", "to_mend", "written_at"]
    list_select_related = ["run", "instrument__facility"]
    list_filter = ["facility", "instrument"]
    search_fields = ["run__path"]
    show_full_result_count = False
    change_list_template = "admin/ingest/quality_list.html"
    fields = ["file", "score_of_100", "instrument", "fields_table", "run_link"]
    readonly_fields = ["file", "score_of_100", "instrument", "fields_table", "run_link"]

    def get_urls(self) -> list[URLPattern]:
        league = self.admin_site.admin_view(self.league)
        return [path("league/", league, name="ingest_quality_league"), *super().get_urls()]

    @admin.display(description="File", ordering="run__path")
    def file(self, report: QualityReport) -> SafeString:
        return show_path(report.run.path)

    @admin.display(description="Score", ordering="score")
    def score_of_100(self, report: QualityReport) -> str:
        return str(report)

    @admin.display(description="What costs most")
    def to_mend(self, report: QualityReport) -> str:
        labels = [row["label"] for row in report.rows() if row["state"] != "present"]
        more = f" and {len(labels) - 3} more" if len(labels) > 3 else ""
        return ", ".join(labels[:3]) + more or "–"

    @admin.display(description="Fields")
    def fields_table(self, report: QualityReport) -> SafeString:
        return show_report(report)

    @admin.display(description="Ingest run")
    def run_link(self, report: QualityReport) -> SafeString:
        address = reverse("admin:ingest_ingestrun_change", args=[report.pk])
        return format_html('<a href="{}">{}</a>', address, report.run)

    def league(self, request: HttpRequest) -> HttpResponse:
        """Shows the league table; `sort` takes a column, `format` csv or json."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        sort = request.GET.get("sort", "score")
        rows = sort_by(standings(now=timezone.now()), sort)
        match request.GET.get("format"):
            case "csv":
                return _download(as_csv(rows))
            case "json":
                return JsonResponse({"instruments": as_json(rows)})
        context = {
            **self.admin_site.each_context(request),
            "title": "Quality by instrument",
            "opts": QualityReport._meta,
            "rows": rows,
            "columns": [_column(name, sort) for name in SORTS],
        }
        return TemplateResponse(request, "admin/ingest/league.html", context)


def _column(name: str, sort: str) -> dict[str, str]:
    """Returns a heading; following it sorts by it, following it again the other way round."""
    is_down = sort == f"-{name}"
    is_sorted = sort.removeprefix("-") == name
    return {
        "label": HEADINGS[name],
        "sort": f"-{name}" if sort == name else name,
        "aria": ("descending" if is_down else "ascending") if is_sorted else "none",
        "arrow": ("▼" if is_down else "▲") if is_sorted else "",
        "is_number": "" if name == "instrument" else "yes",
    }


def _download(text: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="quality-by-instrument.csv"'
    return response


class DatasetQualityAdmin(DatasetAdmin):
    """The catalogue's own page of a dataset, with what ingest knows of its quality."""

    actions = [*DatasetAdmin.actions, "validate_nexus"]
    readonly_fields = [*DatasetAdmin.readonly_fields, "quality"]

    @admin.display(description="Quality of the metadata")
    def quality(self, dataset: Dataset) -> SafeString | str:
        return show_quality(dataset) if dataset.pk else "–"

    @admin.action(description="Validate against the NeXus definitions", permissions=["change"])
    def validate_nexus(self, request: HttpRequest, queryset: QuerySet[Dataset]) -> None:
        ids = Datafile.objects.filter(dataset__in=queryset).values_list("pk", flat=True)
        self.message_user(request, ask_for_validation(list(ids)))


admin.site.unregister(Dataset)
admin.site.register(Dataset, DatasetQualityAdmin)
