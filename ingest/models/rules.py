"""What a facility tells the catalogue about its files: path rules and technique rules."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from catalogue.models import Facility, Instrument, Technique
from catalogue.models.base import Timestamped
from ingest.rules.naming import FIELDS
from ingest.rules.patterns import LONGEST_PATTERN, BadPattern, read_pattern


def validate_path_pattern(text: str) -> None:
    """Raises a ValidationError where a text is no pattern with groups that are fields."""
    try:
        read_pattern(text, groups=FIELDS)
    except BadPattern as error:
        raise ValidationError(str(error)) from error


def validate_pattern(text: str) -> None:
    """Raises a ValidationError where a text is no pattern."""
    try:
        read_pattern(text)
    except BadPattern as error:
        raise ValidationError(str(error)) from error


class Rule(Timestamped):
    """What every rule has: whose it is, what it is called, and when its turn comes."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="%(class)ss")
    name = models.CharField(max_length=100, help_text="Shown wherever a value came from this rule.")
    position = models.PositiveSmallIntegerField(
        default=10, help_text="The lowest comes first, and the first rule that fits decides."
    )
    is_active = models.BooleanField(default=True, verbose_name="active")
    note = models.TextField(blank=True, default="", help_text="Why it is there; for colleagues.")

    class Meta:
        abstract = True
        ordering = ["facility", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "name"], name="%(class)s_name_is_unique_in_facility"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="%(class)s_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class PathRule(Rule):
    """Fields that stand in the path of a facility's files: proposal, visit, instrument and more."""

    pattern = models.CharField(
        max_length=LONGEST_PATTERN,
        validators=[validate_path_pattern],
        help_text="Regular expression (RE2), searched for in the file's whole path. Its groups "
        "are the fields it finds: (?P<proposal>…), (?P<visit>…), (?P<instrument>…), "
        "(?P<run_number>…), (?P<sample>…). For example "
        "/data/visitor/(?P<proposal>[a-z]+[0-9]+)/(?P<instrument>[^/]+)/",
    )

    class Meta(Rule.Meta):
        constraints = [
            *Rule.Meta.constraints,
            models.CheckConstraint(condition=~Q(pattern=""), name="pathrule_has_a_pattern"),
        ]


class TechniqueRule(Rule):
    """Techniques that a facility knows its files to be of; all conditions given must hold."""

    instrument = models.ForeignKey(
        Instrument,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text="Only files of this instrument.",
    )
    definition = models.CharField(
        max_length=LONGEST_PATTERN,
        blank=True,
        default="",
        validators=[validate_pattern],
        help_text="Regular expression found in the application definition, e.g. ^TOFRAW$. In all "
        "conditions, upper and lower case are the same.",
    )
    title = models.CharField(
        max_length=LONGEST_PATTERN,
        blank=True,
        default="",
        validators=[validate_pattern],
        verbose_name="title or scan command",
        help_text="Regular expression found in either of them, e.g. ^(fscan|energyscan) ",
    )
    method = models.CharField(
        max_length=LONGEST_PATTERN,
        blank=True,
        default="",
        validators=[validate_pattern],
        verbose_name="experimental method",
        help_text="Regular expression found in what the file calls its method.",
    )
    path = models.CharField(
        max_length=LONGEST_PATTERN,
        blank=True,
        default="",
        validators=[validate_pattern],
        help_text="Regular expression found in the file's whole path, e.g. /xanes/",
    )
    techniques = models.ManyToManyField(
        Technique, related_name="+", help_text="What such files are."
    )

    class Meta(Rule.Meta):
        constraints = [
            *Rule.Meta.constraints,
            models.CheckConstraint(
                condition=Q(instrument__isnull=False)
                | ~Q(definition="", title="", method="", path=""),
                name="techniquerule_has_a_condition",
                violation_error_message="Give at least one condition: an instrument, or what is "
                "found in definition, title, method or path.",
            ),
        ]

    def clean(self) -> None:
        """Raises a ValidationError where the instrument is another facility's."""
        instrument = self.instrument
        if instrument is not None and instrument.facility_id != self.facility_id:
            raise ValidationError(
                {"instrument": f"{instrument} is an instrument of {instrument.facility}."}
            )
