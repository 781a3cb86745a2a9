"""`manage.py demo`: the main job, end to end, on realistic data; then the site."""

import os
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from catalogue.models import DataPublication, Facility, Investigation, ReleaseEvent
from catalogue.policy.embargo import ReleaseState
from catalogue.policy.events import Action, ActorRole, Event
from catalogue.publication.publish import Act, publish_investigation, withdraw
from catalogue.publication.registrar import LocalRegistrar
from catalogue.publication.sweeps import release_due
from catalogue.publication.transition import transition
from catalogue.vocabulary.roles import Role
from ingest.demo.entities import DemoPerson
from ingest.demo.files import context_proposals, plan_demo_files, write_demo_files
from ingest.demo.office import enter_person, enter_scenario
from ingest.demo.scenario import Scenario, build_scenario
from ingest.demo.serve import HOST, ServerError, check_port_is_free, end_on_signals, site
from ingest.demo.sharing import plan_a_visit, share_some
from ingest.judge import Job
from ingest.models import IngestRun, Outcome
from ingest.pipeline import Options, Report, ingest_files
from ingest.record import FileStamp
from ingest.walk import find_files

Item = TypeVar("Item")

MANAGER, SCIENTIST = "manager", "scientist"
# Known to everybody who reads this: the demo keeps to a database of its own and to this machine.
PASSWORD = "open-data-2030"  # noqa: S105


