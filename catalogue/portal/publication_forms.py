"""The form of a publication: what is entered of it, checked, as plain values."""

import re
from dataclasses import asdict
from typing import Any, cast

from django import forms

from catalogue.formats.terms import funder_scheme, typed_identifier
from catalogue.publication.details import Details
from catalogue.record import Agent, FundingReference, Organisation, RelatedIdentifier
from catalogue.vocabulary.licences import SPDX_CHOICES
from catalogue.vocabulary.orcid import normalise_orcid
from catalogue.vocabulary.relations import RELATIONS

_ROR = re.compile(r"https://ror\.org/0[a-z0-9]{6}[0-9]{2}")
_PLACE = re.compile(r"(?P<name>.*?)\s*(?P<ror>https?://\S*)?")
RELATIONS_ENTERED = (
    "IsSupplementTo",
    "IsCitedBy",
    "Cites",
    "References",
    "IsReferencedBy",
    "IsDescribedBy",
    "IsDocumentedBy",
    "IsDerivedFrom",
    "IsSourceOf",
    "IsCompiledBy",
    "IsPartOf",
    "HasPart",
)
LONGEST_AFFILIATION = 300
# DataCite 4.5 resourceTypeGeneral, those that people relate data to.
KINDS_ENTERED = {
    "": "–",
    "JournalArticle": "Paper",
    "Preprint": "Preprint",
    "ConferencePaper": "Conference paper",
    "Dissertation": "Thesis",
    "Report": "Report",
    "Dataset": "Data",
    "Software": "Software",
    "Other": "Something else",
}


class DescriptionForm(forms.Form):
    title = forms.CharField(max_length=500)
    abstract = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 6}), max_length=20_000
    )
    licence = forms.ChoiceField(choices=SPDX_CHOICES)

    def clean_abstract(self) -> str:
        """Browsers end lines with CR LF (HTML §4.10.21.4)."""
        return str(self.cleaned_data["abstract"]).replace("\r\n", "\n")


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
    affiliations = forms.CharField(
        required=False,
        max_length=2000,
        label="Affiliations, one a line; a ROR may follow the name",
        widget=forms.Textarea(
            attrs={"rows": 2, "placeholder": "Example University https://ror.org/02mhbdp94"}
        ),
    )
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

    def clean_affiliations(self) -> tuple[Organisation, ...]:
        lines = (line.strip() for line in str(self.cleaned_data["affiliations"]).splitlines())
        return tuple(_place(line) for line in lines if line)

    @property
    def value(self) -> Agent:
        entered = self.cleaned_data
        return Agent(
            entered["name"],
            given_name=entered["given_name"],
            family_name=entered["family_name"],
            orcid=entered["orcid"],
            affiliations=entered["affiliations"],
            is_organisation=entered["is_organisation"],
        )


def _place(line: str) -> Organisation:
    """Returns an affiliation of a line such as `ILL https://ror.org/01xtjs520`."""
    match = _PLACE.fullmatch(line)
    name, ror = (match["name"], match["ror"] or "") if match else (line, "")
    if ror and not _ROR.fullmatch(ror):
        raise forms.ValidationError(f"“{ror}” is not a ROR; write e.g. https://ror.org/02550n020.")
    if not name:
        raise forms.ValidationError(f"Name the affiliation that {ror} stands for, before it.")
    if len(name) > LONGEST_AFFILIATION:
        raise forms.ValidationError(f"“{name[:40]}…” is longer than 300 characters.")
    return Organisation(name, ror)


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
        names = FundingReference.__dataclass_fields__
        return FundingReference(**{name: self.cleaned_data[name] for name in names})


class RelatedForm(forms.Form):
    relation_type = forms.ChoiceField(
        label="These data", choices=[(name, RELATIONS[name]) for name in RELATIONS_ENTERED]
    )
    identifier = forms.CharField(required=False, max_length=500, label="DOI, Handle or address")
    title = forms.CharField(required=False, max_length=500)
    resource_type = forms.ChoiceField(
        required=False, label="Which is", choices=list(KINDS_ENTERED.items())
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("relation_type", "resource_type"):
            _keep_choice(self.fields[name], self.initial.get(name, ""))

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

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if not self.errors and not (found.get("identifier") or found.get("title")):
            raise forms.ValidationError("Enter an identifier, a title, or both.")
        return found

    @property
    def value(self) -> RelatedIdentifier:
        entered = self.cleaned_data
        identifier, kind = typed_identifier(entered["identifier"]) or ("", "")
        return RelatedIdentifier(
            identifier, kind, entered["relation_type"], entered["resource_type"], entered["title"]
        )


def _keep_choice(field: Any, held: str) -> None:
    """Offers what is held already, e.g. by an import, beside what people choose from."""
    if held and held not in dict(field.choices):
        field.choices = [*field.choices, (held, held)]


class FilledFormSet(forms.BaseFormSet[Any]):
    """Rows in an order; empty ones, and those that are to be left out, are passed over."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["ORDER"].label = "Place in the order"
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = "Leave this one out"

    @property
    def values(self) -> tuple[Any, ...]:
        return tuple(form.value for form in self.ordered_forms)


def _rows(form: type[forms.Form], **limits: Any) -> type[FilledFormSet]:
    return cast(
        "type[FilledFormSet]",
        forms.formset_factory(
            form,
            formset=FilledFormSet,
            extra=2,
            can_order=True,
            can_delete=True,
            can_delete_extra=False,
            **limits,
        ),
    )


Creators = _rows(CreatorForm, min_num=1, validate_min=True)
Funding = _rows(FundingForm, max_num=50)
Related = _rows(RelatedForm, max_num=50)


def initial_of(details: Details) -> dict[str, Any]:
    """Returns what the form shows of what is said of a publication already."""
    return {
        "title": details.title,
        "abstract": details.abstract,
        "licence": details.licence,
        "creators": [
            asdict(agent) | {"affiliations": "\n".join(map(_line, agent.affiliations))}
            for agent in details.creators
        ],
        "funding": [asdict(grant) for grant in details.funding],
        "related": [asdict(relation) for relation in details.related],
    }


def _line(place: Organisation) -> str:
    return f"{place.name} {place.ror}".strip()


class PublicationForms:
    """The parts of the form together. `data`: what was sent, or None for a fresh form.

    said: what is said already, or what is proposed; asks_release: some of the data are closed;
    keeps_licence: it has been given to the public and stays.
    """

    def __init__(
        self,
        data: Any = None,
        *,
        said: Details,
        asks_release: bool = False,
        keeps_licence: bool = False,
    ) -> None:
        initial = initial_of(said)
        self.description = DescriptionForm(data, initial=initial)
        self.description.fields["licence"].disabled = keeps_licence
        self.creators = Creators(data, prefix="creators", initial=initial["creators"])
        self.funding = Funding(data, prefix="funding", initial=initial["funding"])
        self.related = Related(data, prefix="related", initial=initial["related"])
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
