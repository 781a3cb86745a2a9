"""What the facility holds, who may see it, how it is cited; also the Django project package."""

# Loaded with the package, so that every `shared_task` finds this app however Django was started.
from catalogue.celery import app as celery_app

__all__ = ["celery_app"]
