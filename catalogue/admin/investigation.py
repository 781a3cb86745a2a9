"""Proposals and investigations: publish, release, and what follows from an edit."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from catalogue.admin.base import CatalogueAdmin, FreshForm, ParameterInline, act_of
from catalogue.models import (
    Investigation,
    InvestigationParameter,
    InvestigationUser,
    Proposal,
)
from catalogue.policy.events import ActorRole
from catalogue.publication.edit import confirm_team, edit_investigation
from catalogue.publication.publish import (
    CannotPublishError,
    publish_investigation,
)
from catalogue.publication.registrar import configured_registrar
from catalogue.publication.schedule import refresh
from catalogue.publication.transition import release


@admin.register(Proposal)
class ProposalAdmin(CatalogueAdmin[Proposal]):
    list_display = ["code", "title", "facility", "embargo_policy", "is_placeholder"]
    list_select_related = ["facility", "embargo_policy__facility"]
    list_filter = ["facility", "is_placeholder"]
    search_fields = ["code", "title"]
    autocomplete_fields = ["embargo_policy"]

    def save_model(
        self, request: HttpRequest, obj: Proposal, form: ModelForm[Any], change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        refresh(obj.investigations.values_list("pk", flat=True), now=timezone.now())


class InvestigationUserInline(admin.TabularInline[InvestigationUser, Investigation]):
    model = InvestigationUser
    extra = 0
    autocomplete_fields = ["person", "affiliation"]


class InvestigationParameterInline(ParameterInline):
    model = InvestigationParameter


@admin.register(Investigation)
class InvestigationAdmin(CatalogueAdmin[Investigation]):
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
    actions = ["publish", "release"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Investigation]:
        return super().get_queryset(request).prefetch_related("publications")

    def save_model(
        self, request: HttpRequest, obj: Investigation, form: ModelForm[Any], change: bool
    ) -> None:
        if not change:
            super().save_model(request, obj, form, change)
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

    @admin.action(description="Release those whose embargo has ended", permissions=["change"])
    def release(self, request: HttpRequest, queryset: QuerySet[Investigation]) -> None:
        act = act_of(request)
        released = sum(release(row.pk, act=act, role=ActorRole.DATA_MANAGER) for row in queryset)
        self.message_user(request, f"{released} released; the others are not due.")
