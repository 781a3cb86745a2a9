"""Facilities with their instruments, techniques, and people."""

from django.contrib import admin
from django.http import HttpRequest

from catalogue.admin.base import CatalogueAdmin, ReadOnlyAdmin
from catalogue.models import (
    Affiliation,
    Facility,
    Instrument,
    Person,
    Technique,
)


@admin.register(Facility)
class FacilityAdmin(CatalogueAdmin[Facility]):
    list_display = ["name", "slug", "kind", "country", "time_zone", "default_embargo_policy"]
    list_select_related = ["default_embargo_policy__facility"]
    search_fields = ["name", "slug"]

    def get_readonly_fields(self, request: HttpRequest, obj: Facility | None = None) -> list[str]:
        return ["slug"] if obj else []


@admin.register(Instrument)
class InstrumentAdmin(CatalogueAdmin[Instrument]):
    list_display = ["name", "long_name", "facility", "slug", "pid"]
    list_select_related = ["facility"]
    list_filter = ["facility"]
    search_fields = ["name", "long_name", "slug", "pid"]
    autocomplete_fields = ["techniques"]


@admin.register(Technique)
class TechniqueAdmin(ReadOnlyAdmin):
    list_display = ["label", "code", "alt_labels"]
    search_fields = ["label", "code", "alt_labels"]


@admin.register(Person)
class PersonAdmin(CatalogueAdmin[Person]):
    list_display = ["full_name", "orcid", "email", "user"]
    list_select_related = ["user"]
    search_fields = ["full_name", "orcid", "email", "user__username"]
    autocomplete_fields = ["user"]


@admin.register(Affiliation)
class AffiliationAdmin(CatalogueAdmin[Affiliation]):
    list_display = ["name", "city", "country", "ror"]
    search_fields = ["name", "ror"]
