from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed
from django.conf import settings
from django.db.models.signals import post_migrate


class HarvestConfig(AppConfig):
    name = "harvest"
    verbose_name = "Harvest"

    def ready(self) -> None:
        post_migrate.connect(add_own_catalogue, sender=self)


def add_own_catalogue(using: str, apps: Any = installed, **_: Any) -> None:
    """Makes this catalogue a provider of federated search, where it is not one yet.

    After a migration rather than in one, as Django makes its permissions: then it is there in an
    emptied database, too; emptying one names no `apps`.
    """
    try:
        providers = apps.get_model("harvest", "FederationProvider").objects.using(using)
    except LookupError:
        # Migrated back to before there was such a table.
        return
    own = {"slug": "own", "name": "This catalogue", "facility": settings.REPOSITORY_NAME}
    providers.get_or_create(base_url="", defaults=own | {"is_comparable": True})
