"""The data managers' admin: the catalogue browsable and searchable; actions call the workflows."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Field, Model, QuerySet, URLField
from django.forms import ModelForm
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from catalogue.models import (
    Affiliation,
    AuditEvent,
    Datafile,
    DataPublication,
    Dataset,
    DatasetParameter,
    EmbargoPolicy,
    Facility,
    Instrument,
    Investigation,
    InvestigationParameter,
    InvestigationUser,
    ParameterType,
    Person,
    Proposal,
    PublicationAgent,
    PublicationItem,
    PublishedRecord,
    Sample,
    SampleParameter,
    Technique,
)
from catalogue.publication.edit import delete_datasets, edit_investigation
from catalogue.publication.publish import (
    Act,
    CannotPublishError,
    publish_investigation,
    publish_selection,
    release,
    withdraw,
)
from catalogue.publication.registrar import configured_registrar
from catalogue.publication.schedule import refresh
from catalogue.publication.tasks import register_doi
from catalogue.vocabulary.units import to_si

admin.site.site_header = settings.REPOSITORY_NAME
admin.site.site_title = settings.REPOSITORY_NAME
admin.site.index_title = "Data management"


Row = TypeVar("Row", bound=Model)

# An address typed without a scheme is https, as it will be from Django 6 on.
URL_FIELDS: Mapping[type[Field[Any, Any]], Mapping[str, Any]] = {
    URLField: {"assume_scheme": "https"}
}


class CatalogueAdmin(admin.ModelAdmin[Row]):
    formfield_overrides = URL_FIELDS

    def save_model(
        self, request: HttpRequest, obj: Row, form: ModelForm[Any], change: bool
    ) -> None:
        """Writes the columns that were edited: the others may have changed meanwhile."""
        columns = {field.name for field in obj._meta.concrete_fields}
        edited = [name for name in form.changed_data if name in columns]
        obj.save(update_fields=[*edited, *({"modified_at"} & columns)] if change else None)


class ReadOnlyAdmin(CatalogueAdmin[Any]):
    """Rows that workflows write, and that people only read."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ParameterForm(ModelForm[Any]):
    """A value entered by hand: exactly one kind, and its SI value always its own."""

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        given = [name for name in ("number", "text", "moment") if found.get(name) not in (None, "")]
        if len(given) != 1:
            raise ValidationError("Enter a number, a text or a moment: one of them.")
        quantity = None
        if found.get("number") is not None:
            quantity = to_si(found["number"], found.get("unit") or "")
        self.instance.si_value = quantity.value if quantity else None
        return found


class ReadOnlyInline(admin.TabularInline[Any, Any]):
    formfield_overrides = URL_FIELDS
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


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
    ]
    list_select_related = ["facility"]
    list_filter = ["facility"]
    search_fields = ["name"]

    def get_readonly_fields(
        self, request: HttpRequest, obj: EmbargoPolicy | None = None
    ) -> list[str]:
        """A policy that proposals were accepted under is frozen: make a new version instead."""
        if obj is None or not obj.proposals.exists():
            return []
        return [field.name for field in EmbargoPolicy._meta.fields if field.editable]


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


class InvestigationParameterInline(admin.TabularInline[InvestigationParameter, Investigation]):
    model = InvestigationParameter
    form = ParameterForm
    extra = 0
    autocomplete_fields = ["type"]


@admin.register(Investigation)
class InvestigationAdmin(CatalogueAdmin[Investigation]):
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
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        edit_investigation(obj.pk, changes, act=_act(request))

    @admin.display(description="DOI")
    def doi(self, row: Investigation) -> str:
        return ", ".join(publication.doi for publication in row.publications.all())

    @admin.display(description="On the site")
    def on_the_site(self, row: Investigation) -> str:
        address = reverse("portal:investigation", args=[row.pk])
        return format_html('<a href="{}">{}</a>', address, address)

    @admin.action(description="Publish: mint a DOI for each", permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Investigation]) -> None:
        act, registrar = _act(request), configured_registrar()
        for investigation in queryset:
            try:
                publication = publish_investigation(investigation.pk, act=act, registrar=registrar)
                self.message_user(request, f"{investigation}: {publication.doi}")
            except CannotPublishError as error:
                self.message_user(request, str(error), messages.ERROR)

    @admin.action(description="Release those whose embargo has ended", permissions=["change"])
    def release(self, request: HttpRequest, queryset: QuerySet[Investigation]) -> None:
        act = _act(request)
        released = sum(release(row.pk, act=act) for row in queryset)
        self.message_user(request, f"{released} released; the others are not due.")


class DatafileInline(ReadOnlyInline):
    model = Datafile
    fields = ["name", "path", "size_bytes", "modified", "sha256"]
    readonly_fields = ["name", "path", "size_bytes", "modified", "sha256"]


class DatasetParameterInline(admin.TabularInline[DatasetParameter, Dataset]):
    model = DatasetParameter
    form = ParameterForm
    extra = 0
    autocomplete_fields = ["type"]
    fields = ["type", "number", "unit", "si_value", "text", "moment", "source"]
    readonly_fields = ["si_value", "source"]


