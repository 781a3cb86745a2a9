"""What people of an experiment may ask for: extensions and early releases, pure."""

from dataclasses import replace
from datetime import date, timedelta

from catalogue.policy.embargo import (
    EarlyReleaseBy,
    EmbargoTerms,
    ExtensionApprover,
    ReleaseState,
    add_months,
)
from catalogue.policy.events import ActorRole, Case, Event, Refusal, resting

_NO_POLICY = Refusal("Its proposal has no embargo policy, so nothing says what may be asked.")


def ask_extension(
    case: Case, event: Event, terms: EmbargoTerms | None, today: date
) -> Case | Refusal:
    """Asks for a later release date; with a light-touch policy, asking is enough."""
    if terms is None:
        return _NO_POLICY
    if case.opens is None:
        return Refusal("No release date is known, so there is none to extend.")
    if case.opens <= today:
        return Refusal("Its embargo is over: an extension is asked for before the release date.")
    refusal = _beyond(case, event.months, terms)
    if refusal is not None:
        return refusal
    asked = replace(case, asked_months=event.months)
    if terms.extension_approver is ExtensionApprover.AUTOMATIC:
        return _extended(asked, case.opens)
    return resting(asked)


def most_months(case: Case, terms: EmbargoTerms) -> int:
    """Returns how many months a further extension may give; 0 where the policy gives none."""
    if case.extensions >= terms.max_extensions:
        return 0
    if not terms.max_total_months:
        return terms.extension_months
    left = terms.max_total_months - terms.duration_months - case.extended_months
    return max(0, min(terms.extension_months, left))


def _beyond(case: Case, months: int, terms: EmbargoTerms) -> Refusal | None:
    most = most_months(case, terms)
    if most == 0:
        times = "one extension" if terms.max_extensions == 1 else f"{terms.max_extensions} of them"
        allowed = times if terms.max_extensions else "no extension"
        return Refusal(f"The policy allows {allowed}; {case.extensions} granted so far.")
    if not 1 <= months <= most:
        return Refusal(f"An extension by {months} months: the policy allows 1 to {most} now.")
    return None


def approve_extension(
    case: Case, event: Event, terms: EmbargoTerms | None, today: date
) -> Case | Refusal:
    if not case.asked_months or case.opens is None:
        return Refusal("Nobody has asked for an extension.")
    is_directors = terms is not None and terms.extension_approver is ExtensionApprover.DIRECTOR
    if is_directors and not event.reason.strip():
        return Refusal("The director decides: say who has decided, and when.")
    return _extended(case, case.opens)


def reject_extension(
    case: Case, event: Event, terms: EmbargoTerms | None, today: date
) -> Case | Refusal:
    if not case.asked_months:
        return Refusal("Nobody has asked for an extension.")
    return _decided(replace(case, asked_months=0))


def _extended(case: Case, opens: date) -> Case:
    return _decided(
        replace(
            case,
            opens=add_months(opens, case.asked_months),
            extensions=case.extensions + 1,
            extended_months=case.extended_months + case.asked_months,
            asked_months=0,
        )
    )


def _decided(case: Case) -> Case:
    """A hold that a person has put stays; one that waited for the decision ends with it."""
    if case.state is ReleaseState.HELD and not case.is_held_for_request:
        return case
    return resting(case)


def ask_early_release(
    case: Case, event: Event, terms: EmbargoTerms | None, today: date
) -> Case | Refusal:
    """Asks to open the data once the others of the team have had time to object."""
    if terms is None:
        return _NO_POLICY
    if not _may_release_early(event.role, terms):
        wanted = terms.early_release_by.value.replace("_", " ")
        return Refusal(f"Under this policy a {wanted} releases early.")
    early_on = today + timedelta(days=terms.objection_days)
    if case.opens is not None and case.opens <= early_on:
        return Refusal("It opens by itself before the time to object has passed.")
    return resting(replace(case, early_on=early_on))


def _may_release_early(role: ActorRole, terms: EmbargoTerms) -> bool:
    may = {
        EarlyReleaseBy.PRINCIPAL_INVESTIGATOR: (ActorRole.PRINCIPAL_INVESTIGATOR,),
        EarlyReleaseBy.ANY_MEMBER: (ActorRole.PRINCIPAL_INVESTIGATOR, ActorRole.MEMBER),
        EarlyReleaseBy.DATA_MANAGER: (),
    }
    return role in (*may[terms.early_release_by], ActorRole.DATA_MANAGER)


def object_to(case: Case, event: Event, terms: EmbargoTerms | None, today: date) -> Case | Refusal:
    if case.early_on is None:
        return Refusal("No early release is pending.")
    if case.early_on <= today:
        return Refusal(f"The time to object ended on {case.early_on}.")
    return _decided(replace(case, early_on=None))


def cancel(case: Case, event: Event, terms: EmbargoTerms | None, today: date) -> Case | Refusal:
    if not case.asked_months and case.early_on is None:
        return Refusal("Nothing has been asked for.")
    return _decided(replace(case, asked_months=0, early_on=None))