class Command(BaseCommand):
    help = (
        "Writes about 200 NeXus files of two invented facilities, ingests, releases and publishes "
        "them, and serves the site. Run again, it changes nothing and starts in seconds."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-serve", action="store_true", help="stop before serving the site")

    def handle(self, *args: Any, **options: Any) -> None:
        end_on_signals()
        try:
            if not options["no_serve"]:
                check_port_is_free(options["port"])
            self._fill(settings.VAR / "demo")
            if not options["no_serve"]:
                self._serve(options["port"])
        except ServerError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self.stdout.write("\nStopped; 'make demo' goes on from here.")

    def _fill(self, folder: Path) -> None:
        call_command("migrate", verbosity=0)
        scenario = build_scenario(_day_of(folder))
        _refuse_other_data(scenario)
        enter_scenario(scenario)
        self._write_files(folder, scenario)
        self._ingest(folder, scenario)
        self._publish(scenario)
        self._share(scenario)
        _make_account(MANAGER, scenario.data_manager, is_manager=True)
        _make_account(SCIENTIST, scenario.scientist, is_manager=False)

    def _write_files(self, folder: Path, scenario: Scenario) -> None:
        planned = plan_demo_files(scenario.today)
        if all((folder / file.path).exists() for file in planned):
            self._say("Files", f"{len(planned)} NeXus files in {folder}")
            return
        paths = write_demo_files(folder, today=scenario.today)
        for _ in _progress(paths, "Writing", total=len(planned)):
            pass
        self._say("Wrote", f"{len(planned)} NeXus files to {folder}")

    def _ingest(self, folder: Path, scenario: Scenario) -> None:
        jobs = list(_jobs(folder, scenario))
        reports = (
            report
            for job, stamps in jobs
            for report in ingest_files(stamps, job, _ingest_options())
        )
        total = sum(len(stamps) for _, stamps in jobs)
        done: list[Report] = list(_progress(reports, "Ingesting", total=total))
        runs = IngestRun.objects.filter(facility__slug__in=_slugs(scenario))
        stored = runs.filter(outcome=Outcome.STORED).count()
        fresh = sum(report.run is not None for report in done)
        self._say(
            "Ingested",
            f"{stored} stored, {runs.count() - stored} in quarantine ({fresh} read just now)",
        )

    def _publish(self, scenario: Scenario) -> None:
        act = Act(now=timezone.now(), reason="Demonstration.")
        opened = release_due(now=act.now).released
        ready = Investigation.objects.filter(
            release_state__in=[ReleaseState.OPEN, ReleaseState.UNDER_EMBARGO],
            dataset_count__gt=0,
            publications=None,
        )
        # In the order they open, so that the newest open data are the newest records.
        primary_keys = list(ready.order_by("release_date").values_list("pk", flat=True))
        for pk in _progress(primary_keys, "Publishing", total=len(primary_keys)):
            publish_investigation(pk, act=act, registrar=LocalRegistrar())
        _withdraw(scenario, act)
        _ask_and_hold(act)
        self._say(
            "Published",
            f"{DataPublication.objects.count()} DOIs, of which {_open_now()} open "
            f"({opened} embargoes ended just now)",
        )

    def _share(self, scenario: Scenario) -> None:
        act = Act(now=timezone.now(), reason="Demonstration.")
        plan_a_visit(scenario.scientist, act)
        if link := share_some(scenario.scientist, act):
            path = link.removeprefix(settings.BASE_URL)
            self._say("Shared", f"some closed data; reviewers come in by {path} of the portal")

    def _serve(self, port: int) -> None:
        address = os.environ.get("CATALOGUE_BASE_URL") or f"http://{HOST}:{port}"
        with site(port, base_url=address) as server:
            self._print_addresses(address)
            server.wait()
        raise ServerError("The server has ended by itself; its message is above.")

    def _print_addresses(self, address: str) -> None:
        lines = [
            "",
            f"  Portal        {address}/",
            f"  OAI-PMH       {address}/oai?verb=Identify",
            f"  Search API    {address}/panosc-api/Datasets",
            f"  Admin         {address}/admin/    (log-in: {MANAGER} / {PASSWORD})",
            f"  My data       {address}/my        (log-in: {SCIENTIST} / {PASSWORD})",
            "",
            "Ctrl-C stops everything; the data stay for the next time.",
        ]
        self.stdout.write("\n".join(lines))

    def _say(self, what: str, text: str) -> None:
        self.stdout.write(f"{what:<10} {text}")
        self.stdout.flush()


def _day_of(folder: Path) -> date:
    """Returns the day the demonstration was first made: its visits stay where they were."""
    kept = folder / "made-on"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        kept.write_text(timezone.now().date().isoformat())
    return date.fromisoformat(kept.read_text().strip())


def _refuse_other_data(scenario: Scenario) -> None:
    others = Facility.objects.exclude(slug__in=_slugs(scenario))
    if others.exists():
        raise CommandError(
            f"This database holds {others[0].name}. The demonstration makes accounts with known "
            f"passwords, so it wants a database of its own: unset CATALOGUE_DATABASE_URL, or set "
            f"CATALOGUE_VAR to an empty folder."
        )


def _slugs(scenario: Scenario) -> list[str]:
    return [facility.slug for facility in scenario.facilities]


def _jobs(folder: Path, scenario: Scenario) -> Iterator[tuple[Job, list[FileStamp]]]:
    """Yields the files that name their proposals, by facility, then each folder that does not."""
    real = folder.resolve()
    contexts = {str(real / raw): code for raw, code in context_proposals(scenario.today).items()}
    for facility in Facility.objects.filter(slug__in=_slugs(scenario)):
        stamps = list(find_files([real / facility.slug]))
        by_proposal: dict[str, list[FileStamp]] = {}
        for stamp in stamps:
            proposal = contexts.get(str(Path(stamp.path).parent), "")
            by_proposal.setdefault(proposal, []).append(stamp)
        for proposal, group in by_proposal.items():
            yield Job(facility, proposal, timezone.now()), group


def _ingest_options() -> Options:
    return Options(settings.INGEST_WORKERS, settings.INGEST_DEADLINE_S)


def _withdraw(scenario: Scenario, act: Act) -> None:
    for proposal in scenario.proposals:
        if proposal.withdrawal_reason:
            because = Act(now=act.now, reason=proposal.withdrawal_reason)
            for publication in DataPublication.objects.filter(
                investigation__proposal__code=proposal.code, withdrawn_at=None
            ):
                withdraw(publication.pk, act=because)


def _ask_and_hold(act: Act) -> None:
    """Leaves a request to decide and a hold to lift, once: the ledger remembers both."""
    if ReleaseEvent.objects.filter(action__in=[Action.REQUEST_EXTENSION, Action.HOLD]).exists():
        return
    closed = Investigation.objects.filter(
        release_state=ReleaseState.UNDER_EMBARGO, release_date__gt=act.today
    ).order_by("release_date", "pk")
    role, reason = ActorRole.PRINCIPAL_INVESTIGATOR, "The thesis on these data is not finished."
    asked, held = closed.first(), closed.last()
    if asked is None or held is None or asked == held:
        return
    leader = asked.members.filter(role=Role.PRINCIPAL_INVESTIGATOR).first()
    person = leader.person if leader else None
    event = Event(Action.REQUEST_EXTENSION, role, reason, months=6)
    transition(asked.pk, event, act=Act(act.now, person=person))
    because = "The sample’s owner has asked for legal advice."
    transition(held.pk, Event(Action.HOLD, ActorRole.DATA_MANAGER, because), act=act)


def _open_now() -> int:
    return DataPublication.objects.filter(record__is_open=True).count()


def _make_account(username: str, person: DemoPerson, *, is_manager: bool) -> None:
    user, created = User.objects.get_or_create(
        username=username,
        defaults={
            "first_name": person.given_name,
            "last_name": person.family_name,
            "email": person.email,
            "is_staff": is_manager,
            "is_superuser": is_manager,
        },
    )
    if created:
        user.set_password(PASSWORD)
        user.save()
        row = enter_person(person)
        row.user = user
        row.save(update_fields=["user", "modified_at"])


def _progress(items: Iterable[Item], what: str, *, total: int) -> Iterable[Item]:
    return tqdm(items, desc=f"{what:<10}", total=total, unit="", leave=False, disable=None)
