"""Every address of the site; apps are named by string only."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    # First: harvesters ask for page after page, and each pattern before theirs takes its time.
    path("", include("harvest.urls")),
    path("", include("catalogue.search.urls")),
    path("", include("catalogue.scoring.urls")),
    path("", include("ingest.door.urls")),
    path("", include("catalogue.portal.urls")),
]
