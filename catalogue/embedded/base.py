"""Django's PostgreSQL backend, on the private cluster: connecting starts it."""

from functools import cache
from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base
from psycopg2 import OperationalError

from catalogue.embedded.cluster import Hold
from catalogue.embedded.place import locate


@cache
def _hold() -> Hold:
    return Hold(locate(settings.VAR))


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        _hold().take()
        try:
            return super().get_new_connection(conn_params)
        except OperationalError:
            # The cluster was killed under its users; a long-lived worker has to get over that.
            _hold().revive()
            return super().get_new_connection(conn_params)
