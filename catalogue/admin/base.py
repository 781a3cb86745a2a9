"""What every admin page of the catalogue shares."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, TypeVar

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Field, Model, URLField
from django.forms import BaseInlineFormSet, CharField, HiddenInput, ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from catalogue.access.reads import note_read
from catalogue.models import Dataset, Investigation, Parameter
from catalogue.models.base import BY_HAND
from catalogue.policy.visibility import reasons
from catalogue.portal.selections import facts_of, investigations_to_show
from catalogue.portal.viewer import viewer_of
from catalogue.publication.act import Act
from catalogue.vocabulary.measured import Measured
from catalogue.vocabulary.units import dimension_of

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


class ConfidentialAdmin(CatalogueAdmin[Row]):
    """Rows of data that may be closed: a look at one is written down, as it is on the site."""

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        if row is not None and request.method in ("GET", "HEAD"):
            self._note_look(request, row)
        return super().render_change_form(request, context, *args, **kwargs)

    def _note_look(self, request: HttpRequest, row: Row) -> None:
        today, viewer = timezone.localdate(), viewer_of(request)
        investigation, dataset = self.whole_of(row)
        shown = investigations_to_show(viewer, today=today).get(pk=investigation.pk)
        found = reasons(viewer, facts_of(shown, dataset=dataset), today=today)
        note_read(request, shown, found, f"admin page of {row._meta.verbose_name} {row}")

    def whole_of(self, row: Row) -> tuple[Investigation, Dataset | None]:
        """Returns the investigation that a row is of, and the dataset, if it is of one."""
        raise NotImplementedError


class FreshForm(ModelForm[Any]):
    """A form that was opened before somebody, or ingest, changed its row says so."""

    seen_at = CharField(required=False, widget=HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["seen_at"] = self.instance.modified_at.isoformat()

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        now = self.initial.get("seen_at", "")
        if self.instance.pk and found.get("seen_at", now) not in ("", now):
            raise ValidationError(
                "It has been changed since you opened this page; open it again and repeat your "
                "change."
            )
        return found


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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place: str = self.instance.place

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        given = [name for name in ("number", "text", "moment") if found.get(name) not in (None, "")]
        if len(given) != 1:
            raise ValidationError("Enter a number, a text or a moment: one of them.")
        dimension = dimension_of(found["type"].si_unit) if found.get("type") else ""
        self._write_si(_measured(found), dimension)
        if self.has_changed():
            self.instance.replaces = "" if "type" in self.changed_data else self.place
            self.instance.source = BY_HAND
        return found

    def _write_si(self, entered: Measured | None, dimension: str) -> None:
        known = entered.in_si(dimension=dimension) if entered else None
        self.instance.si_value = known.value if known else None
        self.instance.si_min = known.minimum if known else None
        self.instance.si_max = known.maximum if known else None
        self.instance.si_error = known.error if known else None


def _measured(entered: dict[str, Any]) -> Measured | None:
    if entered.get("number") is None:
        return None
    return Measured(
        entered["number"],
        entered.get("unit") or "",
        minimum=entered.get("number_min"),
        maximum=entered.get("number_max"),
        error=entered.get("error"),
    )


class ParameterFormSet(BaseInlineFormSet[Any, Any, Any]):
    """The parameters of one row: a person enters one of a type, and one for each of the file's."""

    def clean(self) -> None:
        super().clean()
        kept = [form.instance for form in self.forms if form not in self.deleted_forms]
        by_hand = [row for row in kept if row.type_id and row.source == BY_HAND]
        entered = Counter((row.type, row.replaces) for row in by_hand)
        for (kind, _), number in entered.items():
            if number > 1:
                raise ValidationError(f"{kind}: entered by hand {number} times; keep one of them.")


class ParameterInline(admin.TabularInline[Any, Any]):
    """Parameters of a row; SI value and source follow from others and are never typed."""

    form = ParameterForm
    formset = ParameterFormSet
    extra = 0
    autocomplete_fields = ["type"]
    fields = [
        *("type", "number", "unit", "si_value", "number_min", "number_max", "error"),
        *("text", "moment", "where"),
    ]
    readonly_fields = ["si_value", "where"]

    @admin.display(description="Source")
    def where(self, row: Parameter) -> str:
        return f"by hand, for {row.replaces}" if row.replaces else row.source or "by hand"


class ReadOnlyInline(admin.TabularInline[Any, Any]):
    formfield_overrides = URL_FIELDS
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def with_note(text: str, note: str) -> SafeString:
    """Returns a cell whose second line says more of the first, so that no column hides it."""
    return format_html('{}<br><span class="quiet">{}</span>', text, note) if note else escape(text)


def act_of(request: HttpRequest, reason: str = "") -> Act:
    return Act(now=timezone.now(), actor=request.user, reason=reason)  # type: ignore[arg-type]
