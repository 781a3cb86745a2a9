"""The data managers' admin: the catalogue browsable and searchable; actions call the workflows."""

from django.conf import settings
from django.contrib import admin

# Importing a module registers its pages.
from catalogue.admin import (
    access,
    dataset,
    facility,
    investigation,
    policy,
    publication,
    release,
)

__all__ = ["access", "dataset", "facility", "investigation", "policy", "publication", "release"]

admin.site.site_header = settings.REPOSITORY_NAME
admin.site.site_title = settings.REPOSITORY_NAME
admin.site.index_title = "Data management"
