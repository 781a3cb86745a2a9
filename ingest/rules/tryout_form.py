"""The form in which example paths are tried, on a facility's rules as they are being edited."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django import forms
from django.db.models import QuerySet
from django.forms import ModelForm

from catalogue.models import Facility
from ingest.models import IngestRun, Outcome, TechniqueRule
from ingest.models.rules import Rule
from ingest.rules.loading import path_pattern, technique_pattern
from ingest.rules.tryout import Told, Trial, try_paths

RuleRow = TypeVar("RuleRow", bound=Rule)

# What a file is quarantined for that another rule may change.
PLACE_CODES = (
    "no_proposal",
    "unknown_proposal",
    "proposal_mismatch",
    "visit_mismatch",
    "ambiguous_proposal",
    "bad_proposal",
)
MOST_PATHS = 100


class TryoutForm(forms.Form):
    """Example paths, and what the files and their job say besides."""

    paths = forms.CharField(
        required=False,
        label="Paths, one a line",
        widget=forms.Textarea(attrs={"rows": 6, "cols": 100, "spellcheck": "false"}),
        help_text="Left empty, the latest files are taken that are in quarantine for want of a "
        "proposal.",
    )
    job_proposal = forms.CharField(required=False, label="Proposal of the job")
    proposal = forms.CharField(required=False, label="Proposal in the file")
    instrument = forms.CharField(required=False, label="Instrument in the file")
    definition = forms.CharField(required=False, label="Definition")
    probe = forms.CharField(required=False, label="Probe")
    title = forms.CharField(required=False, label="Title or scan command")
    method = forms.CharField(required=False, label="Method")

    @property
    def has_told(self) -> bool:
        """Tells whether anything but paths was entered."""
        return any(self[name].value() for name in Told.__slots__)

    def told(self) -> Told:
        """Returns what the files and their job say in this try."""
        return Told(**{name: self.cleaned_data[name].strip() for name in Told.__slots__})

    def chosen_paths(self) -> list[str]:
        """Returns the paths that were entered, as many as are tried at once."""
        lines = (line.strip() for line in self.cleaned_data["paths"].splitlines())
        return [line for line in lines if line][:MOST_PATHS]


def quarantined(facility: Facility, codes: Iterable[str] = PLACE_CODES) -> QuerySet[IngestRun]:
    """Returns the runs of files that are in quarantine for their proposal, latest first."""
    runs = IngestRun.objects.filter(facility=facility, outcome=Outcome.QUARANTINED)
    return runs.filter(code__in=list(codes))


def latest_paths(facility: Facility) -> list[str]:
    """Returns the paths of the latest files that are in quarantine for want of a proposal."""
    return list(quarantined(facility, ["no_proposal"]).values_list("path", flat=True)[:10])


def try_rules(facility: Facility, tryout: TryoutForm, draft: ModelForm[Any] | None) -> list[Trial]:
    """Returns what would become of the paths, under a rule's unsaved edits where there are some."""
    path_rows = _with_draft(facility.pathrules.all(), draft)
    technique_rows = _with_draft(facility.techniquerules.prefetch_related("techniques"), draft)
    return try_paths(
        tryout.chosen_paths(),
        facility,
        [path_pattern(row) for row in path_rows],
        [technique_pattern(row, _codes(row, draft)) for row in technique_rows],
        tryout.told(),
    )


def _with_draft(rows: QuerySet[RuleRow], draft: ModelForm[Any] | None) -> list[RuleRow]:
    """Returns the active rules in their order, an unsaved one in the place of its saved form."""
    edited = draft.instance if draft and isinstance(draft.instance, rows.model) else None
    found = [row for row in rows if edited is None or row.pk != edited.pk]
    found += [edited] if edited else []
    # A new rule comes after those that have its position already.
    order = sorted(found, key=lambda row: (row.position, row.pk is None, row.pk or 0))
    return [row for row in order if row.is_active]


def _codes(row: TechniqueRule, draft: ModelForm[Any] | None) -> list[str]:
    is_draft = draft is not None and row is draft.instance
    techniques = draft.cleaned_data["techniques"] if draft and is_draft else row.techniques.all()
    return [technique.code for technique in techniques]
