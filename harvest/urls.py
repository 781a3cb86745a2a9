"""Addresses of the exchange with other catalogues."""

from django.urls import include, path

app_name = "harvest"

urlpatterns = [
    path("", include("harvest.oaipmh.urls")),
    path("", include("harvest.federation.urls")),
]
