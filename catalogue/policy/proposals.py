"""What a facility does about proposals that it does not know, pure."""

from enum import StrEnum


class UnknownProposals(StrEnum):
    """What becomes of a file whose proposal the catalogue does not have."""

    PLACEHOLDER = "placeholder"
    QUARANTINE = "quarantine"
