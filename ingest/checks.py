"""What `manage.py check` says about the settings of ingest."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from catalogue.policy.proposals import UnknownProposals


def check_unknown_proposals(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Returns an error where CATALOGUE_UNKNOWN_PROPOSALS is none of its values."""
    if settings.UNKNOWN_PROPOSALS in list(UnknownProposals):
        return []
    return [Error(wrong_setting(settings.UNKNOWN_PROPOSALS), id="ingest.E001")]


def wrong_setting(value: str) -> str:
    """Returns what is wrong with a value of the setting."""
    choices = " or ".join(UnknownProposals)
    return f"CATALOGUE_UNKNOWN_PROPOSALS is {value!r}; set it to {choices}, or leave it out."
