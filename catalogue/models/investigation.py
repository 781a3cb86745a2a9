"""Proposals, the investigations (visits) they were given, and who took part with what sample."""

from datetime import date
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from catalogue.models.access import AccessGrant, InstrumentScientist
from catalogue.models.base import Described, Timestamped, choices_of, one_of
from catalogue.models.facility import Facility, Instrument
from catalogue.models.person import Affiliation, Person
from catalogue.models.release import EmbargoPolicy
from catalogue.policy.embargo import IN_EMBARGO, STORED_STATES, Audience, Days, ReleaseState
from catalogue.policy.visibility import CLOSED_TO_GUESTS, Level, Viewer
from catalogue.vocabulary.roles import Role


class Proposal(Timestamped):
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="proposals")
    code = models.CharField(max_length=60, help_text="The facility's own number, e.g. RB2310045.")
    title = models.CharField(max_length=500, blank=True, default="")
    abstract = models.TextField(blank=True, default="")
    keywords = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    embargo_policy = models.ForeignKey(
        EmbargoPolicy,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="proposals",
        help_text="Its version of the day of acceptance, for good. Without one, nothing is ever "
        "released.",
    )
    accepted_on = models.DateField(
        null=True,
        blank=True,
        help_text="The day whose version of the policy holds; empty: not known, and the policy is "
        "provisional.",
    )
    ends_on = models.DateField(
        null=True,
        blank=True,
        help_text="Its last day, for policies that count from it.",
    )
    is_placeholder = models.BooleanField(
        default=False, help_text="Made by ingest from a file; the user office has not confirmed it."
    )

    class Meta:
        ordering = ["facility", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "code"], name="proposal_code_is_unique_in_facility"
            ),
            models.CheckConstraint(condition=~Q(code=""), name="proposal_has_a_code"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_policy_frozen(self) -> bool:
        """Whether acceptance and policy stay as they are: the ledger has counted from them.

        The trigger `accepted_terms_are_frozen` says the same.
        """
        if self.accepted_on is None or self.embargo_policy_id is None:
            return False
        return self.investigations.filter(release_events__isnull=False).exists()


def released(today: date, prefix: str = "") -> Q:
    """Returns the SQL form of `policy.visibility.is_released` for an investigation."""
    return Q(
        **{
            f"{prefix}release_state": ReleaseState.OPEN.value,
            f"{prefix}release_date__lte": today,
        }
    )


def addressed(viewer: Viewer, *, level: Level, prefix: str = "") -> Q:
    """Returns the condition that a viewer is of the audience that released data are open to."""
    if viewer.is_registered or level is Level.METADATA:
        return Q()
    return Q(**{f"{prefix}audience": Audience.EVERYONE})


def joins(prefix: str = "") -> tuple[str, ...]:
    """Returns what an investigation is read with wherever it is judged, shown or published."""
    return tuple(
        f"{prefix}{name}"
        for name in ("instrument", "proposal__facility", "proposal__embargo_policy")
    )


def inside(viewer: Viewer, *, today: date, prefix: str = "") -> Q:
    """Returns the condition that an investigation is a member's or instrument scientist's own."""
    if viewer.person_id is None:
        return Q(pk__in=[])
    members = InvestigationUser.objects.filter(person=viewer.person_id)
    scientists = InstrumentScientist.objects.filter(person=viewer.person_id).in_force(today=today)
    # EXISTS, unlike IN, lets the planner probe an index where few rows are judged.
    return Q(Exists(members.filter(investigation=OuterRef(f"{prefix}pk")))) | Q(
        Exists(scientists.filter(instrument=OuterRef(f"{prefix}instrument")))
    )


def granted(viewer: Viewer, *, today: date, level: Level, prefix: str = "") -> Q:
    """Returns the condition that a grant on the whole investigation lets the viewer in."""
    if not viewer.may_hold_grants:
        return Q(pk__in=[])
    grants = grants_of(viewer, today=today, level=level)
    return Q(Exists(grants.filter(investigation=OuterRef(f"{prefix}pk")))) & open_to_guests(prefix)


def grants_of(viewer: Viewer, *, today: date, level: Level) -> "models.QuerySet[AccessGrant]":
    """Returns the grants in force that are a viewer's and reach to a level."""
    grants = AccessGrant.objects.reaching(viewer).in_force(today=today)
    return grants.filter(level__in=level.sufficient)


def open_to_guests(prefix: str = "") -> Q:
    return ~Q(**{f"{prefix}release_state__in": CLOSED_TO_GUESTS})


def own(viewer: Viewer, *, today: date, level: Level = Level.METADATA) -> Q:
    """Returns what a viewer sees beside the public: as a member, by an instrument or a grant."""
    return inside(viewer, today=today) | granted(viewer, today=today, level=level)


class InvestigationQuerySet(models.QuerySet["Investigation"]):
    def visible_to(self, viewer: Viewer, *, today: date, level: Level = Level.READ) -> Self:
        """Returns what `policy.visibility.may_see` allows: the one door for anything shown."""
        if viewer.is_data_manager:
            return self
        public = released(today) & addressed(viewer, level=level)
        return self.filter(public | own(viewer, today=today, level=level))

    def locked(self) -> Self:
        """Locks the rows for the transaction; what is joined is only read, and stays free."""
        return self.select_for_update(of=("self",)).select_related(*joins())

    def beginning(self, *, today: date) -> Self:
        """Returns the planned ones whose first day has come."""
        return self.filter(release_state=ReleaseState.PLANNED, start__lte=today)

    def due(self, *, today: date) -> Self:
        """Returns those of which the schedule has to do something on a day.

        Their release date has come, or the time to object to their early release has passed.
        """
        has_come = Q(release_state__in=IN_EMBARGO, release_date__lte=today)
        early = Q(
            release_state=ReleaseState.EARLY_RELEASE_PENDING,
            release_requests__state="pending",
            release_requests__takes_effect_on__lte=today,
        )
        return self.filter(has_come | Q(pk__in=self.model.objects.filter(early).values("pk")))


class Investigation(Timestamped):
    """One visit to one instrument: the catalogue's central row."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="investigations")
    visit_number = models.PositiveSmallIntegerField(default=1)
    instrument = models.ForeignKey(
        Instrument,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="investigations",
        help_text="Empty where neither the user office nor a file has named it.",
    )
    title = models.CharField(max_length=500, blank=True, default="")
    abstract = models.TextField(blank=True, default="")
    start = models.DateField(null=True, blank=True)
    end = models.DateField(null=True, blank=True)
    release_state = models.CharField(
        max_length=30,
        choices=choices_of(STORED_STATES),
        default=ReleaseState.UNDER_EMBARGO,
        editable=False,
    )
    release_date = models.DateField(
        null=True,
        blank=True,
        help_text="The day the data open; empty: never, until someone says so.",
    )
    audience = models.CharField(
        max_length=20,
        choices=choices_of(Audience),
        default=Audience.EVERYONE,
        editable=False,
        help_text="Who gets the files once it is open; its policy’s word, at the latest event.",
    )
    released_at = models.DateTimeField(null=True, blank=True, editable=False)
    extensions = models.PositiveSmallIntegerField(default=0, editable=False)
    extended_months = models.PositiveSmallIntegerField(default=0, editable=False)
    is_held_for_request = models.BooleanField(
        default=False,
        editable=False,
        help_text="Held by the schedule until an extension is decided, not by a person.",
    )
    is_waived = models.BooleanField(
        default=False,
        editable=False,
        help_text="The owner of proprietary data has given up the right to keep them.",
    )
    last_file_on = models.DateField(null=True, editable=False)
    last_data_on = models.DateField(null=True, editable=False)
    is_team_confirmed = models.BooleanField(
        default=False,
        help_text="A person has edited the team; files add nobody to it any more.",
    )
    dataset_count = models.PositiveIntegerField(default=0, editable=False)
    file_count = models.PositiveIntegerField(default=0, editable=False)
    size_bytes = models.PositiveBigIntegerField(default=0, editable=False)
    people = models.ManyToManyField(
        Person, through="InvestigationUser", related_name="investigations"
    )

    objects = InvestigationQuerySet.as_manager()

    class Meta:
        ordering = ["-start", "-pk"]
        indexes = [
            models.Index(fields=["release_state", "release_date"], name="investigation_release"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["proposal", "visit_number", "instrument"],
                nulls_distinct=False,
                name="investigation_is_one_visit_to_one_instrument",
            ),
            models.CheckConstraint(
                condition=Q(end__isnull=True) | Q(start__isnull=True) | Q(end__gte=F("start")),
                name="investigation_ends_after_it_starts",
            ),
            one_of("audience", Audience, name="investigation_audience_is_known"),
            one_of("release_state", STORED_STATES, name="investigation_release_state_is_known"),
            models.CheckConstraint(
                condition=~Q(release_state="open")
                | Q(release_date__isnull=False, released_at__isnull=False),
                name="open_investigation_has_a_release_date",
            ),
            models.CheckConstraint(
                condition=~Q(release_state="proprietary") | Q(release_date__isnull=True),
                name="proprietary_investigation_has_no_release_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal.code}-{self.visit_number}"

    def clean(self) -> None:
        if self.state is ReleaseState.PROPRIETARY and self.release_date is not None:
            raise ValidationError(
                {"release_date": "Proprietary data have no release date; change the policy first."}
            )

    @property
    def state(self) -> ReleaseState:
        return ReleaseState(self.release_state)

    @property
    def is_team_settled(self) -> bool:
        """Tells whether a person or the user office has said who took part.

        A file alone makes nobody a member of such a team, and of another one no member may let
        others in (DECISIONS 6): anybody can write down a name and an address.
        """
        return self.is_team_confirmed or not self.proposal.is_placeholder

    @property
    def days(self) -> Days:
        """The days its policy may count from."""
        return Days(
            ended=self.end,
            last_file=self.last_file_on,
            last_data=self.last_data_on,
            proposal_ended=self.proposal.ends_on,
        )


class InvestigationUser(models.Model):
    """Someone's part in an investigation (ICAT InvestigationUser); members see it under embargo."""

    investigation = models.ForeignKey(
        Investigation, on_delete=models.CASCADE, related_name="members"
    )
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=40, choices=choices_of(Role), default=Role.MEMBER)
    affiliation = models.ForeignKey(
        Affiliation, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    order = models.PositiveSmallIntegerField(default=0, help_text="Position among the creators.")

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["investigation", "person", "role"], name="investigation_user_is_unique"
            ),
            one_of("role", Role, name="investigation_user_role_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.person} ({self.role})"


class Sample(Described, Timestamped):
    investigation = models.ForeignKey(
        Investigation, on_delete=models.CASCADE, related_name="samples"
    )
    name = models.CharField(max_length=300)
    name_in_files = models.CharField(
        max_length=300,
        blank=True,
        default="",
        editable=False,
        help_text="What files call it, where a person has given it another name.",
    )
    formula = models.CharField(max_length=200, blank=True, default="")
    description = models.TextField(blank=True, default="")
    pid = models.CharField(
        max_length=200, blank=True, default="", verbose_name="PID", help_text="IGSN, if it has one."
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["investigation", "name"], name="sample_name_is_unique_in_investigation"
            )
        ]

    def __str__(self) -> str:
        return self.name