@admin.register(Dataset)
class DatasetAdmin(CatalogueAdmin[Dataset]):
    list_display = ["name", "title", "investigation", "instrument", "sample", "start", "kind"]
    list_select_related = ["investigation__proposal", "instrument", "sample"]
    list_filter = ["kind", "instrument__facility", "instrument"]
    search_fields = ["name", "title", "run_number", "investigation__proposal__code"]
    autocomplete_fields = ["investigation", "instrument", "sample", "techniques"]
    readonly_fields = ["uid", "file_count", "size_bytes", "sources"]
    inlines = [DatafileInline, DatasetParameterInline]
    actions = ["publish_selection"]
    show_full_result_count = False

    @admin.action(description="Publish these under a DOI of their own", permissions=["change"])
    def publish_selection(
        self, request: HttpRequest, queryset: QuerySet[Dataset]
    ) -> TemplateResponse | None:
        """Asks for a title first, and whether to open the data before the rest."""
        title = request.POST.get("title", "").strip()[:500]
        if not title:
            context = {
                **self.admin_site.each_context(request),
                "title": "Publish chosen datasets",
                "datasets": queryset.select_related("investigation__proposal"),
                "was_asked": "title" in request.POST,
            }
            return TemplateResponse(request, "admin/publish_selection.html", context)
        try:
            publication = publish_selection(
                list(queryset.order_by("start", "pk")),
                act=_act(request),
                registrar=configured_registrar(),
                title=title,
                release_early="release_early" in request.POST,
            )
            self.message_user(request, f"{title}: {publication.doi}")
        except CannotPublishError as error:
            self.message_user(request, str(error), messages.ERROR)
        return None

    def delete_model(self, request: HttpRequest, obj: Dataset) -> None:
        self.delete_queryset(request, Dataset.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Dataset]) -> None:
        delete_datasets(queryset, act=_act(request))


@admin.register(Datafile)
class DatafileAdmin(ReadOnlyAdmin):
    """Read only by itself; a file goes with its dataset, for those who may delete both."""

    list_display = ["name", "dataset", "size_bytes", "modified"]
    list_select_related = ["dataset"]
    search_fields = ["name", "path", "sha256"]
    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_with_its_dataset = request.path.startswith(reverse("admin:catalogue_dataset_changelist"))
        return is_with_its_dataset and request.user.has_perm("catalogue.delete_datafile")


class SampleParameterInline(admin.TabularInline[SampleParameter, Sample]):
    model = SampleParameter
    form = ParameterForm
    extra = 0
    autocomplete_fields = ["type"]


@admin.register(Sample)
class SampleAdmin(CatalogueAdmin[Sample]):
    list_display = ["name", "formula", "investigation", "pid"]
    list_select_related = ["investigation__proposal"]
    search_fields = ["name", "formula", "pid", "investigation__proposal__code"]
    autocomplete_fields = ["investigation"]
    inlines = [SampleParameterInline]


@admin.register(ParameterType)
class ParameterTypeAdmin(CatalogueAdmin[ParameterType]):
    list_display = ["name", "label", "si_unit"]
    search_fields = ["name", "label"]


class PublicationAgentInline(ReadOnlyInline):
    model = PublicationAgent


class PublicationItemInline(ReadOnlyInline):
    model = PublicationItem


@admin.register(DataPublication)
class DataPublicationAdmin(ReadOnlyAdmin):
    list_display = [
        "doi",
        "title",
        "kind",
        "published_on",
        "doi_state",
        "doi_synchronised",
        "withdrawn_at",
        "landing_page",
    ]
    list_filter = ["kind", "doi_state", "doi_synchronised", "is_test_doi"]
    search_fields = ["doi", "title", "investigation__proposal__code"]
    inlines = [PublicationAgentInline, PublicationItemInline]
    actions = ["withdraw", "register_again"]

    @admin.display(description="Page")
    def landing_page(self, row: DataPublication) -> str:
        return format_html('<a href="{}">open</a>', reverse("portal:landing", args=[row.doi]))

    @admin.action(description="Withdraw, with a reason", permissions=["withdraw"])
    def withdraw(
        self, request: HttpRequest, queryset: QuerySet[DataPublication]
    ) -> TemplateResponse | None:
        """Asks for the reason first: it stays on the tombstone page for good."""
        reason = request.POST.get("reason", "").strip()
        if not reason:
            context = {
                **self.admin_site.each_context(request),
                "title": "Withdraw publications",
                "publications": queryset,
                "was_asked": "reason" in request.POST,
            }
            return TemplateResponse(request, "admin/withdraw.html", context)
        for publication in queryset:
            withdraw(publication.pk, act=_act(request, reason))
            self.message_user(request, f"{publication.doi} is withdrawn.")
        return None

    def has_withdraw_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("catalogue.change_datapublication")

    @admin.action(description="Send to the registrar again", permissions=["withdraw"])
    def register_again(self, request: HttpRequest, queryset: QuerySet[DataPublication]) -> None:
        for publication in queryset:
            register_doi.delay(publication.pk)
        self.message_user(request, f"{len(queryset)} sent; the state column shows the answer.")


@admin.register(PublishedRecord)
class PublishedRecordAdmin(ReadOnlyAdmin):
    list_display = ["oai_identifier", "title", "datestamp", "is_open", "is_deleted"]
    list_filter = ["is_open", "is_deleted"]
    search_fields = ["oai_identifier", "title"]
    exclude = ["search_vector"]


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ["at", "action", "target_type", "target_label", "actor_name", "reason"]
    list_filter = ["action", "target_type"]
    search_fields = ["target_label", "actor_name", "reason"]
    date_hierarchy = "at"


def _act(request: HttpRequest, reason: str = "") -> Act:
    return Act(now=timezone.now(), actor=request.user, reason=reason)  # type: ignore[arg-type]
