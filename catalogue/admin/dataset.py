"""Datasets with their files and parameters, and samples."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse

from catalogue.admin.base import (
    CatalogueAdmin,
    ConfidentialAdmin,
    FreshForm,
    ParameterInline,
    ReadOnlyAdmin,
    ReadOnlyInline,
    act_of,
)
from catalogue.models import (
    Datafile,
    Dataset,
    DatasetInput,
    DatasetParameter,
    Investigation,
    Parameter,
    ParameterType,
    Sample,
    SampleParameter,
)
from catalogue.models.dataset import parameter_key
from catalogue.publication.edit import (
    delete_datasets,
    edit_dataset,
    keep_related,
    keep_sample,
)
from catalogue.publication.publish import (
    CannotPublishError,
    publish_selection,
)
from catalogue.publication.registrar import configured_registrar


class DatafileInline(ReadOnlyInline):
    model = Datafile
    fields = ["name", "path", "size_bytes", "modified", "sha256", "vanished_at"]
    readonly_fields = ["name", "path", "size_bytes", "modified", "sha256", "vanished_at"]


class DatasetInputInline(ReadOnlyInline):
    model = DatasetInput
    fk_name = "dataset"
    verbose_name_plural = "Made from"
    fields = ["name", "made_from", "source"]
    readonly_fields = ["name", "made_from", "source"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("made_from")


class DatasetParameterInline(ParameterInline):
    model = DatasetParameter


class DatasetForm(FreshForm):
    def clean_investigation(self) -> Investigation:
        """Refuses to move what is part of a publication out of its investigation."""
        investigation: Investigation = self.cleaned_data["investigation"]
        is_moved = self.instance.pk and "investigation" in self.changed_data
        if is_moved and self.instance.publications.exists():
            raise ValidationError("It is part of a publication; withdraw that first.")
        return investigation


@admin.register(Dataset)
class DatasetAdmin(ConfidentialAdmin[Dataset]):
    form = DatasetForm
    list_display = [
        *("name", "title", "investigation", "instrument", "sample", "start", "kind", "program")
    ]
    list_select_related = ["investigation__proposal", "instrument", "sample"]
    list_filter = ["kind", "instrument__facility", "instrument"]
    search_fields = ["name", "title", "run_number", "investigation__proposal__code"]
    autocomplete_fields = [
        *("investigation", "instrument", "sample", "further_samples", "techniques")
    ]
    readonly_fields = ["uid", "file_count", "size_bytes", "sources"]
    inlines = [DatafileInline, DatasetInputInline, DatasetParameterInline]
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
                act=act_of(request),
                registrar=configured_registrar(),
                title=title,
                release_early="release_early" in request.POST,
            )
            self.message_user(request, f"{title}: {publication.doi}")
        except CannotPublishError as error:
            self.message_user(request, str(error), messages.ERROR)
        return None

    def save_model(
        self, request: HttpRequest, obj: Dataset, form: ModelForm[Any], change: bool
    ) -> None:
        if not change:
            super().save_model(request, obj, form, change)
            return
        columns = {field.name for field in Dataset._meta.concrete_fields}
        edited = [name for name in form.changed_data if name in columns]
        changes = {name: form.cleaned_data[name] for name in edited}
        edit_dataset(obj.pk, changes, act=act_of(request))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Writes tables of their own, and marks what a person chose or removed there."""
        super().save_related(request, form, formsets, change)
        removed = _given_up(formsets)
        tables = {field.name for field in Dataset._meta.many_to_many}
        chosen = [name for name in form.changed_data if name in tables]
        keep_related(form.instance.pk, [*chosen, *removed], act=act_of(request))

    def whole_of(self, row: Dataset) -> tuple[Investigation, Dataset]:
        return row.investigation, row

    def delete_model(self, request: HttpRequest, obj: Dataset) -> None:
        self.delete_queryset(request, Dataset.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Dataset]) -> None:
        delete_datasets(queryset, act=act_of(request))


def _given_up(formsets: Any) -> list[str]:
    """Returns the keys of the file's values that a person wants no more: removed, or retyped."""
    gone = [
        form
        for formset in formsets
        if issubclass(formset.model, Parameter)
        for form in formset.initial_forms
        if form.place and ("type" in form.changed_data or form in formset.deleted_forms)
    ]
    wanted = {form.initial["type"] for form in gone}
    names = dict(ParameterType.objects.filter(pk__in=wanted).values_list("pk", "name"))
    return [parameter_key(names[form.initial["type"]], form.place) for form in gone]


class MissingFilter(admin.EmptyFieldListFilter):
    """Files that are gone from their places, or all the others."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice, label in zip(
            super().choices(changelist), ("All", "In their place", "Gone"), strict=True
        ):
            yield {**choice, "display": label}


@admin.register(Datafile)
class DatafileAdmin(ConfidentialAdmin[Datafile], ReadOnlyAdmin):
    """Read only by itself; a file goes with its dataset, for those who may delete both."""

    list_display = ["name", "dataset", "size_bytes", "modified", "vanished_at"]
    list_filter = [("vanished_at", MissingFilter)]
    list_select_related = ["dataset"]
    search_fields = ["name", "path", "sha256"]
    show_full_result_count = False

    def whole_of(self, row: Datafile) -> tuple[Investigation, Dataset]:
        return row.dataset.investigation, row.dataset

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_with_its_dataset = request.path.startswith(reverse("admin:catalogue_dataset_changelist"))
        return is_with_its_dataset and request.user.has_perm("catalogue.delete_datafile")


class SampleParameterInline(ParameterInline):
    model = SampleParameter


@admin.register(Sample)
class SampleAdmin(ConfidentialAdmin[Sample]):
    list_display = ["name", "formula", "investigation", "pid"]
    list_select_related = ["investigation__proposal"]
    search_fields = ["name", "formula", "pid", "investigation__proposal__code"]
    autocomplete_fields = ["investigation"]
    readonly_fields = ["name_in_files", "sources"]
    inlines = [SampleParameterInline]

    def whole_of(self, row: Sample) -> tuple[Investigation, None]:
        return row.investigation, None

    def save_model(
        self, request: HttpRequest, obj: Sample, form: ModelForm[Any], change: bool
    ) -> None:
        """Keeps the name that files use, so that they find the sample under its new one."""
        super().save_model(request, obj, form, change)
        if change and "name" in form.changed_data and not obj.name_in_files:
            obj.name_in_files = form.initial["name"]
            obj.save(update_fields=["name_in_files"])

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Writes the parameters, and marks what a person entered or removed."""
        super().save_related(request, form, formsets, change)
        removed = _given_up(formsets)
        entered = [name for name in form.changed_data if name in ("formula", "description")]
        keep_sample(form.instance.pk, [*entered, *removed], act=act_of(request))


@admin.register(ParameterType)
class ParameterTypeAdmin(CatalogueAdmin[ParameterType]):
    list_display = ["name", "label", "si_unit"]
    search_fields = ["name", "label"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Files and people's edits are matched by the name."""
        return ["name"] if obj else []
