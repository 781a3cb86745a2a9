"""The form of a publication: what is entered of a cart, checked, as plain values."""

import re
from typing import Any, cast

from django import forms

from catalogue.formats.terms import funder_scheme, typed_identifier
from catalogue.publication.details import Details
from catalogue.record import Agent, FundingReference, Organisation, RelatedIdentifier
from catalogue.vocabulary.licences import SPDX_CHOICES
from catalogue.vocabulary.orcid import normalise_orcid
from catalogue.vocabulary.relations import RELATIONS

_ROR = re.compile(r"https://ror\.org/0[a-z0-9]{6}[0-9]{2}")
RELATIONS_ENTERED = ("IsSupplementTo", "IsCitedBy", "Cites", "References", "IsDerivedFrom")


class DescriptionForm(forms.Form):
    title = forms.CharField(max_length=500)
    abstract = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 6}), max_length=20_000
    )
    licence = forms.ChoiceField(choices=SPDX_CHOICES)


class ReleaseForm(forms.Form):
    """Asked where some of the data are closed: publishing alone opens nothing."""

    release = forms.ChoiceField(
        label="Some of these data are still closed",
        choices=[
            ("open", "Open all of them to everyone on the day I publish"),
            ("keep", "Keep them closed until their day; publish what the policy lets be said"),
        ],
        widget=forms.RadioSelect,
    )


class CreatorForm(forms.Form):
    name = forms.CharField(max_length=200, label="Full name, or an organisation’s")
    given_name = forms.CharField(required=False, max_length=100)
    family_name = forms.CharField(required=False, max_length=100)
    orcid = forms.CharField(required=False, max_length=60, label="ORCID iD")
    affiliation = forms.CharField(required=False, max_length=300)
    ror = forms.CharField(required=False, max_length=100, label="ROR of the affiliation")
    is_organisation = forms.BooleanField(required=False, label="This is an organisation")

    def clean_orcid(self) -> str:
        entered = self.cleaned_data["orcid"].strip()
        if not entered:
            return ""
        orcid = normalise_orcid(entered)
        if orcid is None:
            raise forms.ValidationError(
                f"“{entered}” is not an ORCID iD; write e.g. 0000-0002-1825-0097."
            )
        return orcid

    def clean_ror(self) -> str:
        entered = str(self.cleaned_data["ror"]).strip()
        if entered and not _ROR.fullmatch(entered):
            raise forms.ValidationError(
                f"“{entered}” is not a ROR; write e.g. https://ror.org/02550n020."
            )
        return entered

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if found.get("ror") and not found.get("affiliation"):
            raise forms.ValidationError("Name the affiliation that the ROR stands for.")
        return found

    @property
    def value(self) -> Agent:
        entered = self.cleaned_data
        place = Organisation(entered["affiliation"], entered["ror"])
        return Agent(
            entered["name"],
            given_name=entered["given_name"],
            family_name=entered["family_name"],
            orcid=entered["orcid"],
            affiliations=(place,) if place.name else (),
            is_organisation=entered["is_organisation"],
        )


class FundingForm(forms.Form):
    funder_name = forms.CharField(max_length=300, label="Funder")
    funder_identifier = forms.CharField(
        required=False, max_length=200, label="ROR or Crossref funder id"
    )
    award_number = forms.CharField(required=False, max_length=100)
    award_title = forms.CharField(required=False, max_length=500)
    award_uri = forms.URLField(required=False, label="Award’s address", assume_scheme="https")

    def clean_funder_identifier(self) -> str:
        entered = str(self.cleaned_data["funder_identifier"]).strip()
        if entered and not funder_scheme(entered):
            raise forms.ValidationError(
                f"“{entered}” is no funder’s id; write e.g. https://ror.org/019w4f821 or "
                "https://doi.org/10.13039/501100000780."
            )
        return entered

    @property
    def value(self) -> FundingReference:
        return FundingReference(**self.cleaned_data)


class RelatedForm(forms.Form):
    relation_type = forms.ChoiceField(
        label="These data", choices=[(name, RELATIONS[name]) for name in RELATIONS_ENTERED]
    )
    identifier = forms.CharField(required=False, max_length=500, label="DOI, Handle or address")
    title = forms.CharField(required=False, max_length=500)

    def has_changed(self) -> bool:
        """A row whose relation alone was chosen says nothing."""
        return bool({"identifier", "title"} & set(self.changed_data))

    def clean_identifier(self) -> str:
        entered = str(self.cleaned_data["identifier"]).strip()
        if entered and typed_identifier(entered) is None:
            raise forms.ValidationError(
                f"“{entered}” is no DOI, Handle or address; leave it out and enter the title."
            )
        return entered

    @property
    def value(self) -> RelatedIdentifier:
        entered = self.cleaned_data
        identifier, kind = typed_identifier(entered["identifier"]) or ("", "")
        return RelatedIdentifier(identifier, kind, entered["relation_type"], title=entered["title"])


class FilledFormSet(forms.BaseFormSet[Any]):
    """Rows of which empty ones are passed over."""

    @property
    def values(self) -> tuple[Any, ...]:
        return tuple(form.value for form in self.forms if form.has_changed() or form.initial)


def _rows(form: type[forms.Form], **limits: Any) -> type[FilledFormSet]:
    return cast(
        "type[FilledFormSet]",
        forms.formset_factory(form, formset=FilledFormSet, extra=2, **limits),
    )


Creators = _rows(CreatorForm, min_num=1, validate_min=True)
Funding = _rows(FundingForm, max_num=50)
Related = _rows(RelatedForm, max_num=50)


class PublicationForms:
    """The parts of the form together. `data`: what was sent, or None for a fresh form."""

    def __init__(self, data: Any = None, *, initial: dict[str, Any], asks_release: bool) -> None:
        self.description = DescriptionForm(data, initial=initial)
        self.creators = Creators(data, prefix="creators", initial=initial.get("creators", ()))
        self.funding = Funding(data, prefix="funding", initial=())
        self.related = Related(data, prefix="related", initial=())
        self.release = ReleaseForm(data) if asks_release else None

    def is_valid(self) -> bool:
        """Judges every part, so that all that is wrong is said at once."""
        described = [self.description.is_valid(), self.release is None or self.release.is_valid()]
        listed = [rows.is_valid() for rows in (self.creators, self.funding, self.related)]
        return all(described + listed)

    @property
    def opens(self) -> bool:
        return self.release is not None and self.release.cleaned_data["release"] == "open"

    @property
    def details(self) -> Details:
        entered = self.description.cleaned_data
        return Details(
            title=entered["title"],
            abstract=entered["abstract"],
            licence=entered["licence"],
            creators=self.creators.values,
            funding=self.funding.values,
            related=self.related.values,
        )
