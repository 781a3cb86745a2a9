"""Beamline tokens in the admin: made and shown once, listed with their last use, revoked."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from catalogue.audit import note
from ingest.door.tokens import facts_of, make, revoke
from ingest.models.door import BeamlineToken

ENTERED = ("name", "instrument", "folders", "expires_on")
FACTS = ("beginning", "state", "last_used_at", "created_by", "created_at", "revoked_at")


class TokenForm(forms.ModelForm[BeamlineToken]):
    """Folders one a line: their names may have commas."""

    folders = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60, "class": "vLargeTextField"}),
        help_text=BeamlineToken._meta.get_field("folders").help_text,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "folders" in self.initial:
            self.initial["folders"] = "\n".join(self.initial["folders"])

    def clean_folders(self) -> list[str]:
        lines = self.cleaned_data["folders"].splitlines()
        return [line.strip() for line in lines if line.strip()]


@admin.register(BeamlineToken)
class BeamlineTokenAdmin(admin.ModelAdmin[BeamlineToken]):
    form = TokenForm
    list_display = ["name", "instrument", "facility", "beginning", "state", "last_used_at"]
    list_select_related = ["instrument__facility"]
    list_filter = ["instrument__facility", "instrument"]
    search_fields = ["name", "prefix", "instrument__name"]
    autocomplete_fields = ["instrument"]
    actions = ["revoke"]

    def get_fields(self, request: HttpRequest, obj: BeamlineToken | None = None) -> Any:
        return [*ENTERED, *(FACTS if obj else ())]

    def get_readonly_fields(self, request: HttpRequest, obj: BeamlineToken | None = None) -> Any:
        """What a token is bound to stays; another instrument takes another token."""
        return ["instrument", *FACTS] if obj else []

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Saving leads to the token, so that there is one way to save."""
        one_way = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().changeform_view(
            request, object_id, form_url, {**(extra_context or {}), **one_way}
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A token is revoked and stays: the audit refers to it."""
        return False

    @sensitive_variables()
    def save_model(self, request: HttpRequest, obj: BeamlineToken, form: Any, change: bool) -> None:
        actor: User = request.user  # type: ignore[assignment]
        if not change:
            make(obj, actor=actor)
        elif form.changed_data:
            before = facts_of(BeamlineToken.objects.get(pk=obj.pk))
            obj.save(update_fields=form.changed_data)
            note("edit_token", obj, actor=actor, before=before, after=facts_of(obj))

    def response_add(
        self, request: HttpRequest, obj: BeamlineToken, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Shows the token in this one answer, which nothing keeps."""
        context = {
            **self.admin_site.each_context(request),
            "title": f"The token of {obj.name}",
            "token": obj,
            "opts": self.opts,
            "address": settings.BASE_URL + reverse("door:files"),
            "guide": reverse("door:guide"),
        }
        headers = {"Cache-Control": "no-store"}
        return TemplateResponse(request, "admin/token_made.html", context, headers=headers)

    @admin.display(description="Token", ordering="prefix")
    def beginning(self, token: BeamlineToken) -> str:
        return f"{token.prefix}…"

    @admin.display(ordering="instrument__facility")
    def facility(self, token: BeamlineToken) -> str:
        return str(token.facility)

    @admin.display(description="State")
    def state(self, token: BeamlineToken) -> str:
        if token.revoked_at is not None:
            return "revoked"
        return "good" if token.is_good(today=timezone.localdate()) else "expired"

    @admin.action(description="Revoke, for good", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[BeamlineToken]) -> None:
        actor: User = request.user  # type: ignore[assignment]
        for token in queryset:
            revoke(token.pk, actor=actor, now=timezone.now())
        self.message_user(request, f"{len(queryset)} revoked: they open nothing any more.")
