"""Where beamlines hand in files."""

from django.urls import path

from ingest.door import views

app_name = "door"

urlpatterns = [
    path("ingest/", views.guide, name="guide"),
    path("ingest/files", views.Files.as_view(), name="files"),
]
