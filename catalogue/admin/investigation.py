"""Proposals and investigations: publish, release, and what follows from an edit."""

from datetime import date
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from catalogue import audit
from catalogue.admin.base import (
    CatalogueAdmin,
    ConfidentialAdmin,
    FreshForm,
    ParameterInline,
    act_of,
)
from catalogue.models import (
    EmbargoPolicy,
    Investigation,
    InvestigationParameter,
    InvestigationUser,
    Proposal,
)
from catalogue.policy.embargo import ReleaseState, first_state
from catalogue.policy.events import ActorRole
from catalogue.publication.edit import confirm_team, edit_investigation
from catalogue.publication.planning import plan
from catalogue.publication.publish import (
    CannotPublishError,
    publish_investigation,
)
from catalogue.publication.registrar import configured_registrar
from catalogue.publication.schedule import is_under_way, refresh
from catalogue.publication.transition import RefusedError, release


class ProposalForm(ModelForm[Any]):
    """A proposal whose day of acceptance is known comes under the version of that day."""

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        day, facility = found.get("accepted_on"), found.get("facility")
        if day is None or facility is None:
            return found
        if day > timezone.localdate():
            raise ValidationError({"accepted_on": f"{day} has not come yet."})
        policy = found.get("embargo_policy") or facility.default_embargo_policy
        if policy is not None:
            found["embargo_policy"] = policy.version_on(day)
            if found["embargo_policy"] is None:
                raise ValidationError({"accepted_on": _no_version(policy, day)})
        return found


def _no_version(policy: EmbargoPolicy, day: date) -> str:
    return (
        f"No version of “{policy.name}” was in force on {day}. Enter the one that was, with the "
        "day from which on it held."
    )


@admin.register(Proposal)
class ProposalAdmin(CatalogueAdmin[Proposal]):
    form = ProposalForm
    list_display = ["code", "title", "facility", "accepted_on", "embargo_policy", "is_placeholder"]
    list_select_related = ["facility", "embargo_policy__facility"]
    list_filter = ["facility", "is_placeholder"]
    search_fields = ["code", "title"]
    autocomplete_fields = ["embargo_policy"]

    def get_readonly_fields(self, request: HttpRequest, obj: Proposal | None = None) -> list[str]:
        """What its releases are counted from stays: what was wrong is put right by an event."""
        return ["accepted_on", "embargo_policy"] if obj and obj.is_policy_frozen else []

    def save_model(
        self, request: HttpRequest, obj: Proposal, form: ModelForm[Any], change: bool
    ) -> None:
        """Saves the edited columns, and the version that the day of acceptance has chosen."""
        super().save_model(request, obj, form, change)
        if change and "accepted_on" in form.changed_data:
            obj.save(update_fields=["embargo_policy"])
        if "accepted_on" in form.changed_data:
            after = {"accepted_on": str(obj.accepted_on), "policy": str(obj.embargo_policy or "")}
            audit.note("accept", obj, actor=act_of(request).actor, after=after)
        refresh(obj.investigations.values_list("pk", flat=True), now=timezone.now())


def _enter(investigation: Investigation) -> None:
    """Stores a new investigation: planned until its first day, or its first data, have come."""
    policy, now = investigation.proposal.embargo_policy, timezone.now()
    begun = is_under_way(investigation, today=now.date())
    investigation.release_state = first_state(policy.terms if policy else None, has_begun=begun)
    if investigation.state is ReleaseState.PROPRIETARY:
        investigation.release_date = None
    investigation.save()
    refresh([investigation.pk], now=now)


class InvestigationUserInline(admin.TabularInline[InvestigationUser, Investigation]):
    model = InvestigationUser
    extra = 0
    autocomplete_fields = ["person", "affiliation"]


class InvestigationParameterInline(ParameterInline):
    model = InvestigationParameter


@admin.register(Investigation)
class InvestigationAdmin(ConfidentialAdmin[Investigation]):
    form = FreshForm
    list_display = [
        "__str__",
        "title",
        "instrument",
        "start",
        "release_state",
        "release_date",
        "dataset_count",
        "doi",
    ]
    list_select_related = ["proposal", "instrument"]
    list_filter = ["release_state", "proposal__facility", "instrument"]
    search_fields = ["proposal__code", "title", "instrument__name"]
    autocomplete_fields = ["proposal", "instrument"]
    readonly_fields = [
        "release_state",
        "released_at",
        "dataset_count",
        "file_count",
        "size_bytes",
        "on_the_site",
    ]
    inlines = [InvestigationUserInline, InvestigationParameterInline]
    actions = ["publish", "release", "plan"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Investigation]:
        return super().get_queryset(request).prefetch_related("publications")

    def save_model(
        self, request: HttpRequest, obj: Investigation, form: ModelForm[Any], change: bool
    ) -> None:
        if not change:
            _enter(obj)
            return
        columns = {field.name for field in Investigation._meta.concrete_fields}
        changes = {name: form.cleaned_data[name] for name in form.changed_data if name in columns}
        edit_investigation(obj.pk, changes, act=act_of(request))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """A team that a person has edited is settled: files add nobody to it any more."""
        super().save_related(request, form, formsets, change)
        if any(
            formset.model is InvestigationUser and formset.has_changed() for formset in formsets
        ):
            confirm_team(form.instance.pk)

    def whole_of(self, row: Investigation) -> tuple[Investigation, None]:
        return row, None

    @admin.display(description="DOI")
    def doi(self, row: Investigation) -> str:
        return ", ".join(publication.doi for publication in row.publications.all())

    @admin.display(description="On the site")
    def on_the_site(self, row: Investigation) -> str:
        address = reverse("portal:investigation", args=[row.pk])
        return format_html('<a href="{}">{}</a>', address, address)

    @admin.action(description="Publish: mint a DOI for each", permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Investigation]) -> None:
        act, registrar = act_of(request), configured_registrar()
        for investigation in queryset:
            try:
                publication = publish_investigation(investigation.pk, act=act, registrar=registrar)
                self.message_user(request, f"{investigation}: {publication.doi}")
            except CannotPublishError as error:
                self.message_user(request, str(error), messages.ERROR)

    @admin.action(description="Plan: the experiment has not begun", permissions=["change"])
    def plan(self, request: HttpRequest, queryset: QuerySet[Investigation]) -> None:
        act = act_of(request)
        for investigation in queryset:
            try:
                plan(investigation.pk, act=act)
                self.message_user(request, f"{investigation}: planned")
            except RefusedError as error:
                self.message_user(request, str(error), messages.ERROR)

    @admin.action(description="Release those whose embargo has ended", permissions=["change"])
    def release(self, request: HttpRequest, queryset: QuerySet[Investigation]) -> None:
        act = act_of(request)
        released = sum(release(row.pk, act=act, role=ActorRole.DATA_MANAGER) for row in queryset)
        self.message_user(request, f"{released} released; the others are not due.")
