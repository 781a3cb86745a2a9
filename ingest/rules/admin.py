"""Path rules and technique rules in the admin, which can be tried before they are saved."""

import re
from typing import Any, TypeVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet, TextField
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import escape, format_html
from django.views.decorators.http import require_POST

from catalogue.admin.base import CatalogueAdmin
from catalogue.models import Facility
from catalogue.vocabulary.panet import TECHNIQUE
from ingest.models import PathRule, TechniqueRule
from ingest.models.rules import Rule
from ingest.rules.loading import BadRuleError
from ingest.rules.tryout import Trial
from ingest.rules.tryout_form import TryoutForm, latest_paths, quarantined, try_rules
from ingest.tasks import retry_runs

RuleRow = TypeVar("RuleRow", bound=Rule)

# Files tried again by one click, those first that were not tried for longest.
MOST_RETRIES = 2000
# As many digits as a bigint surely holds.
PRIMARY_KEY = re.compile(r"[0-9]{1,18}")


class RuleAdmin(CatalogueAdmin[RuleRow]):
    list_filter = ["facility", "is_active"]
    list_select_related = ["facility"]
    list_editable = ["position", "is_active"]
    list_display_links = ["name"]
    formfield_overrides = {
        TextField: {"widget": forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"})}
    }
    change_list_template = "admin/ingest/rule_change_list.html"
    change_form_template = "admin/ingest/rule_change_form.html"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Answers the button Try with the form as it stands and what it would do, unsaved."""
        if request.method == "POST" and "_try" in request.POST:
            return self._try_draft(request, object_id)
        rule = self.get_object(request, unquote(object_id)) if object_id else None
        tryout = _prefilled(request, rule.facility if rule else None)
        return super().changeform_view(
            request, object_id, form_url, {**(extra_context or {}), "tryout": tryout}
        )

    def _try_draft(self, request: HttpRequest, object_id: str | None) -> HttpResponse:
        rule = self.get_object(request, unquote(object_id)) if object_id else None
        if not (
            self.has_change_permission(request, rule) if rule else self.has_add_permission(request)
        ):
            raise PermissionDenied
        form = self.get_form(request, rule, change=rule is not None)(request.POST, instance=rule)
        is_valid = form.is_valid()
        tryout = _with_paths(request, form.cleaned_data.get("facility"))
        trials = None
        if is_valid and tryout.is_valid():
            trials = _try(request, form.instance.facility, tryout, form)
        context = {"tryout": tryout, "trials": trials, **_rights(request)}
        return self._show(request, form, rule, context)

    def _show(
        self, request: HttpRequest, form: ModelForm[Any], rule: Any, context: dict[str, Any]
    ) -> HttpResponse:
        """Returns the change page around a form that was filled in, as the admin shows errors."""
        fieldsets: list[Any] = list(self.get_fieldsets(request, rule))
        admin_form = helpers.AdminForm(form, fieldsets, {}, model_admin=self)
        verb = "Change" if rule else "Add"
        shown = {
            **self.admin_site.each_context(request),
            "title": f"{verb} {self.opts.verbose_name}",
            "adminform": admin_form,
            "object_id": rule.pk if rule else None,
            "original": rule,
            "is_popup": False,
            "to_field": None,
            "media": self.media + admin_form.media,
            "inline_admin_formsets": [],
            "errors": helpers.AdminErrorList(form, []),
            "preserved_filters": self.get_preserved_filters(request),
            **context,
        }
        return self.render_change_form(
            request, shown, add=rule is None, change=rule is not None, obj=rule
        )


@admin.register(PathRule)
class PathRuleAdmin(RuleAdmin[PathRule]):
    list_display = ["name", "facility", "pattern", "position", "is_active"]
    search_fields = ["name", "pattern", "note"]
    fields = ["facility", "name", "pattern", "position", "is_active", "note"]

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "pattern":
            kwargs |= _as_pattern(db_field)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("try/", self.admin_site.admin_view(self.try_view), name="ingest_pathrule_try"),
            path(
                "retry/",
                self.admin_site.admin_view(require_POST(self.retry_view)),
                name="ingest_pathrule_retry",
            ),
        ]
        return own + super().get_urls()

    def response_add(
        self, request: HttpRequest, obj: PathRule, post_url_continue: str | None = None
    ) -> HttpResponse:
        self._point_to_waiting(request, obj.facility)
        return super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: PathRule) -> HttpResponse:
        self._point_to_waiting(request, obj.facility)
        return super().response_change(request, obj)

    def _point_to_waiting(self, request: HttpRequest, facility: Facility) -> None:
        waiting = quarantined(facility).count()
        if waiting:
            sentence = (
                '{} of {} in quarantine for their proposal: <a href="{}">see what the rules make '
                "of them, and try them again</a>."
            )
            files = f"{waiting} {'file' if waiting == 1 else 'files'}"
            address = f"{reverse('admin:ingest_pathrule_try')}?facility={facility.pk}"
            self.message_user(request, format_html(sentence, files, facility, address))

    def try_view(self, request: HttpRequest) -> HttpResponse:
        """Shows what the saved rules of a facility would do to example paths."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        facility = _asked_facility(request)
        tryout = _with_paths(request, facility)
        trials = _try(request, facility, tryout, None) if facility and tryout.is_valid() else None
        context = {
            **self.admin_site.each_context(request),
            "title": "Try the rules on example paths",
            "opts": self.opts,
            "facilities": Facility.objects.all(),
            "facility": facility,
            "tryout": tryout,
            "trials": trials,
            "waiting": quarantined(facility).count() if facility else 0,
            **_rights(request),
        }
        return TemplateResponse(request, "admin/ingest/try_rules.html", context)

    def retry_view(self, request: HttpRequest) -> HttpResponse:
        """Reads those files of a facility anew that are in quarantine for their proposal."""
        if not request.user.has_perm("ingest.change_ingestrun"):
            raise PermissionDenied
        asked = request.POST.get("facility", "")
        facility = get_object_or_404(Facility, pk=asked if PRIMARY_KEY.fullmatch(asked) else 0)
        runs = quarantined(facility).order_by("finished_at", "pk")
        chosen = list(runs.values_list("pk", flat=True)[:MOST_RETRIES])
        left = runs.count() - len(chosen)
        retry_runs.delay(chosen)
        more = f" {left} more wait: try again for them." if left else ""
        self.message_user(
            request, f"Tried {len(chosen)} again; this list shows the outcomes.{more}"
        )
        runs_page = reverse("admin:ingest_ingestrun_changelist")
        return HttpResponseRedirect(f"{runs_page}?facility__id__exact={facility.pk}")


@admin.register(TechniqueRule)
class TechniqueRuleAdmin(RuleAdmin[TechniqueRule]):
    list_display = ["name", "facility", "conditions", "gives", "position", "is_active"]
    list_select_related = ["facility", "instrument"]
    search_fields = ["name", "definition", "title", "method", "path", "note"]
    filter_horizontal = ["techniques"]
    fieldsets = [
        (None, {"fields": ["facility", "name", "techniques", "position", "is_active", "note"]}),
        (
            "Where all of these hold",
            {"fields": ["instrument", "definition", "title", "method", "path"]},
        ),
    ]

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name in ("definition", "title", "method", "path"):
            kwargs |= _as_pattern(db_field)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Offers techniques, without the properties of techniques that PaNET also has terms for."""
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field is not None and field.queryset is not None:
            field.queryset = field.queryset.filter(code__regex=f"^{TECHNIQUE.pattern}$")
        return field

    def get_queryset(self, request: HttpRequest) -> QuerySet[TechniqueRule]:
        return super().get_queryset(request).prefetch_related("techniques")

    @admin.display(description="where")
    def conditions(self, rule: TechniqueRule) -> str:
        texts = [
            f"{name} {getattr(rule, name)}"
            for name in ("instrument", "definition", "title", "method", "path")
            if getattr(rule, name)
        ]
        return "; ".join(texts)

    @admin.display(description="techniques")
    def gives(self, rule: TechniqueRule) -> str:
        return ", ".join(technique.label for technique in rule.techniques.all())


def _as_pattern(db_field: Any) -> dict[str, Any]:
    """Returns how a pattern is entered; the admin shows help as HTML, and groups look like tags."""
    attributes = {"class": "pattern", "spellcheck": "false", "autocapitalize": "off"}
    return {"widget": forms.TextInput(attrs=attributes), "help_text": escape(db_field.help_text)}


def _rights(request: HttpRequest) -> dict[str, bool]:
    """Returns which of the facility's other rows the page may show to who asks."""
    allowed = request.user.has_perm
    return {
        "may_see_proposals": allowed("catalogue.view_proposal"),
        "may_retry": allowed("ingest.change_ingestrun"),
    }


def _asked_facility(request: HttpRequest) -> Facility | None:
    asked = request.POST.get("facility") or request.GET.get("facility") or ""
    facilities = Facility.objects.all()
    return (facilities.filter(pk=asked) if PRIMARY_KEY.fullmatch(asked) else facilities).first()


def _try(
    request: HttpRequest, facility: Facility, tryout: TryoutForm, draft: ModelForm[Any] | None
) -> list[Trial] | None:
    """Returns what the rules make of the paths, None where one of them is unusable; it is told."""
    try:
        return try_rules(facility, tryout, draft)
    except BadRuleError as error:
        messages.error(request, str(error))
        return None


def _prefilled(request: HttpRequest, facility: Facility | None) -> TryoutForm:
    return TryoutForm(initial={"paths": _latest(request, facility)}, prefix="try")


def _with_paths(request: HttpRequest, facility: Facility | None) -> TryoutForm:
    """Returns the form as it was sent, with the latest files where no paths were entered."""
    data = request.POST.copy()
    if not data.get("try-paths", "").strip():
        data["try-paths"] = _latest(request, facility)
    return TryoutForm(data, prefix="try")


def _latest(request: HttpRequest, facility: Facility | None) -> str:
    may_see = request.user.has_perm("ingest.view_ingestrun")
    return "\n".join(latest_paths(facility)) if facility and may_see else ""
