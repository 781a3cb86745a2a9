"""Who is let in: instrument scientists, groups, grants; requests, looks and mails to read."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from catalogue.access.grants import Terms, parse_grantee, revoke, share_with, share_with_group
from catalogue.admin.base import CatalogueAdmin, ReadOnlyAdmin, act_of
from catalogue.models import (
    AccessGrant,
    AccessRequest,
    DataRead,
    InstrumentScientist,
    Mail,
    UserGroup,
)
from catalogue.policy.visibility import Level


@admin.register(InstrumentScientist)
class InstrumentScientistAdmin(CatalogueAdmin[InstrumentScientist]):
    list_display = ["person", "instrument", "first_day", "last_day"]
    list_select_related = ["person", "instrument"]
    list_filter = ["instrument__facility", "instrument"]
    search_fields = ["person__full_name", "person__orcid", "instrument__name"]
    autocomplete_fields = ["person", "instrument"]


@admin.register(UserGroup)
class UserGroupAdmin(CatalogueAdmin[UserGroup]):
    list_display = ["name", "modified_at"]
    search_fields = ["name"]
    autocomplete_fields = ["people"]


class AccessGrantForm(forms.ModelForm[AccessGrant]):
    """One target, one grantee; links for reviewers are made on the site, which shows them."""

    def clean_grantee(self) -> str:
        text = self.cleaned_data["grantee"]
        return parse_grantee(text) if text else ""

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        for one, other in (("investigation", "dataset"), ("grantee", "group")):
            if one in found and bool(found[one]) == bool(found.get(other)):
                raise ValidationError(f"Enter the {one} or the {other}: one of them.")
        return found


@admin.register(AccessGrant)
class AccessGrantAdmin(CatalogueAdmin[AccessGrant]):
    form = AccessGrantForm
    list_display = ["to", "investigation", "dataset", "level", "last_day", "revoked_at", "reason"]
    list_select_related = ["investigation__proposal", "dataset", "group"]
    list_filter = ["level", "is_double_blind", ("revoked_at", admin.EmptyFieldListFilter)]
    search_fields = ["grantee", "reason", "group__name", "investigation__proposal__code"]
    autocomplete_fields = ["investigation", "dataset", "group"]
    fields = ["investigation", "dataset", "grantee", "group", "level", "last_day", "reason"]
    actions = ["take_back"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A grant is what was given: to change it, take it back and give another."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: AccessGrant, form: Any, change: bool) -> None:
        actor = act_of(request).actor
        target = obj.dataset or obj.investigation
        terms = Terms(Level(obj.level), obj.last_day, obj.reason)
        if actor is None or target is None:
            return
        if obj.group is not None:
            made = share_with_group(obj.group, target, terms, actor=actor)
        else:
            made = share_with(obj.grantee, target, terms, actor=actor)
        obj.pk = made.pk

    @admin.action(description="Take back at once", permissions=["add"])
    def take_back(self, request: HttpRequest, queryset: QuerySet[AccessGrant]) -> None:
        actor, now = act_of(request).actor, timezone.now()
        for grant in queryset:
            if actor is not None:
                revoke(grant.pk, actor=actor, now=now)
        self.message_user(request, f"{len(queryset)} taken back.")


@admin.register(AccessRequest)
class AccessRequestAdmin(ReadOnlyAdmin):
    list_display = ["name", "email", "investigation", "state", "created_at", "decided_by"]
    list_select_related = ["investigation__proposal", "decided_by"]
    list_filter = ["state"]
    search_fields = ["name", "email", "investigation__proposal__code"]


@admin.register(DataRead)
class DataReadAdmin(ReadOnlyAdmin):
    list_display = ["at", "user_name", "way", "what"]
    list_filter = ["way", "at"]
    search_fields = ["user_name", "what"]
    show_full_result_count = False


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin):
    list_display = ["subject", "to", "created_at", "sent_at", "tries", "problem"]
    list_filter = [("sent_at", admin.EmptyFieldListFilter)]
    search_fields = ["to", "subject"]
    # A mail that waits can hold a link that opens data.
    exclude = ["body"]
