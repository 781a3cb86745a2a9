"""The Celery application: `manage.py ingest_worker`, `celery -A catalogue beat`."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_init

from catalogue.garbage import spare_what_is_loaded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "catalogue.settings")
app = Celery("catalogue")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def _spare_what_is_loaded(**_: Any) -> None:
    """Before the pool is forked, which then shares what nobody writes to."""
    spare_what_is_loaded()
