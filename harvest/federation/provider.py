"""A search API that is asked, as a value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provider:
    """A search API of the PaNOSC protocol.

    key: its name in status blocks; base_url: its address without the class; timeout_s: what it is
    given at most; weight: what the odds of its items are multiplied with; is_comparable: whether
    its scores mean what those of this catalogue mean; is_own: this catalogue itself.
    """

    key: str
    facility: str
    base_url: str
    timeout_s: float = 5
    weight: float = 1
    is_comparable: bool = False
    is_own: bool = False
