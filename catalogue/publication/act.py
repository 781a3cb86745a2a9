"""Who acts, when and why: what every workflow is given."""

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.models import User

from catalogue.models import Person


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts, when and why. Without actor and person it is the catalogue's own schedule.

    person: who acts by a signed link, without a log-in.
    """

    now: datetime
    actor: User | None = None
    reason: str = ""
    person: Person | None = None

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def actor_name(self) -> str:
        if self.actor is not None:
            return self.actor.get_username()
        return self.person.full_name if self.person else ""
