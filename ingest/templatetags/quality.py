"""The quality of a dataset's metadata on its page: `{% load quality %}{% quality_of dataset %}`."""

from typing import Any

from django import template

from catalogue.models import Dataset
from ingest.models import QualityReport
from ingest.quality.findings import groups_of

register = template.Library()
# A dataset is a file; of one that was put together by hand the first few are enough to act on.
MOST_FILES = 5


@register.inclusion_tag("ingest/quality.html")
def quality_of(dataset: Dataset) -> dict[str, Any]:
    """Returns the reports on a dataset's files; only for those who may see paths and values."""
    reports = (
        QualityReport.objects.filter(run__datafile__dataset=dataset, score__isnull=False)
        .select_related("run__datafile__validation")
        .order_by("score", "pk")[:MOST_FILES]
    )
    return {"reports": [_shown(report) for report in reports]}


def _shown(report: QualityReport) -> dict[str, Any]:
    rows = report.rows()
    validation = getattr(report.run.datafile, "validation", None)
    return {
        "file": report.run.datafile,
        "score": report.score,
        "total": len(rows),
        "to_mend": [row for row in rows if row["state"] != "present"],
        "present": [row for row in rows if row["state"] == "present"],
        "validation": validation,
        "violations": groups_of(validation.findings) if validation else [],
    }
