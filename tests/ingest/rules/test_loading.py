"""Rules of a facility at work: real files, from the path to the rows, and what is kept out."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from catalogue.models import Dataset, Facility, Proposal, Technique
from ingest.models import IngestRun, PathRule
from ingest.retry import retry
from ingest.rules.loading import BadRuleError, unknown_proposals_of
from tests.factories import make_facility, make_instrument, make_proposal
from tests.ingest.rules.made import make_path_rule, make_technique_rule
from tests.ingest.runs import NOW, Ingest, outcomes, refusal
from tests.nexus_files import write_nexus

pytestmark = pytest.mark.django_db
SILENT = {"entry/experiment_identifier": None, "entry/instrument/name": None}
FOLDERS = "/(?P<proposal>rb[0-9]+)/(?P<instrument>[a-z]+)/"


def write(
    folder: Path, path: str, changes: dict[str, object] | None = None, **fields: object
) -> Path:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    return write_nexus(target, changes, **fields)


def techniques(dataset: Dataset) -> list[str]:
    return [technique.code for technique in dataset.techniques.all()]


def test_a_path_rule_places_a_file_that_names_nothing(
    tmp_path: Path, ingest: Ingest, facility: Facility
) -> None:
    path = write(tmp_path, "rb2310045/loki/run.nxs", SILENT)
    assert refusal(ingest(path)[0])[0] == "no_proposal"
    make_path_rule(facility, FOLDERS, name="visitor folders")
    assert outcomes(ingest(path, again=True)) == ["stored"]
    dataset = Dataset.objects.get()
    assert dataset.investigation.proposal.code == "rb2310045"
    assert dataset.instrument is not None
    assert dataset.instrument.name == "loki"
    assert dataset.sources["proposal"] == "file name, rule “visitor folders”"
    assert dataset.sources["instrument_name"] == "file name, rule “visitor folders”"


def test_a_retry_uses_the_rules_of_today(
    tmp_path: Path, ingest: Ingest, facility: Facility
) -> None:
    ingest(write(tmp_path, "rb2310045/loki/run.nxs", SILENT))
    make_path_rule(facility, FOLDERS)
    assert retry([IngestRun.objects.get().pk], now=NOW) == 1


def test_the_files_own_word_and_the_rules_differ(
    tmp_path: Path, ingest: Ingest, facility: Facility
) -> None:
    make_path_rule(facility, FOLDERS, name="visitor folders")
    path = write(tmp_path, "rb2310045/loki/run.nxs", experiment_identifier="RB9999999")
    code, reason = refusal(ingest(path)[0])
    assert code == "proposal_mismatch"
    assert "'RB9999999'" in reason
    assert "'rb2310045'" in reason
    assert "rule “visitor folders”" in reason
    assert not Dataset.objects.exists()


def test_the_job_and_a_rule_differ(tmp_path: Path, ingest: Ingest, facility: Facility) -> None:
    make_path_rule(facility, FOLDERS)
    path = write(tmp_path, "rb2310045/loki/run.nxs", SILENT)
    assert refusal(ingest(path, proposal="RB9999999")[0])[0] == "proposal_mismatch"


def test_rules_that_are_off_or_anothers_do_nothing(
    tmp_path: Path, ingest: Ingest, facility: Facility
) -> None:
    make_path_rule(facility, FOLDERS, is_active=False)
    make_path_rule(make_facility(), FOLDERS)
    path = write(tmp_path, "rb2310045/loki/run.nxs", SILENT)
    assert refusal(ingest(path)[0])[0] == "no_proposal"


def test_rules_have_their_order(tmp_path: Path, ingest: Ingest, facility: Facility) -> None:
    make_path_rule(facility, "/(?P<proposal>loki)/", position=20)
    make_path_rule(facility, "/(?P<proposal>rb[0-9]+)/", position=5)
    ingest(write(tmp_path, "rb2310045/loki/run.nxs", SILENT))
    assert Proposal.objects.get().code == "rb2310045"


def test_a_rule_that_is_none_stops_the_job_by_name(
    tmp_path: Path, ingest: Ingest, facility: Facility
) -> None:
    """Without it a file might go to the wrong team; the admin does not let one be saved."""
    rule = make_path_rule(facility, FOLDERS, name="visitor folders")
    PathRule.objects.filter(pk=rule.pk).update(pattern="(?P<proposal>")
    with pytest.raises(BadRuleError, match="Rule 'visitor folders' of"):
        ingest(write(tmp_path, "rb2310045/loki/run.nxs", SILENT))


def test_a_pathological_pattern_costs_no_time(
    tmp_path: Path, ingest: Ingest, facility: Facility
) -> None:
    make_path_rule(facility, "(?P<proposal>(a+)+)$")
    make_technique_rule(facility, "PaNET01188", path="(a|aa)+$", title="(a+)+$")
    path = write(tmp_path, "a" * 200 + "/" + "a" * 200 + ".nxs", title="a" * 900 + "!")
    assert outcomes(ingest(path, proposal="ab12345")) == ["stored"]


class TestUnknownProposals:
    def test_a_placeholder_is_made(self, tmp_path: Path, ingest: Ingest) -> None:
        assert outcomes(ingest(write_nexus(tmp_path / "run.nxs"))) == ["stored"]
        assert Proposal.objects.get().is_placeholder

    def test_the_site_may_want_none(
        self, tmp_path: Path, ingest: Ingest, settings: LazySettings
    ) -> None:
        settings.UNKNOWN_PROPOSALS = "quarantine"
        code, reason = refusal(ingest(write_nexus(tmp_path / "run.nxs"))[0])
        assert code == "unknown_proposal"
        assert "'ab12345' (/entry/experiment_identifier) is not in the catalogue" in reason
        assert "try again" in reason
        assert not Proposal.objects.exists()

    @pytest.mark.parametrize(
        ("site", "own", "expected"),
        [
            ("quarantine", "placeholder", "stored"),
            ("placeholder", "quarantine", "quarantined"),
            ("quarantine", "", "quarantined"),
        ],
    )
    def test_a_facility_has_the_last_word(
        self,
        tmp_path: Path,
        ingest: Ingest,
        facility: Facility,
        settings: LazySettings,
        site: str,
        own: str,
        expected: str,
    ) -> None:
        settings.UNKNOWN_PROPOSALS = site
        Facility.objects.filter(pk=facility.pk).update(unknown_proposals=own)
        facility.refresh_from_db()
        assert outcomes(ingest(write_nexus(tmp_path / "run.nxs"))) == [expected]

    def test_a_proposal_that_is_added_lets_its_files_in(
        self, tmp_path: Path, ingest: Ingest, facility: Facility
    ) -> None:
        facility.unknown_proposals = "quarantine"
        facility.save()
        known = write(tmp_path, "known.nxs", experiment_identifier="RB10045")
        make_proposal(code="RB10045", embargo_policy=facility.default_embargo_policy)
        write(tmp_path, "unknown.nxs")
        assert outcomes(ingest(tmp_path)) == ["stored", "quarantined"]
        assert Dataset.objects.get().files.get().path == str(known)
        make_proposal(code="ab12345", embargo_policy=facility.default_embargo_policy)
        retry(IngestRun.objects.exclude(outcome="stored").values_list("pk", flat=True), now=NOW)
        assert Dataset.objects.count() == 2

    def test_the_job_names_it(self, tmp_path: Path, ingest: Ingest, facility: Facility) -> None:
        facility.unknown_proposals = "quarantine"
        path = write_nexus(tmp_path / "run.nxs", SILENT)
        assert "'RB7' (job) is not in" in refusal(ingest(path, proposal="RB7")[0])[1]

    def test_a_wrong_setting_is_reported_and_refused(
        self, facility: Facility, settings: LazySettings
    ) -> None:
        settings.UNKNOWN_PROPOSALS = "maybe"
        sentence = "CATALOGUE_UNKNOWN_PROPOSALS is 'maybe'; set it to placeholder or quarantine"
        assert [error for error in run_checks() if sentence in error.msg] != []
        with pytest.raises(ImproperlyConfigured, match="CATALOGUE_UNKNOWN_PROPOSALS is 'maybe'"):
            unknown_proposals_of(facility)

    def test_the_database_knows_the_two_values(self, facility: Facility) -> None:
        with (
            pytest.raises(IntegrityError, match="facility_unknown_proposals"),
            transaction.atomic(),
        ):
            Facility.objects.filter(pk=facility.pk).update(unknown_proposals="maybe")


class TestTechniques:
    def test_a_rule_comes_before_the_definition(
        self, tmp_path: Path, ingest: Ingest, facility: Facility
    ) -> None:
        make_technique_rule(facility, "PaNET01276", name="gisans", title="^water")
        ingest(write_nexus(tmp_path / "run.nxs"))
        dataset = Dataset.objects.get()
        assert techniques(dataset) == ["PaNET01276"]
        assert dataset.sources["techniques"] == "rule “gisans”"

    def test_a_rule_of_another_instrument_does_not_fit(
        self, tmp_path: Path, ingest: Ingest, facility: Facility
    ) -> None:
        dream = make_instrument(facility=facility, name="Dream", slug="dream")
        make_technique_rule(facility, "PaNET01276", instrument=dream)
        ingest(write_nexus(tmp_path / "a.nxs"))
        ingest(write_nexus(tmp_path / "b.nxs", {"entry/instrument/name": "Dream"}))
        found = {each.name: techniques(each) for each in Dataset.objects.all()}
        assert found == {"a": ["PaNET01189"], "b": ["PaNET01276"]}

    def test_the_definition_is_said_to_have_told(self, tmp_path: Path, ingest: Ingest) -> None:
        ingest(write_nexus(tmp_path / "run.nxs"))
        assert Dataset.objects.get().sources["techniques"] == "/entry/definition"

    def test_the_method_tells(self, tmp_path: Path, ingest: Ingest) -> None:
        ingest(write_nexus(tmp_path / "run.nxs", definition="TOFRAW", method="Neutron Diffraction"))
        dataset = Dataset.objects.get()
        assert techniques(dataset) == ["PaNET01217"]
        assert dataset.sources["techniques"] == "/entry/method"

    def test_the_instrument_is_asked_last(
        self, tmp_path: Path, ingest: Ingest, facility: Facility
    ) -> None:
        loki = make_instrument(facility=facility, name="Loki", slug="loki")
        loki.techniques.set(Technique.objects.filter(code="PaNET01189"))
        ingest(write_nexus(tmp_path / "run.nxs", definition="TOFRAW"))
        dataset = Dataset.objects.get()
        assert techniques(dataset) == ["PaNET01189"]
        assert dataset.sources["techniques"] == "instrument Loki"

    def test_what_nothing_tells_is_left_open(self, tmp_path: Path, ingest: Ingest) -> None:
        ingest(write_nexus(tmp_path / "run.nxs", definition="TOFRAW"))
        dataset = Dataset.objects.get()
        assert techniques(dataset) == []
        assert "techniques" not in dataset.sources

    def test_a_rule_needs_a_condition(self, facility: Facility) -> None:
        with pytest.raises(IntegrityError, match="has_a_condition"), transaction.atomic():
            make_technique_rule(facility, "PaNET01276")


@pytest.mark.parametrize("unknown", ["placeholder", "quarantine"])
def test_queries_do_not_grow_with_the_files(
    tmp_path: Path, ingest: Ingest, facility: Facility, unknown: str
) -> None:
    facility.unknown_proposals = unknown
    facility.save()
    for number in range(5):
        make_path_rule(facility, f"/nowhere{number}/(?P<run_number>x)")
        make_technique_rule(facility, "PaNET01276", path=f"/nowhere{number}/")
    make_path_rule(facility, FOLDERS)
    counts = []
    for count in (2, 20):
        folder = tmp_path / f"batch{count}"
        for number in range(count):
            write(folder, f"rb{count}/loki/run{number}.nxs", SILENT)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            ingest(folder)
        counts.append(len(queries))
    assert counts[1] <= counts[0]
