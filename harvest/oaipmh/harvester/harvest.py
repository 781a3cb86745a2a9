"""One run over a source: ask, read, store, page by page, and leave a place to go on from."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from oaipmh_scythe.exceptions import BadArgument, BadResumptionToken, NoRecordsMatch

from harvest.models import HarvestRun, HarvestSource, RunState
from harvest.oaipmh.harvester.client import (
    Answer,
    Endpoint,
    EndpointError,
    OAIPMHException,
    Patience,
    PostponedError,
)
from harvest.oaipmh.harvester.defects import Defect, Finding
from harvest.oaipmh.harvester.identity import Identity, identify
from harvest.oaipmh.harvester.locks import only_run
from harvest.oaipmh.harvester.page import read_page
from harvest.oaipmh.harvester.settling import UNLIMITED, settle_held
from harvest.oaipmh.harvester.store import Pass, forget_unseen, store_items
from harvest.oaipmh.harvester.warnings import WarningBook
from harvest.oaipmh.harvester.window import DAY, Window, judge, moment, since_of

logger = logging.getLogger(__name__)

# A source that fails is tried again after 5, 10, 20, … minutes, and at its schedule at the latest.
FIRST_DELAY = timedelta(minutes=5)
SAME_DATESTAMPS = 100
# What a run that has used up its time still gives to exposing what has come.
LEAST_SETTLING = timedelta(minutes=1)


class PausedError(Exception):
    """A run has used up its time; nothing is wrong, and the next goes on from its place."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a run is made. report: called after each page with the run as it stands."""

    is_full: bool = False
    longest: timedelta = UNLIMITED
    patience: Patience | None = None
    report: Callable[[HarvestRun], None] = lambda _: None


def harvest(source: HarvestSource, options: Options | None = None) -> HarvestRun:
    """Harvests a source to the end of its list, or as far as it goes, and returns the run.

    Whatever the endpoint does is written down on the run; the source keeps its place. What has come
    is then exposed again where that is chosen, in the time that is left.

    Raises:
        BusyError: the source is being harvested already.
    """
    with only_run(source.pk, source):
        source.refresh_from_db()
        options = options or Options()
        run = _Run(source, options).make()
        left = options.longest - (timezone.now() - run.started_at)
        settle_held(source, longest=max(left, LEAST_SETTLING))
    return run


