"""DOIs, as people and catalogues write them."""

import re

# DOI Handbook §2.2: `10.` and the registrant, a slash, any suffix; in whatever it is wrapped.
_WRITTEN = re.compile(
    r"(?:(?:https?://)?(?:dx\.|www\.)?doi\.org/|(?:info:)?doi[:/]\s*)?(10\.\d{4,9}(?:\.\d+)*/\S+)",
    re.IGNORECASE,
)


def read_doi(text: str) -> str:
    """Returns the DOI that a whole text is, without its resolver, in its own case; else ''."""
    match = _WRITTEN.fullmatch(text.strip())
    return match[1] if match else ""
