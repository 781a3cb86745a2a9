"""The data managers' cockpit of releases, the ledger, and what people have asked for."""

from datetime import date, timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, DateField, DurationField, Exists, F, Func, OuterRef, Q, QuerySet
from django.db.models.functions import Cast, TruncMonth
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from catalogue.admin.base import ReadOnlyAdmin
from catalogue.models import (
    Investigation,
    InvestigationUser,
    Mail,
    ReleaseEvent,
    ReleaseRequest,
)
from catalogue.policy.embargo import IN_EMBARGO, ReleaseState
from catalogue.publication.automatic import due, incomplete
from catalogue.vocabulary.roles import Role

ROWS_SHOWN = 50


@admin.register(ReleaseEvent)
class ReleaseEventAdmin(ReadOnlyAdmin):
    """The ledger, line by line; its list leads to the cockpit."""

    list_display = [
        "number",
        "at",
        "label",
        "action",
        "actor_name",
        "actor_role",
        "state_before",
        "state_after",
        "opens_after",
        "reason",
    ]
    list_filter = ["action", "actor_role", "state_after"]
    search_fields = ["label", "actor_name", "reason"]
    show_full_result_count = False

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.cockpit)
        return [path("cockpit/", page, name="catalogue_release_cockpit"), *super().get_urls()]

    def cockpit(self, request: HttpRequest) -> HttpResponse:
        """Shows what opens when, what waits for a decision, and what has gone wrong."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": "Releases",
            "opts": ReleaseEvent._meta,
            **_cockpit(),
        }
        return TemplateResponse(request, "admin/cockpit.html", context)


def _cockpit() -> dict[str, Any]:
    today = timezone.localdate()
    rows = Investigation.objects.select_related("proposal", "instrument")
    closed = rows.filter(release_state__in=IN_EMBARGO)
    coming = closed.filter(release_date__gt=today)
    soon = coming.filter(release_date__lte=today + timedelta(days=180))
    return {
        "months": coming.order_by()
        .values(month=TruncMonth("release_date"))
        .annotate(count=Count("pk"))
        .order_by("month")[:60],
        "next": coming.order_by("release_date", "pk")[:ROWS_SHOWN],
        "requests": ReleaseRequest.objects.filter(state="pending")
        .select_related("investigation__proposal")
        .order_by("investigation__release_date", "pk")[:ROWS_SHOWN],
        "held": rows.filter(release_state=ReleaseState.HELD).order_by("modified_at")[:ROWS_SHOWN],
        "overdue": rows.due(today=today).order_by("release_date", "pk")[:ROWS_SHOWN],
        "without_day": closed.filter(release_date=None).order_by("pk")[:ROWS_SHOWN],
        "unreachable": soon.filter(~Exists(_reachable_leaders())).order_by("release_date")[
            :ROWS_SHOWN
        ],
        "without_doi": incomplete(due(today=today))
        .select_related("proposal", "instrument")
        .order_by("pk")[:ROWS_SHOWN],
        "leaving_disk": _kept_until(rows, _ON_DISK, today, today + timedelta(days=30)),
        "kept_long_enough": _kept_until(rows, _RAW_KEPT, today, today + timedelta(days=365)),
        "mails": Mail.objects.filter(~Q(problem=""), sent_at=None)[:ROWS_SHOWN],
    }


def _kept_until(
    rows: QuerySet[Investigation], promise: Func, first: date, last: date
) -> QuerySet[Investigation]:
    """Returns those whose data need to be kept, or on disk, until a day in a span: `kept_until`."""
    until = Cast(F("last_data_on") + promise, DateField())
    found = rows.annotate(kept_until=until).filter(kept_until__range=(first, last))
    return found.order_by("kept_until", "pk")[:ROWS_SHOWN]


def _interval(field: str, unit: str) -> Func:
    return Func(
        F(f"proposal__embargo_policy__{field}"),
        template=f"make_interval({unit} => %(expressions)s::int)",
        output_field=DurationField(),
    )


# As `policy.retention.kept`.
_ON_DISK = _interval("disk_days", "days")
_RAW_KEPT = _interval("retention_years", "years")


def _reachable_leaders() -> Any:
    leaders = InvestigationUser.objects.filter(
        investigation=OuterRef("pk"), role=Role.PRINCIPAL_INVESTIGATOR
    )
    return leaders.exclude(person__email="")


@admin.register(ReleaseRequest)
class ReleaseRequestAdmin(ReadOnlyAdmin):
    list_display = ["investigation", "kind", "months", "state", "asked_by_name", "asked_at"]
    list_select_related = ["investigation__proposal"]
    list_filter = ["state", "kind"]
    search_fields = ["investigation__proposal__code", "asked_by_name", "reason"]
