"""Every address of the site; apps are named by string only."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("catalogue.search.urls")),
    path("", include("catalogue.scoring.urls")),
    path("", include("ingest.door.urls")),
    path("", include("harvest.urls")),
    path("", include("catalogue.portal.urls")),
]
