"""DATABASES: the server of CATALOGUE_DATABASE_URL, or a private cluster under `var/`."""

from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from catalogue.embedded.cluster import DATABASE, USER
from catalogue.embedded.place import locate

# A server's template1 may have any encoding; test databases are always made in UTF-8.
# Who may see what makes long conditions, whose plans look dear and run in milliseconds: compiling
# them took seconds (the list of somebody with 5,000 investigations: 6 s with JIT, 0.3 s without).
NO_JIT = "-c jit=off"
TEST = {"TEMPLATE": "template0", "CHARSET": "UTF8"}


def databases(url: str, var: Path) -> dict[str, dict[str, Any]]:
    """Returns Django's DATABASES setting.

    Raises:
        ImproperlyConfigured: the URL names another database than PostgreSQL.
        ClusterError: there is no URL and no cluster can run here.
    """
    default = _server(url) if url else _embedded(var)
    given = default.get("OPTIONS", {})
    options = {**given, "options": f"{NO_JIT} {given.get('options', '')}".strip()}
    return {"default": {**default, "OPTIONS": options, "CONN_HEALTH_CHECKS": True, "TEST": TEST}}


def _server(url: str) -> dict[str, Any]:
    if not url.startswith(("postgres://", "postgresql://")):
        scheme = url.partition(":")[0]
        raise ImproperlyConfigured(
            f"CATALOGUE_DATABASE_URL: {scheme!r} is not PostgreSQL, the one database the catalogue "
            f"speaks; write postgresql://user:password@host:5432/name, or unset it for a "
            f"private cluster."
        )
    return dict(dj_database_url.parse(url, conn_max_age=60))


def _embedded(var: Path) -> dict[str, Any]:
    return {
        "ENGINE": "catalogue.embedded",
        "HOST": str(locate(var).socket_dir),
        "USER": USER,
        "NAME": DATABASE,
        "CONN_MAX_AGE": 60,
    }
