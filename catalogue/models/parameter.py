"""The typed parameters of datasets, samples and investigations."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Left

from catalogue.models.dataset import Dataset
from catalogue.models.investigation import Investigation, Sample


class ParameterType(models.Model):
    """What is measured or set: one row per name, used for datasets, samples and investigations."""

    name = models.CharField(
        max_length=100, unique=True, help_text="PaNOSC's name where there is one."
    )
    label = models.CharField(max_length=150)
    si_unit = models.CharField(
        max_length=50, blank=True, default="", help_text="Unit of the stored SI values."
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.label


def _range(least: str, greatest: str, *, of: str) -> models.CheckConstraint:
    # A comparison with null is unknown, and what is unknown passes: so null is named.
    filled = {f"{name}__isnull": False for name in (of, least, greatest)}
    condition = Q(**{f"{least}__isnull": True, f"{greatest}__isnull": True}) | Q(
        **filled, **{f"{greatest}__gte": F(least)}
    )
    return models.CheckConstraint(
        condition=condition,
        name=f"%(class)s_{greatest}_is_not_below_its_least",
        violation_error_message="A range needs a number, and both ends in their order.",
    )


def _error(name: str, *, of: str) -> models.CheckConstraint:
    condition = Q(**{f"{name}__isnull": True}) | Q(**{f"{of}__isnull": False, f"{name}__gte": 0})
    return models.CheckConstraint(
        condition=condition,
        name=f"%(class)s_{name}_is_of_a_number",
        violation_error_message="An error needs a number, and is not below zero.",
    )


class Parameter(models.Model):
    """Exactly one of number, text and moment; a number keeps its unit and its SI value.

    A number may vary while data are taken: `number_min` and `number_max` are the least and the
    greatest value there was (ICAT's rangeBottom and rangeTop). Both are known or neither is, in
    the number's unit. `error` is its standard uncertainty, in that unit too.
    """

    # The indexes by value begin with the type, the unique key with the owner.
    type = models.ForeignKey(
        ParameterType, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    number = models.FloatField(null=True, blank=True)
    unit = models.CharField(
        max_length=50, blank=True, default="", help_text="As the file spells it."
    )
    si_value = models.FloatField(
        null=True, blank=True, help_text="Empty where the unit is not known."
    )
    number_min = models.FloatField(
        "least", null=True, blank=True, help_text="The least value it had, in the same unit."
    )
    number_max = models.FloatField(
        "greatest", null=True, blank=True, help_text="The greatest value it had, in the same unit."
    )
    error = models.FloatField(
        null=True, blank=True, help_text="Standard uncertainty, in the same unit."
    )
    si_min = models.FloatField(null=True, blank=True)
    si_max = models.FloatField(null=True, blank=True)
    si_error = models.FloatField(null=True, blank=True)
    text = models.TextField(blank=True, default="")
    moment = models.DateTimeField(null=True, blank=True)
    source = models.CharField(
        max_length=500, blank=True, default="", help_text="HDF5 path, empty where entered by hand."
    )
    replaces = models.CharField(
        max_length=500,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="HDF5 path of the file's value that a person's stands in for.",
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(number__isnull=False, text="", moment__isnull=True)
                | (Q(number__isnull=True, moment__isnull=True) & ~Q(text=""))
                | Q(number__isnull=True, text="", moment__isnull=False),
                name="%(class)s_has_exactly_one_value",
            ),
            models.CheckConstraint(
                condition=Q(si_value__isnull=True) | Q(number__isnull=False),
                name="%(class)s_si_value_has_a_number",
            ),
            _range("number_min", "number_max", of="number"),
            _range("si_min", "si_max", of="si_value"),
            _error("error", of="number"),
            _error("si_error", of="si_value"),
        ]

    def __str__(self) -> str:
        return f"{self.type}: {self.value} {self.unit}".rstrip()

    @property
    def place(self) -> str:
        """Where the file says it, or said what a person replaced; '' where no file ever did."""
        return self.source or self.replaces

    @property
    def value(self) -> object:
        if self.number is not None:
            return self.number
        return self.text or self.moment


def _owned_once(owner: str) -> list[models.BaseConstraint]:
    unique = models.UniqueConstraint(
        fields=[owner, "type", "source", "replaces"], name=f"{owner}parameter_source_is_unique"
    )
    return [*Parameter.Meta.constraints, unique]


def _searched_by_value(owner: str) -> list[models.Index]:
    return [
        models.Index(fields=["type", "si_value"], name=f"{owner}_parameter_si_value"),
        models.Index(
            fields=["type", "si_max", "si_min"],
            condition=Q(si_max__isnull=False),
            name=f"{owner}_parameter_si_range",
        ),
        # Text can be longer than a B-tree entry may be (2704 bytes); no search looks further.
        models.Index("type", Left("text", 100), name=f"{owner}_parameter_text"),
    ]


class DatasetParameter(Parameter):
    dataset = models.ForeignKey(
        Dataset, on_delete=models.CASCADE, db_index=False, related_name="parameters"
    )

    class Meta(Parameter.Meta):
        constraints = _owned_once("dataset")
        indexes = _searched_by_value("dataset")


class SampleParameter(Parameter):
    sample = models.ForeignKey(
        Sample, on_delete=models.CASCADE, db_index=False, related_name="parameters"
    )

    class Meta(Parameter.Meta):
        constraints = _owned_once("sample")
        indexes = _searched_by_value("sample")


class InvestigationParameter(Parameter):
    investigation = models.ForeignKey(
        Investigation, on_delete=models.CASCADE, db_index=False, related_name="parameters"
    )

    class Meta(Parameter.Meta):
        constraints = _owned_once("investigation")
        indexes = _searched_by_value("invest")
