"""The `description` containers of Identify (OAI-PMH 2.0 implementation guidelines), pure."""

import re
from collections.abc import Sequence

from catalogue.formats.xml import add, legal_text, root, serialise

_OAI = "http://www.openarchives.org/OAI/2.0/"

# oai-identifier.xsd: a domain name whose labels begin with a letter, and what follows it.
_DOMAIN = re.compile(r"[a-zA-Z][a-zA-Z0-9\-]*(\.[a-zA-Z][a-zA-Z0-9\-]*)+")
_LOCAL = re.compile(r"[a-zA-Z0-9\-_.!~*'();/?:@&=+$,%]+")


def oai_identifier(domain: str, sample: str) -> str:
    """Returns how identifiers are made (oai-identifier guidelines §2), '' where they are not so."""
    prefix = f"oai:{domain}:"
    is_example = sample.startswith(prefix) and _LOCAL.fullmatch(sample.removeprefix(prefix))
    if not _DOMAIN.fullmatch(domain) or not is_example:
        return ""
    namespace = f"{_OAI}oai-identifier"
    element = root("oai-identifier", namespace=namespace, schema=f"{namespace}.xsd")
    add(element, "scheme", "oai")
    add(element, "repositoryIdentifier", domain)
    add(element, "delimiter", ":")
    add(element, "sampleIdentifier", sample)
    return serialise(element)


def friends(base_urls: Sequence[str]) -> str:
    """Returns the repositories a harvester may want as well (friends guidelines), '' for none."""
    if not base_urls:
        return ""
    namespace = f"{_OAI}friends/"
    element = root("friends", namespace=namespace, schema=f"{_OAI}friends.xsd")
    for base_url in base_urls:
        add(element, "baseURL", legal_text(base_url))
    return serialise(element)


def branding(icon: str, *, link: str, title: str) -> str:
    """Returns logo, address and name of the site (branding guidelines), '' without a logo."""
    if not icon:
        return ""
    namespace = f"{_OAI}branding/"
    element = root("branding", namespace=namespace, schema=f"{_OAI}branding.xsd")
    collection_icon = add(element, "collectionIcon")
    for tag, text in {"url": icon, "link": link, "title": title}.items():
        add(collection_icon, tag, legal_text(text))
    return serialise(element)
