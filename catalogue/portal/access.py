"""What a page says about access: the badge, who can see the data and until when, and why you do."""

from dataclasses import dataclass
from datetime import date

from catalogue.policy.visibility import Facts, Viewer
from catalogue.portal.explanation import Badge, state_badge, who_can_see, why_you


@dataclass(frozen=True, slots=True)
class Access:
    badge: Badge
    who: str
    why_you: str


def access_of(viewer: Viewer, facts: Facts, *, policy: str, today: date) -> Access:
    """Returns the explanation for someone who may see the data. `policy`: its name, or ''."""
    return Access(
        badge=state_badge(facts, today=today),
        who=who_can_see(facts, policy=policy, today=today),
        why_you=why_you(viewer, facts, today=today),
    )
