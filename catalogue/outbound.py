"""The one door for outbound HTTP: every client has time-outs and says who it is."""

import httpx

TIMEOUT = httpx.Timeout(connect=10, read=60, write=60, pool=10)


def client(base_url: str, *, contact: str, auth: tuple[str, str] | None = None) -> httpx.Client:
    """Returns an HTTP client for one remote service.

    contact: e-mail address in the User-Agent; DataCite triples the rate limit of clients that give
    one.
    """
    return httpx.Client(
        base_url=base_url,
        auth=auth,
        timeout=TIMEOUT,
        headers={"User-Agent": f"facility-metadata-catalogue (mailto:{contact})"},
    )
