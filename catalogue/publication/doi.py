"""Names for what is published: DOIs and OAI identifiers, pure."""

import secrets
from collections.abc import Callable

# Crockford's base 32: no I, L, O or U, so that a suffix can be read aloud and spells nothing.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
# The prefix DataCite has always used for tests; it is registered nowhere at doi.org.
TEST_PREFIX = "10.5072"


def new_doi(
    prefix: str,
    facility_slug: str,
    *,
    is_test: bool,
    choose: Callable[[str], str] = secrets.choice,
) -> str:
    """Returns a fresh opaque name, `10.1234/isis.7k3d-9qx2`, or `10.5072/test.isis.…` for a test.

    Eight random characters: two of a million names collide with a chance of one in two; the
    database refuses the second (constraint `publication_doi_is_unique`).
    """
    suffix = "".join(choose(ALPHABET) for _ in range(8))
    name = f"{facility_slug}.{suffix[:4]}-{suffix[4:]}"
    return f"{TEST_PREFIX}/test.{name}" if is_test else f"{prefix}/{name}"


def oai_identifier(doi: str, *, domain: str) -> str:
    """Returns the OAI identifier of a DOI (oai-identifier §2): one for all formats."""
    return f"oai:{domain}:{doi}"
