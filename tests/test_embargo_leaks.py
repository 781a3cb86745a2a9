"""Nothing under embargo leaks: every address of the site × viewers × states.

The addresses are walked from the URL map, so a new endpoint is covered by itself; one whose
arguments this test cannot fill fails it until it can. It asks in two ways. What is secret carries a
mark, and no answer to somebody who may not see it may hold one, in body, header or log. And what is
not published at all must not even be felt: the whole site answers byte for byte as if it were not
there.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode

import pytest
from django.test import Client
from django.urls import resolve

from catalogue.models import (
    AccessGrant,
    Cart,
    Datafile,
    DataPublication,
    Dataset,
    DatasetParameter,
    Facility,
    Instrument,
    InstrumentScientist,
    Investigation,
    InvestigationParameter,
    ParameterType,
    Sample,
    SampleParameter,
)
from catalogue.policy.embargo import MetadataVisibility, ReleaseState
from catalogue.publication.amend import amend
from catalogue.publication.details import Details
from catalogue.publication.publish import (
    Act,
    publish_investigation,
    publish_selection,
    withdraw,
)
from catalogue.publication.registrar import LocalRegistrar
from catalogue.publication.reserve import reserve
from catalogue.publication.schedule import refresh
from catalogue.record import Agent, FundingReference, RelatedIdentifier
from ingest.door.tokens import make
from ingest.models.door import BeamlineToken
from tests.factories import (
    make_datafile,
    make_dataset,
    make_facility,
    make_grant,
    make_instrument,
    make_investigation,
    make_member,
    make_person,
    make_policy,
    make_proposal,
    make_user,
)
from tests.nexus_files import write_nexus
from tests.site_map import addresses, arguments_of, patterns

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FAR = date(2999, 1, 1)
SECRET = "leak4711"
# Words that stand beside each mark and that the queries look for: an echo of them is no leak.
WORD = "wombat"
ANY_MARK = re.compile(rf"{SECRET}-\w+-\w+")

PAGES = ("title", "people", "proposal")
DETAILS = ("abstract", "sample", "keyword")
DATA = ("dataset", "file", "path", "parameter", "run", "checksum")
# The part of a partially open investigation that is open.
EARLY = "early_part"
# What the public may read of each state, by the policy's own words.
SHOWN: dict[str, tuple[str, ...]] = {
    "open": (*PAGES, *DETAILS, "dataset", "file", "parameter", "run", "checksum"),
    "embargo_full": (*PAGES, *DETAILS),
    "embargo_minimal": PAGES,
    "embargo_with_data": (),
    "due_but_not_released": PAGES,
    "open_before_its_day": (),
    "unpublished": (),
    "planned": (),
    # Planned, where a facility gives DOIs before the experiment.
    "announced": PAGES,
    "held": (),
    "extension_requested": PAGES,
    "early_release_pending": PAGES,
    "proprietary": (),
    # Its page stays, and says how it was cited.
    "withdrawn": PAGES,
    # The DOI of the part that was released early speaks of the experiment as an open one does.
    "partially_open": (*PAGES, "abstract", "keyword"),
    EARLY: ("dataset", "file", "parameter", "run", "checksum", "sample"),
    "registered": (*PAGES, *DETAILS, "dataset", "parameter", "run"),
}
VERSIONED = ("embargo_with_data", "embargo_minimal")
# What those who have logged in are shown besides.
SHOWN_TO_REGISTERED = {"registered": ("file", "checksum")}
UNPUBLISHED = ("unpublished", "planned", "held", "proprietary", "open_before_its_day")


@dataclass
class World:
    """What the site holds, and every value that an address can be filled with."""

    facility: Facility
    instrument: Instrument
    investigations: dict[str, Investigation] = field(default_factory=dict)
    values: dict[str, list[object]] = field(
        default_factory=lambda: {
            "plural": ["Datasets", "documents", "Instruments"],
            "section": ["landing", "records"],
            "pid": [],
            "doi": ["10.5072/nothing"],
            "uid": ["00000000-0000-0000-0000-000000000000"],
            "pk": [0],
            "name": ["nothing.nxs"],
            "object_id": [0],
            "id": [1],
            "content_type_id": [1],
            "item_id": ["nothing"],
            "app_label": ["catalogue"],
            "url": ["admin"],
            "token": ["nothing", "A" * 43],
        }
    )

    def know(self, **found: object) -> None:
        for name, value in found.items():
            if value not in self.values[name]:
                self.values[name].append(value)


def mark(what: str, state: str) -> str:
    return f"{WORD} {SECRET}-{what}-{state}"


@pytest.fixture
def world() -> World:
    facility = make_facility(slug="fac", name="Open Facility", publisher_name="Open Facility")
    world = World(facility, make_instrument(facility=facility, slug="inst", name="INST"))
    world.know(pid="fac/inst")
    add(world, "open")
    return world


def add(world: World, state: str) -> Investigation:
    """Adds an investigation in a state, marked in every field, and published if it can be."""
    investigation = _filled(world, state)
    world.investigations[state] = investigation
    if state not in UNPUBLISHED:
        publication = publish_investigation(
            investigation.pk, act=Act(now=NOW), registrar=LocalRegistrar()
        )
        world.know(doi=publication.doi, pid=publication.doi, object_id=publication.pk)
        if state == "partially_open":
            _open_part(world, investigation)
        if state == "withdrawn":
            withdraw(publication.pk, act=Act(now=NOW, reason="A public reason."))
    if state in VERSIONED:
        _publish_versions(world, investigation, state)
    if state == "unpublished":
        _reserve(world, investigation, state)
    return investigation


def _publish_versions(world: World, investigation: Investigation, state: str) -> None:
    """Publishes a choice and its next version, marked in everything that people enter."""
    details = Details(
        title=mark("title", state),
        abstract=mark("abstract", state),
        licence="CC-BY-4.0",
        creators=(Agent(mark("people", state)),),
        funding=(FundingReference(mark("abstract", state)),),
        related=(RelatedIdentifier("", "", "Cites", title=mark("title", state)),),
    )
    options: dict[str, Any] = {
        "act": Act(now=NOW),
        "registrar": LocalRegistrar(),
        "details": details,
    }
    datasets = list(investigation.datasets.all())
    first = publish_selection(datasets, **options)
    extra = make_dataset(investigation=investigation, name=mark("dataset", f"{state}-extra"))
    second = publish_selection([*datasets, extra], previous=first, **options)
    amend(
        second.pk, replace(details, abstract=f"{mark('abstract', state)} again"), act=Act(now=NOW)
    )
    for publication in DataPublication.objects.filter(investigation=investigation):
        world.know(doi=publication.doi, pid=publication.doi, object_id=publication.pk)


def _reserve(world: World, investigation: Investigation, state: str) -> None:
    datasets = list(investigation.datasets.all())
    publication = reserve(
        datasets, act=Act(now=NOW), registrar=LocalRegistrar(), title=mark("title", state)
    )
    cart = Cart.objects.create(reserved=publication, entered={"title": [mark("title", state)]})
    cart.datasets.set(datasets)
    world.know(doi=publication.doi, pid=publication.doi, object_id=publication.pk)


def _open_part(world: World, investigation: Investigation) -> None:
    """Releases a second dataset early, under a DOI of its own."""
    _fill_dataset(world, investigation, EARLY)
    publication = publish_selection(
        [investigation.datasets.get(name=mark("dataset", EARLY))],
        act=Act(now=NOW),
        registrar=LocalRegistrar(),
        release_early=True,
    )
    world.know(doi=publication.doi, pid=publication.doi, object_id=publication.pk)


def _filled(world: World, state: str) -> Investigation:
    policy = make_policy(
        facility=world.facility,
        metadata_visibility=_visibility(state),
        never_release=state == "proprietary",
        audience="registered" if state == "registered" else "everyone",
    )
    proposal = make_proposal(
        embargo_policy=policy,
        code=mark("proposal", state),
        title=mark("title", state),
        abstract=mark("abstract", state),
        keywords=[mark("keyword", state)],
    )
    investigation = make_investigation(
        proposal=proposal,
        instrument=world.instrument,
        title=mark("title", state),
        abstract=mark("abstract", state),
        start=date(2025, 1, 10),
        end=date(2025, 1, 12),
        **_release(state),
    )
    make_member(investigation, person=make_person(full_name=mark("people", state)))
    _fill_dataset(world, investigation, state)
    refresh([investigation.pk], now=datetime.now(UTC))
    Investigation.objects.filter(pk=investigation.pk).update(**_release(state))
    world.know(pk=investigation.pk, object_id=investigation.pk)
    return Investigation.objects.get(pk=investigation.pk)


def _visibility(state: str) -> MetadataVisibility:
    named = {
        "embargo_full": MetadataVisibility.FULL,
        "embargo_with_data": MetadataVisibility.WITH_DATA,
    }
    return named.get(state, MetadataVisibility.MINIMAL)


def _release(state: str) -> dict[str, Any]:
    under_embargo = {"release_state": ReleaseState.UNDER_EMBARGO, "released_at": None}
    return {
        "open": {"release_state": ReleaseState.OPEN, "release_date": date(2020, 1, 1)},
        "registered": {
            "release_state": ReleaseState.OPEN,
            "release_date": date(2020, 1, 1),
            "audience": "registered",
        },
        "due_but_not_released": {**under_embargo, "release_date": date(2020, 1, 1)},
        "open_before_its_day": {"release_state": ReleaseState.OPEN, "release_date": FAR},
        **{
            planned: {"release_state": ReleaseState.PLANNED, "release_date": None}
            for planned in ("planned", "announced")
        },
        "held": {"release_state": ReleaseState.HELD, "release_date": date(2020, 1, 1)},
        "extension_requested": {
            **under_embargo,
            "release_state": "extension_requested",
            "release_date": FAR,
        },
        "early_release_pending": {
            **under_embargo,
            "release_state": "early_release_pending",
            "release_date": FAR,
        },
        "proprietary": {"release_state": ReleaseState.PROPRIETARY, "release_date": None},
        # Published while open, and withdrawn by the workflow.
        "withdrawn": {"release_state": ReleaseState.OPEN, "release_date": date(2020, 1, 1)},
        **{
            asked: {**under_embargo, "release_state": asked, "release_date": FAR}
            for asked in ("extension_requested", "early_release_pending")
        },
    }.get(state, {**under_embargo, "release_date": FAR})


def _checksum(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


CHECKSUMS = {_checksum(state): f"{SECRET}-checksum-{state}" for state in SHOWN}


def _fill_dataset(world: World, investigation: Investigation, state: str) -> None:
    sample = Sample.objects.create(
        investigation=investigation,
        name=mark("sample", state),
        formula="H2O",
        description=mark("sample", state),
    )
    dataset = make_dataset(
        investigation=investigation,
        name=mark("dataset", state),
        title=mark("dataset", state),
        description=mark("dataset", state),
        run_number=mark("run", state),
        sample=sample,
        techniques=["PaNET01189"],
        file_count=1,
        size_bytes=47114711,
        start=datetime(2025, 1, 10, tzinfo=UTC),
    )
    file = make_datafile(
        dataset=dataset,
        name=f"{SECRET}-file-{state}.nxs",
        path=f"/{SECRET}-path-{state}/run.nxs",
        sha256=_checksum(state),
    )
    kind, _ = ParameterType.objects.get_or_create(name="sample_state", label="sample state")
    text = {"type": kind, "text": mark("parameter", state), "source": "/entry/x"}
    DatasetParameter.objects.create(dataset=dataset, **text)
    SampleParameter.objects.create(sample=sample, **text)
    if state != EARLY:
        InvestigationParameter.objects.create(investigation=investigation, **text)
    # A file's name stays out of the addresses: what an answer echoes of them is no leak.
    world.know(uid=dataset.uid, pid=dataset.uid, pk=file.pk, object_id=dataset.pk)


def questions(world: World) -> list[str]:
    """Returns what to ask of addresses that name nothing: lists, searches, protocols."""
    verbs = [
        {"verb": "Identify"},
        {"verb": "ListSets"},
        {"verb": "ListMetadataFormats"},
        *(
            {"verb": verb, "metadataPrefix": "oai_dc"}
            for verb in ("ListRecords", "ListIdentifiers")
        ),
        {"verb": "ListRecords", "metadataPrefix": "oai_datacite", "set": "fac:inst"},
        *(
            {
                "verb": "GetRecord",
                "metadataPrefix": "oai_datacite",
                "identifier": f"oai:catalogue.example.org:{doi}",
            }
            for doi in world.values["doi"]
        ),
    ]
    filters = [
        f'{{"query":"{WORD}"}}',
        '{"where":{"isPublic":false}}',
        f'{{"where":{{"text":"{WORD}"}}}}',
        f'{{"where":{{"title":{{"ilike":"%{WORD}%"}}}}}}',
    ]
    return [
        "",
        *(urlencode(verb) for verb in verbs),
        *(urlencode({"filter": text}) for text in (*filters, *INCLUDES)),
        urlencode({"where": '{"isPublic":false}'}),
        urlencode({"q": WORD}),
        urlencode({"q": WORD, "kind": "datasets"}),
        urlencode({"page": 2}),
        urlencode({"state": "under_embargo"}),
    ]


INCLUDES = (
    '{"include":[{"relation":"datasets","scope":{"include":[{"relation":"files"},'
    '{"relation":"parameters"},{"relation":"samples"}]}}]}',
    '{"include":[{"relation":"files"},{"relation":"parameters"},{"relation":"samples"},'
    '{"relation":"documents"},{"relation":"instrument"},{"relation":"techniques"}]}',
    '{"include":[{"relation":"members","scope":{"include":[{"relation":"person"}]}},'
    '{"relation":"datasets"},{"relation":"parameters"}]}',
)
FORMS = ("datacite-json", "datacite-xml", "json-ld", "bibtex", "ris", "csl", "ro-crate")
# What to ask of an address that names one thing.
DETAIL_QUESTIONS = [
    "",
    *(urlencode({"filter": text}) for text in INCLUDES),
    *(urlencode({"format": name}) for name in FORMS),
]


def all_addresses(
    world: World, heeded: Mapping[str, Collection[str]] | None = None
) -> Iterator[str]:
    """Yields every address; those of the admin, all behind its log-in, without the queries.

    Args:
        world: what to fill addresses with.
        heeded: by pattern, what to ask of an address that names one thing, or None for everything.
    """
    general = questions(world)
    for pattern in patterns():
        if pattern.startswith("admin/"):
            asked: Collection[str] = [""]
        elif not names_one(pattern):
            asked = general
        else:
            asked = DETAIL_QUESTIONS if heeded is None else heeded[pattern]
        for address, query in product(addresses(pattern, world.values), asked):
            yield f"{address}?{query}" if query else address


def names_one(pattern: str) -> bool:
    return bool(set(arguments_of(pattern)) - {"plural"})


def heeded_questions(world: World) -> dict[str, Collection[str]]:
    """Returns, by pattern of one thing, the questions that anything at all is told apart by.

    Everything is asked about what is open now, by nobody and by somebody who may do everything.
    What a pattern refuses of each, or answers as if it had not been asked, is not worth asking
    about a hundred hidden things; the address itself always is.
    """
    manager = Client()
    manager.force_login(make_user(is_staff=True, is_superuser=True))
    return {
        pattern: _heeded([Client(), manager], list(addresses(pattern, world.values)))
        for pattern in patterns()
        if names_one(pattern) and not pattern.startswith("admin/")
    }


def _heeded(clients: Iterable[Client], paths: Iterable[str]) -> Collection[str]:
    heeded = {""}
    for client, path in product(clients, paths):
        bare = steady(answer(client, path))
        for query in set(DETAIL_QUESTIONS) - heeded:
            text = steady(answer(client, f"{path}?{query}"))
            is_refused = text.startswith(("400", "404"))
            # The way to the log-in repeats what was asked.
            if not is_refused and text.replace(quote(f"?{query}"), "") != bare:
                heeded.add(query)
    return heeded


def answer(client: Client, address: str) -> str:
    """Returns status, headers and body of an answer as one text."""
    response = client.get(address)
    body = b"".join(response) if response.streaming else response.content
    headers = "\n".join(f"{name}: {value}" for name, value in response.items())
    return f"{response.status_code}\n{headers}\n{body.decode('utf-8', 'replace')}"


def hidden_marks(*, is_registered: bool = False) -> list[str]:
    besides = SHOWN_TO_REGISTERED if is_registered else {}
    return [
        f"{SECRET}-{what}-{state}"
        for state, shown in SHOWN.items()
        for what in (*PAGES, *DETAILS, *DATA)
        if what not in (*shown, *besides.get(state, ()))
    ]


def add_every_state(world: World) -> None:
    for state in SHOWN:
        if state not in (*world.investigations, EARLY):
            add(world, state)


def leaks(text: str, marks: Collection[str]) -> list[str]:
    """Returns those of the marks that stand in a text."""
    return sorted(marks_in(text).intersection(marks))


def marks_in(text: str) -> set[str]:
    """Returns the marks in a text; a checksum, which can bear none, is one itself."""
    checksums = (CHECKSUMS.get(found) for found in re.findall(r"\b[0-9a-f]{64}\b", text))
    return {*ANY_MARK.findall(text), *filter(None, checksums)}


def test_every_address_can_be_filled(world: World) -> None:
    unknown = {
        pattern: [name for name in arguments_of(pattern) if name not in world.values]
        for pattern in patterns()
    }
    assert {pattern: names for pattern, names in unknown.items() if names} == {}
    assert len(list(patterns())) > 20


def test_every_address_leads_to_its_own_pattern(world: World) -> None:
    """An address that is filled in wrongly asks nothing, however many hidden things it names."""
    astray = {
        pattern: address
        for pattern in patterns()
        for address in addresses(pattern, world.values)
        if "?" in address or resolve(unquote(address)).route != pattern
    }
    assert astray == {}


def let_in_once(world: World, client: Client) -> None:
    """Logs in somebody whom everything has let in that has ended since, or is elsewhere.

    A grant that has expired and one taken back, a link followed and taken back, an appointment to
    the instrument that is over, and one to another facility's instrument that is not.
    """
    user = make_user(email="once@example.org")
    person = make_person(full_name="Once", orcid="0000-0002-1694-233X", user=user)
    elsewhere = make_instrument(facility=make_facility(slug="elsewhere"), slug="there")
    InstrumentScientist.objects.create(instrument=elsewhere, person=person)
    InstrumentScientist.objects.create(
        instrument=world.instrument, person=person, last_day=date(2020, 1, 1)
    )
    client.force_login(user)
    for number, investigation in enumerate(world.investigations.values()):
        token = f"{number:043d}"
        link = make_grant(
            investigation=investigation,
            is_link=True,
            token_digest=hashlib.sha256(token.encode()).hexdigest(),
        )
        assert client.get(f"/key/{token}").status_code == 302
        AccessGrant.objects.filter(pk=link.pk).update(revoked_at=NOW)
        make_grant(
            investigation=investigation, grantee="once@example.org", last_day=date(2020, 1, 1)
        )
        make_grant(
            dataset=investigation.datasets.earliest("pk"),
            grantee="0000-0002-1694-233x",
            revoked_at=NOW,
        )
    world.know(token=token, pk=link.pk)


def test_every_state_of_an_investigation_is_asked_about() -> None:
    states = {_release(name)["release_state"] for name in SHOWN} | {ReleaseState.WITHDRAWN}
    stored = {value for value, _ in Investigation._meta.get_field("release_state").choices or ()}
    assert stored <= {str(state) for state in states}


def test_what_is_in_force_does_let_in(world: World, client: Client) -> None:
    """The proof that those who were let in once would be shown it, had nothing ended."""
    add_every_state(world)
    let_in_once(world, client)
    hidden = world.investigations["held"]
    assert client.get(f"/investigations/{hidden.pk}").status_code == 404
    AccessGrant.objects.filter(investigation=hidden).update(last_day=FAR)
    assert leaks(answer(client, f"/investigations/{hidden.pk}"), hidden_marks()) != []


@pytest.mark.parametrize("viewer", ["anonymous", "stranger", "let in once"])
def test_no_address_tells_what_is_hidden(
    world: World, viewer: str, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    heeded = heeded_questions(world)
    add_every_state(world)
    if viewer == "stranger":
        user = make_user()
        make_person(full_name="Stranger", user=user)
        client.force_login(user)
    elif viewer == "let in once":
        let_in_once(world, client)
    client.raise_request_exception = False
    marks = hidden_marks(is_registered=viewer != "anonymous")
    asked = 0
    for address in all_addresses(world, heeded):
        text = answer(client, address)
        asked += 1
        assert leaks(text, marks) == [], address
        assert not text.startswith("500"), address
    assert leaks(caplog.text, marks) == []
    assert asked > 500


@pytest.mark.parametrize("state", ["open", "partially_open", "registered"])
def test_what_is_public_is_found_by_the_same_questions(
    world: World, state: str, client: Client
) -> None:
    """The proof that the test can fail: open data do show up, mark by mark."""
    if state not in world.investigations:
        add(world, state)
    everything = "".join(answer(client, address) for address in all_addresses(world))
    parts = [state, EARLY] if state == "partially_open" else [state]
    expected = {f"{SECRET}-{what}-{part}" for part in parts for what in SHOWN[part]}
    assert expected - marks_in(everything) == set()


def test_files_for_registered_users_are_theirs_after_a_log_in(world: World, client: Client) -> None:
    add(world, "registered")
    client.force_login(make_user())
    everything = "".join(answer(client, address) for address in all_addresses(world))
    found = marks_in(everything)
    assert {f"{SECRET}-file-registered", f"{SECRET}-checksum-registered"} <= found


def test_what_is_not_published_is_not_even_felt(world: World, client: Client) -> None:
    """Counts, totals, orders, facets and sitemaps are the same with it and without it."""
    asked = list(all_addresses(world))
    before = {address: steady(answer(client, address)) for address in asked}
    for state in UNPUBLISHED:
        add(world, state)
    different = [address for address in asked if steady(answer(client, address)) != before[address]]
    assert different == []


@pytest.mark.parametrize("viewer", ["anonymous", "stranger", "staff"])
@pytest.mark.parametrize("query", ["", "?dry_run=1"])
def test_handing_in_files_tells_nobody_without_a_token_anything(
    world: World, viewer: str, query: str, client: Client
) -> None:
    """Whatever is asked for, hidden or absent, well put or not: byte for byte one answer."""
    add_every_state(world)
    if viewer != "anonymous":
        client.force_login(make_user(is_staff=viewer == "staff"))
    paths = list(Datafile.objects.values_list("path", flat=True))
    bodies: list[Any] = [{"path": path} for path in (*paths, "/nothing/run.nxs")]
    bodies += [{"paths": paths}, {"path": paths[0], "proposal": mark("proposal", "held")}, [], ""]
    answers = [
        client.post(f"/ingest/files{query}", body, content_type="application/json", headers=headers)
        for body in bodies
        for headers in ({}, {"Authorization": "Bearer beam_" + "A" * 43}, {"Idempotency-Key": "k"})
    ]
    assert len(paths) >= len(SHOWN)
    assert {answer.status_code for answer in answers} == {401}
    assert len({(answer.content, str(sorted(answer.items()))) for answer in answers}) == 1


@pytest.mark.parametrize("query", ["", "?dry_run=1"])
@pytest.mark.parametrize("where", ["the same facility", "another facility"])
def test_a_token_learns_nothing_of_what_is_not_its_own(
    world: World, where: str, query: str, client: Client, tmp_path: Path
) -> None:
    """A file that names each hidden proposal is told of as if that one were the file's alone."""
    add_every_state(world)
    is_same = where == "the same facility"
    facility = world.facility if is_same else make_facility(slug="other")
    folders = [str(tmp_path), *(f"/{SECRET}-path-{state}" for state in SHOWN)]
    token = make(
        BeamlineToken(
            name="other",
            instrument=make_instrument(facility=facility, slug="other", name="OTHER"),
            folders=folders,
        ),
        actor=None,
    )
    headers = {"Authorization": f"Bearer {token.text}"}

    def ask(body: Any) -> Any:
        return client.post(
            f"/ingest/files{query}", body, content_type="application/json", headers=headers
        )

    changes = {"entry/instrument/name": None}
    for state in SHOWN:
        asked = mark("proposal", state)
        path = write_nexus(tmp_path / f"{state}.nxs", changes, experiment_identifier=asked)
        text = ask({"path": str(path)}).content.decode()
        assert '"proposal":' in text
        assert leaks(text.replace(asked, ""), hidden_marks()) == [], state
        # Even where its folders hold them: what others have is as absent as what nobody has.
        hidden = ask({"path": f"/{SECRET}-path-{state}/run.nxs"})
        absent = ask({"path": f"/{SECRET}-path-{state}/nothing.nxs"})
        assert hidden.status_code == absent.status_code == 404
        assert hidden.content.replace(b"run.nxs", b"nothing.nxs") == absent.content


