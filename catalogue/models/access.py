"""Who is let in beside an experiment's people: instrument scientists, groups, grants, requests."""

from datetime import date
from enum import StrEnum
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now

from catalogue.models.base import Timestamped, choices_of, one_of
from catalogue.models.person import Person
from catalogue.policy.visibility import Appointment, Grant, Level, Viewer, Way


class InstrumentScientistQuerySet(models.QuerySet["InstrumentScientist"]):
    def in_force(self, *, today: date) -> Self:
        """Returns the appointments that hold on a day: `Appointment.is_in_force` in SQL."""
        has_begun = Q(first_day__isnull=True) | Q(first_day__lte=today)
        return self.filter(has_begun, Q(last_day__isnull=True) | Q(last_day__gte=today))


class InstrumentScientist(models.Model):
    """Someone who looks after an instrument, and sees its data (ICAT InstrumentScientist)."""

    instrument = models.ForeignKey(
        "catalogue.Instrument", on_delete=models.CASCADE, related_name="scientists"
    )
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="appointments")
    first_day = models.DateField(null=True, blank=True, help_text="Empty: always has been.")
    last_day = models.DateField(
        null=True, blank=True, help_text="The last day of access; empty: until further notice."
    )

    objects = InstrumentScientistQuerySet.as_manager()

    class Meta:
        ordering = ["instrument", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["instrument", "person", "first_day"],
                nulls_distinct=False,
                name="instrument_scientist_is_appointed_once_a_day",
            ),
            models.CheckConstraint(
                condition=Q(first_day__isnull=True)
                | Q(last_day__isnull=True)
                | Q(last_day__gte=F("first_day")),
                name="instrument_scientist_ends_after_beginning",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} ({self.instrument})"

    @property
    def appointment(self) -> Appointment:
        return Appointment(self.person_id, self.first_day, self.last_day)


class UserGroup(Timestamped):
    """People whom one grant lets in together (ICAT Grouping); it follows who joins and leaves."""

    name = models.CharField(max_length=200, unique=True)
    people = models.ManyToManyField(Person, blank=True, related_name="user_groups")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class AccessGrantQuerySet(models.QuerySet["AccessGrant"]):
    def in_force(self, *, today: date) -> Self:
        """Returns the grants that hold on a day: `Grant.is_in_force` in SQL."""
        return self.filter(revoked_at__isnull=True, last_day__gte=today)

    def reaching(self, viewer: Viewer) -> Self:
        """Returns the grants that are a viewer's: `Grant.is_for` in SQL."""
        theirs = Q(grantee__in=viewer.names) | Q(pk__in=viewer.grant_ids)
        if viewer.person_id is not None:
            groups = UserGroup.people.through.objects.filter(person=viewer.person_id)
            theirs |= Q(group__in=groups.values("usergroup"))
        return self.filter(theirs)


