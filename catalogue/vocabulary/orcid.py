"""ORCID iDs, as people and files write them."""

import re

_WRITTEN = re.compile(r"(?:https?://)?(?:www\.)?(?:orcid\.org/)?([\dX -]+)/?", re.I)


def normalise_orcid(text: str) -> str | None:
    """Return an ORCID iD as `0000-0002-1825-0097`, None where its check digit is wrong.

    The last character is ISO 7064 MOD 11-2 over the fifteen before it
    (https://support.orcid.org/hc/en-us/articles/360006897674).
    """
    match = _WRITTEN.fullmatch(text.strip())
    digits = re.sub(r"[ -]", "", match.group(1)).upper() if match else ""
    if not re.fullmatch(r"\d{15}[\dX]", digits) or digits[-1] != _check_digit(digits[:15]):
        return None
    return "-".join(digits[at : at + 4] for at in range(0, 16, 4))


def _check_digit(digits: str) -> str:
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    remainder = (12 - total % 11) % 11
    return "X" if remainder == 10 else str(remainder)
