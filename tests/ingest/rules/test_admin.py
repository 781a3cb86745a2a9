"""Rules in the admin: entered, tried on paths before and after saving, and put to use."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from catalogue.models import Dataset, Facility, Technique
from ingest.models import IngestRun, PathRule, TechniqueRule
from tests.factories import make_facility, make_instrument, make_proposal, make_user
from tests.ingest.rules.made import ESRF, ISIS, make_path_rule, make_technique_rule
from tests.ingest.runs import NOW, Ingest
from tests.nexus_files import write_nexus

pytestmark = pytest.mark.django_db
TRY = reverse("admin:ingest_pathrule_try")
ADD = reverse("admin:ingest_pathrule_add")
VISITOR = "/data/visitor/ihma123/id01/20260312/RAW_DATA/gold/gold_0001.h5"


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(make_user(username="manager", is_staff=True, is_superuser=True))
    return client


def staff_with(*permissions: str) -> Client:
    user = make_user(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def quarantine(facility: Facility, path: str, code: str = "no_proposal") -> IngestRun:
    return IngestRun.objects.create(
        path=path,
        facility=facility,
        size_bytes=1,
        mtime_ns=1,
        outcome="quarantined",
        code=code,
        reason="It names no proposal.",
        finished_at=NOW,
    )


def rule_form(facility: Facility, pattern: str, **changes: Any) -> dict[str, Any]:
    values = {"facility": facility.pk, "name": "folders", "pattern": pattern, "position": 10}
    return values | {"is_active": "on", "note": "", "try-paths": ""} | changes


def trials(response: Any) -> dict[str, str]:
    """Returns, by path, what the page says would be found and would happen."""
    return {
        trial.path: " | ".join(
            [
                *(f"{each.label}={each.value} ({each.source})" for each in trial.findings),
                trial.problem.code if trial.problem else str(trial.proposal or "placeholder"),
            ]
        )
        for trial in response.context["trials"]
    }


class TestTryPage:
    def test_it_shows_what_each_rule_finds_and_what_would_happen(
        self, manager: Client, facility: Facility
    ) -> None:
        make_path_rule(facility, ESRF, name="visitor folders")
        make_proposal(code="ihma123", title="Gold", embargo_policy=facility.default_embargo_policy)
        make_instrument(facility=facility, slug="id01", name="ID01")
        lines = [VISITOR, "/data/visitor/ls3301/id13/a.h5", "", "/tmp/x.h5", "/a/cm37235-2/b.nxs"]
        page = manager.post(TRY, {"facility": facility.pk, "try-paths": "\r\n".join(lines)})
        rule = "(rule “visitor folders”"
        assert trials(page) == {
            VISITOR: f"Proposal=ihma123 {rule}) | Instrument=id01 {rule}) | ihma123",
            "/data/visitor/ls3301/id13/a.h5": (
                f"Proposal=ls3301 {rule}) | Instrument=id13 {rule}, new to the catalogue) "
                "| placeholder"
            ),
            "/tmp/x.h5": "no_proposal",
            "/a/cm37235-2/b.nxs": (
                "Proposal=cm37235 (built-in pattern) | Visit=2 (built-in pattern) | placeholder"
            ),
        }
        text = page.content.decode()
        assert "Stored in <b>ihma123</b>, visit 1: Gold" in text
        assert "proposal ls3301 is new and would be made" in text
        assert "<b>Quarantined</b> (no_proposal): The file names no proposal" in text

    def test_it_starts_with_the_latest_files_that_lack_a_proposal(
        self, manager: Client, facility: Facility
    ) -> None:
        quarantine(facility, VISITOR)
        quarantine(facility, "/not/this.h5", code="not_hdf5")
        quarantine(make_facility(), "/nor/this.h5")
        page = manager.get(TRY, {"facility": facility.pk})
        assert list(trials(page)) == [VISITOR]
        assert page.context["waiting"] == 1

    def test_what_file_and_job_say_is_weighed(self, manager: Client, facility: Facility) -> None:
        make_path_rule(facility, ISIS)
        told = {"facility": facility.pk, "try-paths": "/archive/RB2310045/x.nxs"}
        page = manager.post(TRY, {**told, "try-job_proposal": "RB2310046"})
        assert "proposal_mismatch" in trials(page)["/archive/RB2310045/x.nxs"]
        page = manager.post(TRY, {**told, "try-proposal": "RB2310046"})
        assert "proposal_mismatch" in trials(page)["/archive/RB2310045/x.nxs"]
        assert "&#x27;RB2310046&#x27;" in page.content.decode()

    def test_techniques_are_tried_too(self, manager: Client, facility: Facility) -> None:
        loki = make_instrument(facility=facility, slug="loki", name="Loki")
        loki.techniques.set(Technique.objects.filter(code="PaNET01189"))
        make_technique_rule(facility, "PaNET01212", name="ptycho", title="^ptycho")
        told = {"facility": facility.pk, "try-paths": "/x.nxs", "try-instrument": "Loki"}
        assert "(instrument Loki)" in trials(manager.post(TRY, told))["/x.nxs"]
        page = manager.post(TRY, {**told, "try-title": "ptycho scan"})
        assert "ptychography (PaNET01212) (rule “ptycho”)" in trials(page)["/x.nxs"]
        page = manager.post(TRY, {**told, "try-definition": "NXsas", "try-probe": "x-ray"})
        assert "small angle x-ray scattering (PaNET01188)" in trials(page)["/x.nxs"]

    def test_unknown_proposals_follow_the_facility(
        self, manager: Client, facility: Facility
    ) -> None:
        Facility.objects.filter(pk=facility.pk).update(unknown_proposals="quarantine")
        page = manager.post(TRY, {"facility": facility.pk, "try-paths": "/RB2310045/x.nxs"})
        assert "unknown_proposal" in trials(page)["/RB2310045/x.nxs"]

    def test_a_number_that_two_proposals_carry(self, manager: Client, facility: Facility) -> None:
        for code in ("RB2310045", "MX2310045"):
            make_proposal(code=code, embargo_policy=facility.default_embargo_policy)
        page = manager.post(TRY, {"facility": facility.pk, "try-paths": "/RB2310045/x.nxs"})
        assert "ambiguous_proposal" in trials(page)["/RB2310045/x.nxs"]

    @pytest.mark.parametrize("asked", ["x", "9" * 40, "9" * 5000])
    def test_a_facility_that_is_no_number_is_told_of(
        self, manager: Client, facility: Facility, asked: str
    ) -> None:
        assert manager.post(TRY, {"facility": asked, "try-paths": "/a"}).status_code == 200

    def test_a_stored_rule_that_is_none_is_named(self, manager: Client, facility: Facility) -> None:
        make_path_rule(facility, "(", name="broken")
        form = {"facility": facility.pk, "try-paths": VISITOR}
        draft = rule_form(facility, ESRF, _try="1", **{"try-paths": VISITOR})
        for page in (manager.post(TRY, form), manager.post(ADD, draft)):
            assert page.status_code == 200
            assert "Rule &#x27;broken&#x27; of" in page.content.decode()
            assert "Correct it in the admin" in page.content.decode()

    def test_a_path_is_text_not_markup(self, manager: Client, facility: Facility) -> None:
        page = manager.post(TRY, {"facility": facility.pk, "try-paths": "/<script>x</script>.nxs"})
        assert "<script>x</script>" not in page.content.decode()

    def test_queries_do_not_grow_with_the_paths(
        self, manager: Client, facility: Facility, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(4):
            make_path_rule(facility, ESRF, name=f"rule {number}", position=number)
            make_technique_rule(facility, "PaNET01212", path=f"/{number}/")
            make_proposal(code=f"ls{number}", embargo_policy=facility.default_embargo_policy)
        lines = [f"/data/visitor/ls{number}/id01/a.h5" for number in range(100)]
        with django_assert_max_num_queries(12):
            page = manager.post(TRY, {"facility": facility.pk, "try-paths": "\n".join(lines)})
        assert len(trials(page)) == 100

    def test_without_any_facility_it_says_so(self, manager: Client) -> None:
        assert "There is no facility yet" in manager.get(TRY).content.decode()


class TestDraft:
    def test_an_edit_is_tried_without_being_saved(
        self, manager: Client, facility: Facility
    ) -> None:
        rule = make_path_rule(facility, "/nowhere/(?P<proposal>x)", name="folders")
        quarantine(facility, VISITOR)
        address = reverse("admin:ingest_pathrule_change", args=[rule.pk])
        assert VISITOR in manager.get(address).content.decode()
        page = manager.post(address, rule_form(facility, ESRF, _try="Try"))
        assert "Proposal=ihma123 (rule “folders”)" in trials(page)[VISITOR]
        rule.refresh_from_db()
        assert rule.pattern == "/nowhere/(?P<proposal>x)"

    def test_a_new_rule_is_tried_without_being_added(
        self, manager: Client, facility: Facility
    ) -> None:
        quarantine(facility, VISITOR)
        page = manager.post(ADD, rule_form(facility, ESRF, _try="Try"))
        assert "Proposal=ihma123 (rule “folders”)" in trials(page)[VISITOR]
        assert not PathRule.objects.exists()

    def test_the_order_of_the_draft_counts(self, manager: Client, facility: Facility) -> None:
        make_path_rule(facility, "/(?P<proposal>late)/", name="saved", position=5)
        form = rule_form(facility, "/(?P<proposal>soon)/", _try="Try")
        form["try-paths"] = "/late/soon/x.nxs"
        page = manager.post(ADD, {**form, "position": 6})
        assert "Proposal=late (rule “saved”)" in trials(page)["/late/soon/x.nxs"]
        page = manager.post(ADD, {**form, "position": 4})
        assert "Proposal=soon (rule “folders”)" in trials(page)["/late/soon/x.nxs"]

    def test_a_draft_that_is_switched_off_does_nothing(
        self, manager: Client, facility: Facility
    ) -> None:
        form = rule_form(facility, "/(?P<proposal>soon)/", _try="Try")
        form["try-paths"] = "/soon/x.nxs"
        assert "Proposal=soon" in trials(manager.post(ADD, form))["/soon/x.nxs"]
        del form["is_active"]
        assert trials(manager.post(ADD, form)) == {"/soon/x.nxs": "no_proposal"}

    def test_a_technique_rule_is_tried_with_its_unsaved_techniques(
        self, manager: Client, facility: Facility
    ) -> None:
        rule = make_technique_rule(facility, "PaNET01212", name="scans", path="/scan/")
        form = {
            "facility": facility.pk,
            "name": "scans",
            "techniques": [Technique.objects.get(code="PaNET01216").pk],
            "position": 10,
            "is_active": "on",
            "path": "/scan/",
            "try-paths": "/scan/x.nxs",
            "_try": "Try",
        }
        address = reverse("admin:ingest_techniquerule_change", args=[rule.pk])
        page = manager.post(address, form)
        assert "x-ray diffraction (PaNET01216) (rule “scans”)" in trials(page)["/scan/x.nxs"]
        assert [each.code for each in rule.techniques.all()] == ["PaNET01212"]

    @pytest.mark.parametrize("button", ["_try", "_save"])
    def test_what_is_wrong_with_a_pattern_is_said(
        self, manager: Client, facility: Facility, button: str
    ) -> None:
        pattern = "/x/(?=/)(?P<proposal>.)"
        page = manager.post(ADD, rule_form(facility, pattern, **{button: "1"}))
        text = page.content.decode()
        assert "(?= (at character 4): look-around and back-references are not available" in text
        assert not PathRule.objects.exists()

    def test_help_shows_groups_as_they_are_written(self, manager: Client) -> None:
        assert "(?P&lt;proposal&gt;…)" in manager.get(ADD).content.decode()


class TestSaving:
    def test_a_rule_is_saved_and_points_to_the_files_that_wait(
        self, manager: Client, facility: Facility
    ) -> None:
        quarantine(facility, VISITOR)
        page = manager.post(ADD, rule_form(facility, ESRF), follow=True)
        assert PathRule.objects.get().pattern == ESRF
        text = page.content.decode()
        assert f"1 file of {facility} in quarantine" in text
        assert f"{TRY}?facility={facility.pk}" in text

    def test_a_technique_rule_needs_a_condition(self, manager: Client, facility: Facility) -> None:
        form = {
            "facility": facility.pk,
            "name": "all",
            "techniques": [Technique.objects.get(code="PaNET01216").pk],
            "position": 10,
        }
        address = reverse("admin:ingest_techniquerule_add")
        assert "Give at least one condition" in manager.post(address, form).content.decode()
        elsewhere = make_instrument(name="Elsewhere")
        page = manager.post(address, {**form, "instrument": elsewhere.pk})
        assert "Elsewhere is an instrument of" in page.content.decode()
        assert not TechniqueRule.objects.exists()
        manager.post(address, {**form, "definition": "^TOFRAW$"})
        assert TechniqueRule.objects.get().definition == "^TOFRAW$"

    def test_only_techniques_are_offered(self, manager: Client) -> None:
        text = manager.get(reverse("admin:ingest_techniquerule_add")).content.decode()
        assert "x-ray fluorescence (PaNET01177)" in text
        assert "x-ray fluorescence (PaNET2020074)" not in text

    def test_the_facility_leads_to_its_rules(self, manager: Client, facility: Facility) -> None:
        page = manager.get(reverse("admin:catalogue_facility_change", args=[facility.pk]))
        assert f"{TRY}?facility={facility.pk}" in page.content.decode()


class TestRetry:
    ADDRESS = reverse("admin:ingest_pathrule_retry")

    def test_the_files_that_wait_are_read_again(
        self, manager: Client, tmp_path: Path, ingest: Ingest, facility: Facility
    ) -> None:
        folder = tmp_path / "project-7"
        folder.mkdir()
        ingest(write_nexus(folder / "run.nxs", experiment_identifier=None))
        quarantine(make_facility(), "/of/another.nxs")
        quarantine(facility, "/no/hdf5.nxs", code="not_hdf5")
        make_path_rule(facility, "/(?P<proposal>project-[0-9]+)/", name="archive")
        page = manager.post(self.ADDRESS, {"facility": facility.pk}, follow=True)
        assert "Tried 1 again" in page.content.decode()
        assert Dataset.objects.get().sources["proposal"] == "file name, rule “archive”"

    def test_it_takes_a_post(self, manager: Client, facility: Facility) -> None:
        assert manager.get(self.ADDRESS, {"facility": facility.pk}).status_code == 405

    @pytest.mark.parametrize("asked", ["", "0", "x", "9" * 40, "9" * 5000])
    def test_an_unknown_facility_is_not_found(
        self, manager: Client, facility: Facility, asked: str
    ) -> None:
        assert manager.post(self.ADDRESS, {"facility": asked}).status_code == 404


class TestPermissions:
    def test_nobody_else_gets_in(self, facility: Facility) -> None:
        for client in (Client(), staff_with()):
            assert client.get(TRY).status_code in (302, 403)
            assert client.post(ADD, rule_form(facility, ESRF, _try="1")).status_code in (302, 403)
            assert client.post(TestRetry.ADDRESS).status_code in (302, 403)

    def test_who_may_only_look_may_not_draft(self, facility: Facility) -> None:
        rule = make_path_rule(facility, ESRF)
        client = staff_with("view_pathrule")
        assert client.get(TRY).status_code == 200
        address = reverse("admin:ingest_pathrule_change", args=[rule.pk])
        assert client.get(address).status_code == 200
        form = rule_form(facility, "(?P<proposal>x)", _try="1")
        assert client.post(address, form).status_code == 403
        assert client.post(ADD, form).status_code == 403

    def test_whole_codes_are_shown_to_those_who_may_see_proposals(
        self, facility: Facility, manager: Client
    ) -> None:
        for code in ("RB31337", "MX31337", "RB90210"):
            make_proposal(code=code, embargo_policy=facility.default_embargo_policy)
        client = staff_with("view_pathrule")
        for number in ("31337", "90210"):
            form = {"facility": facility.pk, "try-paths": "/x", "try-job_proposal": number}
            assert f"RB{number}" in manager.post(TRY, form).content.decode()
            text = client.post(TRY, form).content.decode()
            assert number in text
            assert f"RB{number}" not in text
            assert f"MX{number}" not in text

    def test_other_rows_are_shown_to_those_who_may_see_them(self, facility: Facility) -> None:
        make_path_rule(facility, ESRF)
        make_proposal(
            code="ihma123", title="A secret plan", embargo_policy=facility.default_embargo_policy
        )
        quarantine(facility, "/a/secret/path.nxs")
        client = staff_with("view_pathrule")
        page = client.post(TRY, {"facility": facility.pk, "try-paths": VISITOR})
        assert "ihma123" in trials(page)[VISITOR]
        assert "A secret plan" not in page.content.decode()
        assert "Try it again" not in page.content.decode()
        assert "/a/secret/path.nxs" not in client.get(TRY).content.decode()
        client = staff_with("view_pathrule", "view_proposal", "view_ingestrun", "change_ingestrun")
        page = client.post(TRY, {"facility": facility.pk, "try-paths": VISITOR})
        assert "A secret plan" in page.content.decode()
        assert "Try it again" in page.content.decode()
        assert "/a/secret/path.nxs" in client.get(TRY).content.decode()