class _Run:
    """The state that the steps of one run share."""

    def __init__(self, source: HarvestSource, options: Options) -> None:
        self.source, self.options = source, options
        self.run = _begin(source, options)
        self.book = WarningBook(self.run)
        self.window: Window | None = None

    def make(self) -> HarvestRun:
        try:
            with Endpoint(
                self.source.base_url, patience=self.options.patience, on_finding=self._note
            ) as endpoint:
                self._harvest(endpoint)
        except PausedError:
            self._end(RunState.PAUSED, due_at=timezone.now())
        except PostponedError as error:
            self._end(RunState.POSTPONED, due_at=error.until, error=str(error))
        except (EndpointError, OAIPMHException) as error:
            self._fail(_sentence(error))
        except Exception as error:
            logger.exception("harvest of source %d broke off", self.source.pk)
            self._fail(f"the harvest broke off: {type(error).__name__}: {error}")
            raise
        else:
            self._end(RunState.FINISHED, due_at=self._next_due())
        return self.run

    def _harvest(self, endpoint: Endpoint) -> None:
        identity = identify(endpoint, self._note)
        self._remember(identity)
        window = self.window = self._window(identity)
        self.run.since = window.since
        self.run.is_resumed = bool(window.pages)
        while self._list(endpoint, window):
            self._keep(window)
        self._finish(window)

    def _remember(self, identity: Identity) -> None:
        self.source.granularity = identity.granularity
        self.source.deleted_record = identity.deleted_record
        if not identity.keeps_deletions:
            said = f"Identify states deletedRecord {identity.deleted_record or 'nowhere'}"
            self._note(Finding(Defect.DELETIONS_UNKNOWN, said))

    def _window(self, identity: Identity) -> Window:
        source = self.source
        if source.window and not self.options.is_full:
            return Window.load(source.window)
        is_incremental = source.is_incremental and not self.options.is_full
        since = ""
        if is_incremental and source.harvested_until:
            since = since_of(source.harvested_until, identity.granularity)
        return Window.begin(timezone.now(), since=since)

    def _list(self, endpoint: Endpoint, window: Window) -> bool:
        """Lists one pass of a window; returns whether there is to be another."""
        granularity = self.source.granularity
        try:
            for answer in endpoint.lists(**_arguments(self.source, window)):
                self._take(answer, window)
                if window.is_looping:
                    break
                self._pause_if_late(window)
        except NoRecordsMatch:
            window.token = ""
        except BadResumptionToken as error:
            self._note(Finding(Defect.TOKEN_EXPIRED, f"the endpoint says: {error}"))
            if window.restart(timezone.now(), granularity=granularity):
                return True
            raise EndpointError(f"it refuses its own resumption tokens: {error}") from error
        except BadArgument as error:
            return self._ask_by_days(window, error)
        return self._go_on(window)

    def _ask_by_days(self, window: Window, error: BadArgument) -> bool:
        """Tries the other granularity, where a `from` in the stated one was refused."""
        if window.token or len(window.pass_since) <= len(DAY):
            raise error
        said = f"from={window.pass_since} was refused ({error}); asked again by days"
        self._note(Finding(Defect.ALTERNATING_GRANULARITY, said))
        window.pass_since = window.pass_since[: len(DAY)]
        self.source.granularity = DAY
        return True

    def _go_on(self, window: Window) -> bool:
        """Decides at the end of a list whether it was the end, and else where to go on."""
        reason = window.truncation
        if window.is_looping:
            message = f"{window.idle_pages} answers in a row listed nothing new"
            self._note(Finding(Defect.TOKEN_LOOP, message))
            reason = reason or message
        elif reason:
            self._note(Finding(Defect.LIST_TRUNCATED, reason))
        return bool(reason) and window.go_on(timezone.now(), granularity=self.source.granularity)

    def _take(self, answer: Answer, window: Window) -> None:
        """Stores one page with its warnings and the place behind it, in one transaction."""
        page = read_page(answer.reply, granularity=self.source.granularity)
        items, findings = judge(page, window, set_spec=self.source.set_spec)
        with transaction.atomic():
            self._note_all(findings)
            counts, listing = store_items(items, self._under(window))
            self.run.left_out += page.listed - len(items)
            for name in ("new", "changed", "unchanged", "deleted"):
                setattr(self.run, name, getattr(self.run, name) + getattr(counts, name))
            self.run.listed += page.listed
            self.run.pages += 1
            window.take(page, listing)
            self._keep(window)
        logger.info("source %d: page %d, %d listed", self.source.pk, window.pages, page.listed)
        self.options.report(self.run)
        if answer.reply.is_cut:
            raise EndpointError("its answer broke off each time; the next run asks for it again")

    def _under(self, window: Window) -> Pass:
        return Pass(
            origin_id=self.source.pk,
            metadata_prefix=self.source.metadata_prefix,
            window_at=moment(window.begun_at),
            pass_at=moment(window.pass_at),
            now=timezone.now(),
        )

    def _pause_if_late(self, window: Window) -> None:
        if window.token and timezone.now() - self.run.started_at > self.options.longest:
            raise PausedError

    def _finish(self, window: Window) -> None:
        """Closes a window that has been listed to its end, and forgets what is gone."""
        if _is_constant(window):
            same = f"all {window.listed:,} records have the datestamp {window.pass_first}"
            self._note(Finding(Defect.CONSTANT_DATESTAMPS, same))
        with transaction.atomic():
            if window.is_full and not window.has_lost and window.listed:
                self.run.deleted += forget_unseen(self._under(window))
            self.source.harvested_until = window.next_since
            self.window = None
            self._keep(None)

    def _keep(self, window: Window | None) -> None:
        """Writes where the harvest stands: run, warnings, and the place on the source."""
        self.book.write()
        self.run.save()
        self.source.window = window.dump() if window else None
        self.source.save(
            update_fields=["window", "granularity", "deleted_record", "harvested_until"]
        )

    def _note(self, finding: Finding) -> None:
        self.book.note(finding)
        if self.window:
            self.window.note([finding])

    def _note_all(self, findings: list[Finding]) -> None:
        for finding in findings:
            self._note(finding)

    def _next_due(self) -> datetime | None:
        hours = self.source.interval_h
        return self.run.started_at + timedelta(hours=hours) if hours else None

    def _fail(self, error: str) -> None:
        failures = min(self.source.failures + 1, 1000)
        delay = FIRST_DELAY * 2 ** min(failures - 1, 12)
        hours = self.source.interval_h
        due_at = timezone.now() + min(delay, timedelta(hours=hours)) if hours else None
        self._end(RunState.FAILED, due_at=due_at, error=error, failures=failures)

    def _end(
        self, state: RunState, *, due_at: datetime | None, error: str = "", failures: int = 0
    ) -> None:
        self.run.state, self.run.error = state, error
        self.run.finished_at = timezone.now()
        self.source.due_at, self.source.failures = due_at, failures
        with transaction.atomic():
            self.book.write()
            self.run.save()
            self.source.save(update_fields=["due_at", "failures"])
        logger.info("source %d: %s, %d listed", self.source.pk, state, self.run.listed)


def _begin(source: HarvestSource, options: Options) -> HarvestRun:
    """Returns a new run; those that say they are running have been killed, or we had no lock."""
    now = timezone.now()
    HarvestRun.objects.filter(source=source, state=RunState.RUNNING).update(
        state=RunState.INTERRUPTED, finished_at=now
    )
    return HarvestRun.objects.create(source=source, started_at=now)


def _arguments(source: HarvestSource, window: Window) -> dict[str, str | None]:
    if window.token:
        return {
            "resumption_token": window.token,
            "metadata_prefix": None,
        }  # scythe's default: oai_dc
    return {
        "metadata_prefix": source.metadata_prefix,
        "set_": source.set_spec or None,
        "from_": window.pass_since or None,
    }


def _is_constant(window: Window) -> bool:
    is_one = bool(window.pass_first) and window.pass_first == window.pass_last
    is_whole = window.is_full and window.passes == 1
    return is_whole and is_one and window.listed >= SAME_DATESTAMPS


def _sentence(error: Exception) -> str:
    if isinstance(error, OAIPMHException):
        name = type(error).__name__
        return f"the endpoint answers {name[0].lower()}{name[1:]}: {error}"
    return str(error)
