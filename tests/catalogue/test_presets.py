"""Every preset is a policy that the database takes, and cites where it comes from."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from catalogue.models import EmbargoPolicy
from catalogue.policy.presets import PRESETS
from tests.factories import make_facility

pytestmark = pytest.mark.django_db


def test_each_preset_is_a_valid_policy_and_cites_its_source() -> None:
    facility = make_facility()
    for key, preset in PRESETS.items():
        policy = EmbargoPolicy(facility=facility, **preset.values())
        policy.full_clean()
        policy.save()
        assert len(preset.source) > 40, key
        assert preset.text_url.startswith("https://"), key
        assert policy.terms.duration_months <= 60
    assert len(PRESETS) >= 12


def test_a_facility_starts_from_a_preset() -> None:
    facility = make_facility(slug="isis")
    out = StringIO()
    call_command("add_policy", "isis", "isis", "--default", stdout=out)
    facility.refresh_from_db()
    assert facility.default_embargo_policy.terms.extension_approver == "director"
    assert "ISIS data policy" in out.getvalue()
    with pytest.raises(CommandError, match="already exists"):
        call_command("add_policy", "isis", "isis")


def test_what_there_is_is_listed_and_what_is_unknown_refused() -> None:
    out = StringIO()
    call_command("add_policy", "--list", stdout=out)
    assert "light-touch" in out.getvalue()
    with pytest.raises(CommandError, match="one of esrf"):
        call_command("add_policy", "nowhere", "isis")