def test_a_hidden_thing_answers_as_one_that_does_not_exist(world: World, client: Client) -> None:
    investigation = add(world, "unpublished")
    dataset = investigation.datasets.get()
    file = dataset.files.get()
    pairs = [
        (f"/datasets/{dataset.uid}", "/datasets/00000000-0000-0000-0000-000000000000"),
        (f"/files/{file.pk}/{file.name}", f"/files/999999/{file.name}"),
        (f"/panosc-api/Datasets/{dataset.uid}", "/panosc-api/Datasets/999999"),
        (f"/federated-api/Datasets/{dataset.uid}", "/federated-api/Datasets/999999"),
        (f"/federated-api/Datasets/{dataset.uid}/files", "/federated-api/Datasets/999999/files"),
    ]
    for hidden, absent in pairs:
        one, other = answer(client, hidden), answer(client, absent)
        for identifier in (str(dataset.uid), f"/files/{file.pk}/"):
            one = one.replace(identifier, "·")
        for identifier in ("00000000-0000-0000-0000-000000000000", "/files/999999/", "999999"):
            other = other.replace(identifier, "·")
        assert steady(one) == steady(other)


@pytest.mark.parametrize("viewer", ["anonymous", "stranger", "let in once"])
def test_no_hidden_file_can_be_had_by_its_own_name(
    world: World, viewer: str, client: Client
) -> None:
    add_every_state(world)
    if viewer == "stranger":
        client.force_login(make_user())
    elif viewer == "let in once":
        let_in_once(world, client)
    marks = hidden_marks(is_registered=viewer != "anonymous")
    hidden = [file for file in Datafile.objects.all() if leaks(file.name, marks)]
    assert len(hidden) > len(UNPUBLISHED)
    for file in hidden:
        one = steady(answer(client, f"/files/{file.pk}/{file.name}"))
        other = steady(answer(client, f"/files/999999/{file.name}"))
        assert one.replace(f"/files/{file.pk}/", "·") == other.replace("/files/999999/", "·")


def steady(text: str) -> str:
    """Returns an answer without what differs from one second or form to the next."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
    text = re.sub(r"<responseDate>[^<]*</responseDate>", "", text)
    # How long this catalogue took to answer federated search.
    text = re.sub(r';ms=\d+|"ms":\d+|\d\.\d s<', "", text)
    text = re.sub(r"(?m)^(ETag|Last-Modified|Expires|Date|Content-Length): .*$", "", text)
    return re.sub(r"resumptionToken[^<]*<", "<", text)


def test_a_member_sees_what_the_public_does_not(world: World, client: Client) -> None:
    investigation = add(world, "held")
    user = make_user()
    person = make_person(full_name="Member", user=user)
    make_member(investigation, person=person, role="member")
    client.force_login(user)
    dataset: Dataset = investigation.datasets.get()
    assert f"{SECRET}-dataset-held" in answer(client, f"/datasets/{dataset.uid}")
    assert f"{SECRET}-title-held" in answer(client, f"/investigations/{investigation.pk}")
