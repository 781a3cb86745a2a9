"""The provider's address, with and without a slash: harvesters store either."""

from django.urls import path

from harvest.oaipmh.views import oai

urlpatterns = [path("oai", oai, name="oai"), path("oai/", oai)]
