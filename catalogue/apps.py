from django.apps import AppConfig

# Loaded before any task, so that every `shared_task` finds it however Django was started. Not with
# the package: the processes that read files need its vocabulary and no Celery.
from catalogue.celery import app as celery_app

__all__ = ["CatalogueConfig", "celery_app"]


class CatalogueConfig(AppConfig):
    name = "catalogue"
    verbose_name = "Catalogue"
