"""Addresses of services that people enter."""

from urllib.parse import urlsplit


class BadAddressError(ValueError):
    """What was entered is no address of a service. `address`: what it was."""

    def __init__(self, address: str, message: str) -> None:
        super().__init__(f"{address}: {message}")
        self.address = address


def check_url(url: str) -> str:
    """Returns the base URL of a service as it is kept: without a slash at its end.

    Raises:
        BadAddressError: it is no plain address of http or https (RFC 9110 §4.2).
    """
    text = url.strip()
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise BadAddressError(url, str(error)) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadAddressError(url, "write e.g. https://search.example.org/api")
    if "@" in parts.netloc:
        # RFC 9110 §4.2.4: whoever reads the address would read them.
        raise BadAddressError(url, "leave out user name and password")
    if parts.query or parts.fragment or any(character.isspace() for character in text):
        raise BadAddressError(url, "leave out spaces and what follows ? or #")
    return text.rstrip("/")
