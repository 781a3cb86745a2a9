"""Embargo policies: started from a real one, frozen once in use, and tried before they are made."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from catalogue.admin.base import CatalogueAdmin
from catalogue.models import EmbargoPolicy, Investigation
from catalogue.models.base import choices_of
from catalogue.models.release import LONGEST_EMBARGO_MONTHS
from catalogue.policy.embargo import IN_EMBARGO, Anchor
from catalogue.policy.presets import PRESETS
from catalogue.policy.simulation import Simulation, Standing, simulate

CHANGES_SHOWN = 200


class SimulationForm(forms.ModelForm[EmbargoPolicy]):
    """The terms that decide on days; with other values it shows what they would do."""

    duration_months = forms.IntegerField(min_value=0, max_value=LONGEST_EMBARGO_MONTHS)
    anchor = forms.ChoiceField(choices=choices_of(Anchor))

    class Meta:
        model = EmbargoPolicy
        fields = ["duration_months", "anchor", "never_release"]


@admin.register(EmbargoPolicy)
class EmbargoPolicyAdmin(CatalogueAdmin[EmbargoPolicy]):
    list_display = [
        "name",
        "version",
        "facility",
        "duration_months",
        "anchor",
        "metadata_visibility",
        "never_release",
        "licence",
        "simulator",
    ]
    list_select_related = ["facility"]
    list_filter = ["facility"]
    search_fields = ["name"]

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.simulate)
        here = path("<int:pk>/simulate/", page, name="catalogue_embargopolicy_simulate")
        return [here, *super().get_urls()]

    def get_readonly_fields(
        self, request: HttpRequest, obj: EmbargoPolicy | None = None
    ) -> list[str]:
        """A policy that proposals have come under is frozen: make a new version instead."""
        if obj is None or not obj.is_in_use:
            return []
        fields = [field.name for field in EmbargoPolicy._meta.fields if field.editable]
        return [*fields, "new_version"]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Fills a new policy from a preset (`?preset=esrf`) or from another version (`?from=7`)."""
        preset = PRESETS.get(request.GET.get("preset", ""))
        if preset is not None:
            return preset.values()
        earlier = request.GET.get("from", "")
        policy = EmbargoPolicy.objects.filter(pk=int(earlier) if earlier.isdecimal() else 0).first()
        return _next_version(policy) if policy else {}

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if kwargs.get("add"):
            context["presets"] = _preset_links()
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="If it were otherwise")
    def simulator(self, policy: EmbargoPolicy) -> SafeString:
        address = reverse("admin:catalogue_embargopolicy_simulate", args=[policy.pk])
        return format_html('<a href="{}">simulate</a>', address)

    @admin.display(description="To change it")
    def new_version(self, policy: EmbargoPolicy) -> SafeString:
        address = reverse("admin:catalogue_embargopolicy_add")
        return format_html(
            'Proposals are under this version, so it stays as it is. <a href="{}?from={}">Make a '
            "new version</a> for those to come.",
            address,
            policy.pk,
        )

    def simulate(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Shows what would open when, if this policy were so; changes nothing."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        policy = EmbargoPolicy.objects.select_related("facility").filter(pk=pk).first()
        if policy is None:
            raise Http404("There is no such policy.")
        form = SimulationForm(request.GET or None, instance=policy)
        found = _simulation(policy) if not form.is_bound or form.is_valid() else None
        context = {
            **self.admin_site.each_context(request),
            "title": f"If “{policy}” were otherwise",
            "opts": EmbargoPolicy._meta,
            "form": form,
            "found": found,
            "shown": found.changes[:CHANGES_SHOWN] if found else (),
        }
        return TemplateResponse(request, "admin/simulate.html", context)


def _simulation(policy: EmbargoPolicy) -> Simulation:
    """Returns the simulation of what is closed under a policy; its terms are those of the form."""
    rows = Investigation.objects.filter(
        proposal__embargo_policy=policy.pk, release_state__in=IN_EMBARGO, is_waived=False
    ).select_related("proposal")
    standings = (
        Standing(row.pk, str(row), row.release_date, row.days, row.extended_months) for row in rows
    )
    return simulate(standings, policy.terms, today=timezone.localdate())


def _next_version(policy: EmbargoPolicy) -> dict[str, Any]:
    names = [field.name for field in EmbargoPolicy._meta.fields if field.editable]
    values = {name: getattr(policy, name) for name in names}
    values["facility"] = policy.facility_id
    version = policy.version
    values["effective_from"] = timezone.localdate()
    values["version"] = str(int(version) + 1) if version.isdecimal() else f"{version}-next"
    return values


def _preset_links() -> SafeString:
    links = format_html_join(
        ", ", '<a href="?preset={}">{}</a>', ((key, row.name) for key, row in PRESETS.items())
    )
    return format_html("Start from a real one: {}", links)