class AccessGrant(Timestamped):
    """Access to an investigation, or to one dataset, until the end of a day.

    It is given to somebody named by ORCID iD or e-mail address, to a group, or to whoever holds a
    link. Who is named need not be known to the catalogue: nothing tells the giver whether they are.
    """

    investigation = models.ForeignKey(
        "catalogue.Investigation",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="grants",
    )
    dataset = models.ForeignKey(
        "catalogue.Dataset",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="grants",
        help_text="Instead of a whole investigation.",
    )
    grantee = models.CharField(
        max_length=254,
        blank=True,
        default="",
        verbose_name="ORCID iD or e-mail address",
        help_text="Compared with those of log-ins; in small letters.",
    )
    group = models.ForeignKey(
        UserGroup, on_delete=models.PROTECT, null=True, blank=True, related_name="grants"
    )
    token_digest = models.CharField(
        max_length=64,
        blank=True,
        default="",
        editable=False,
        help_text="SHA-256 of the token in the link that opens it, where there is one.",
    )
    is_double_blind = models.BooleanField(
        default=False, help_text="Whoever follows the link is shown no names of the team."
    )
    level = models.CharField(
        max_length=20,
        choices=[(Level.METADATA.value, "What is said of the data"), (Level.READ.value, "Files")],
        default=Level.READ,
    )
    reason = models.CharField(max_length=500, help_text="What for, e.g. the paper under review.")
    last_day = models.DateField(help_text="The last day of access.")
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = AccessGrantQuerySet.as_manager()

    # The token itself: known to the row that has just been made, and to no other.
    token = ""

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["grantee"], name="access_grant_grantee")]
        constraints = [
            models.CheckConstraint(
                condition=Q(investigation__isnull=True) ^ Q(dataset__isnull=True),
                name="access_grant_is_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(group__isnull=True, grantee="") & ~Q(token_digest="")
                | Q(group__isnull=False, grantee="", token_digest="")
                | Q(group__isnull=True) & ~Q(grantee=""),
                name="access_grant_is_to_one",
            ),
            models.CheckConstraint(
                condition=Q(grantee=Lower("grantee")), name="access_grant_grantee_is_lower_case"
            ),
            models.CheckConstraint(
                condition=Q(is_double_blind=False) | Q(grantee="", group__isnull=True),
                name="access_grant_double_blind_is_by_link",
            ),
            models.UniqueConstraint(
                fields=["token_digest"],
                condition=~Q(token_digest=""),
                name="access_grant_token_is_unique",
            ),
            one_of("level", Level, name="access_grant_level_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.to} until {self.last_day}"

    @property
    def to(self) -> str:
        """Whom it lets in, as its giver named them."""
        if self.group is not None:
            return self.group.name
        return self.grantee or f"Reviewer link “{self.reason}”"

    @property
    def whole_id(self) -> int:
        """The investigation that it is on, or whose dataset it is on."""
        return self.dataset.investigation_id if self.dataset else self.investigation_id or 0

    @property
    def is_reviewer_link(self) -> bool:
        return not self.grantee and self.group_id is None

    @property
    def facts(self) -> Grant:
        """What decides on it; the people of its group come prefetched."""
        people = self.group.people.all() if self.group else ()
        return Grant(
            pk=self.pk,
            last_day=self.last_day,
            level=Level(self.level),
            is_revoked=self.revoked_at is not None,
            name=self.grantee,
            group_ids=frozenset(person.pk for person in people),
            is_reviewer_link=self.is_reviewer_link,
            is_double_blind=self.is_double_blind,
        )


class RequestState(StrEnum):
    """Where somebody's request for access stands."""

    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"


class AccessRequest(Timestamped):
    """What an outsider asks the principal investigator of data under embargo for."""

    investigation = models.ForeignKey(
        "catalogue.Investigation", on_delete=models.CASCADE, related_name="access_requests"
    )
    name = models.CharField(max_length=200)
    email = models.EmailField()
    affiliation = models.CharField(max_length=300, blank=True, default="")
    purpose = models.TextField()
    asked_from = models.CharField(
        max_length=64,
        editable=False,
        help_text="Keyed hash of the network address, to limit how many come from one.",
    )
    state = models.CharField(
        max_length=20,
        choices=choices_of(RequestState),
        default=RequestState.OPEN,
        editable=False,
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
    )
    decided_by_name = models.CharField(
        max_length=200,
        blank=True,
        default="",
        editable=False,
        help_text="Stays when the account goes; of somebody without one, who decided by a link.",
    )
    decided_at = models.DateTimeField(null=True, editable=False)
    answer = models.TextField(blank=True, default="", editable=False)
    grant = models.OneToOneField(
        AccessGrant, on_delete=models.SET_NULL, null=True, editable=False, related_name="request"
    )

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["asked_from", "created_at"], name="access_request_asker")]
        constraints = [
            models.UniqueConstraint(
                "investigation",
                Lower("email"),
                condition=Q(state="open"),
                name="access_request_is_open_once",
            ),
            one_of("state", RequestState, name="access_request_state_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.name} for {self.investigation}"


class DataRead(models.Model):
    """A look at data that are not public by somebody who did not take part; never changed.

    It names rows by number and text, so that it outlasts them; the database refuses to update or
    delete it.
    """

    at = models.DateTimeField(db_default=Now())
    way = models.CharField(max_length=30, choices=choices_of(Way))
    user_id = models.BigIntegerField(null=True)
    user_name = models.CharField(max_length=200, blank=True, default="")
    grant_id = models.BigIntegerField(null=True)
    investigation_id = models.BigIntegerField()
    what = models.CharField(max_length=400, help_text="The page or file, in words.")

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["investigation_id", "-at"], name="data_read_investigation")]
        constraints = [one_of("way", Way, name="data_read_way_is_known")]

    def __str__(self) -> str:
        return f"{self.what}, {self.at:%Y-%m-%d %H:%M}"
