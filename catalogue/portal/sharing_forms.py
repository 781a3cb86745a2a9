"""The forms by which people let others in: what they ask for, and what is refused."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from catalogue.access.grants import Terms, parse_grantee
from catalogue.models import UserGroup
from catalogue.policy.visibility import Level

SUGGESTED_DAYS, MOST_DAYS = 90, 2 * 366
LEVELS = [(Level.READ.value, "the files too"), (Level.METADATA.value, "what is said of the data")]


class Day(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class TermsForm(forms.Form):
    """What is let be seen, and until when; `today` bounds the days."""

    level = forms.ChoiceField(label="They see", choices=LEVELS)
    last_day = forms.DateField(label="Until the end of", widget=Day())

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.latest = today + timedelta(days=MOST_DAYS)
        self.fields["last_day"].initial = today + timedelta(days=SUGGESTED_DAYS)
        self.fields["last_day"].widget.attrs |= {"min": str(today), "max": str(self.latest)}

    def clean_last_day(self) -> date:
        day: date = self.cleaned_data["last_day"]
        if not self.today <= day <= self.latest:
            raise ValidationError(f"Choose a day from today to {self.latest:%Y-%m-%d}.")
        return day

    def terms(self, reason: str) -> Terms:
        """Returns the terms of a form that is valid."""
        found = self.cleaned_data
        return Terms(Level(found["level"]), found["last_day"], reason)


class ShareForm(TermsForm):
    """To one person, by what they are known by, or to a group that the giver is in."""

    grantee = forms.CharField(
        label="ORCID iD or e-mail address",
        max_length=254,
        required=False,
        help_text="By e-mail they get a link and need no log-in; by ORCID iD they log in.",
    )
    group = forms.ModelChoiceField(UserGroup.objects.none(), required=False, empty_label="nobody")
    reason = forms.CharField(label="What for", max_length=500)
    field_order = ["grantee", "group", "reason", "level", "last_day"]

    def __init__(self, *args: Any, groups: QuerySet[UserGroup], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if groups.exists():
            self.fields["group"].queryset = groups  # type: ignore[attr-defined]
            self.fields["group"].label = "or a group of yours"
        else:
            del self.fields["group"]

    def clean_grantee(self) -> str:
        text = self.cleaned_data["grantee"]
        return parse_grantee(text) if text else ""

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if "grantee" in found and bool(found["grantee"]) == bool(found.get("group")):
            raise ValidationError("Name one person, or one group.")
        return found


class LinkForm(TermsForm):
    """To whoever holds a link, such as the reviewers of a paper."""

    reason = forms.CharField(
        label="Name of the link", max_length=200, help_text="For your list, e.g. the journal."
    )
    is_double_blind = forms.BooleanField(
        label="Double-blind: show no names of the team",
        required=False,
        help_text="Files go out as they are, and NeXus files often name their users: choose “what"
        " is said of the data” unless you know that yours do not.",
    )
    field_order = ["reason", "is_double_blind", "level", "last_day"]


class DecisionForm(TermsForm):
    answer = forms.CharField(
        label="A line to them (optional)",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        """Adds which button was pressed: nobody refuses by sending a form without one."""
        found = super().clean() or self.cleaned_data
        found["decision"] = self.data.get("decision")
        if found["decision"] not in ("approve", "refuse"):
            raise forms.ValidationError("Nothing was decided: press Approve or Refuse.")
        return found


class RequestForm(forms.Form):
    """What an outsider says to the principal investigator."""

    name = forms.CharField(label="Your name", max_length=200)
    email = forms.EmailField(
        label="Your e-mail address",
        max_length=254,
        help_text="The answer, and the link to the data, are sent there.",
    )
    affiliation = forms.CharField(label="Where you work (optional)", max_length=300, required=False)
    purpose = forms.CharField(
        label="What you want to do with the data",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
