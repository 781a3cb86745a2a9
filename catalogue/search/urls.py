"""The PaNOSC search API. Its first segment has no case: the portal writes `documents`."""

from django.urls import path, re_path

from catalogue.search import extra_views, views

app_name = "search"

_ITEMS = r"^panosc-api/(?P<plural>(?i:datasets|documents|instruments))"
# Django cannot reverse an unnamed (?i:…) group; the first of each pair is what it writes.
_DATASETS = r"^panosc-api/[Dd][aA][tT][aA][sS][eE][tT][sS]"

# A pid may hold slashes, escaped or not, so the addresses below an item come before the item's.
urlpatterns = [
    re_path(_ITEMS + r"/?\Z", views.ItemList.as_view(), name="items"),
    re_path(_ITEMS + r"/count/?\Z", views.ItemCount.as_view(), name="count"),
    re_path(_DATASETS + r"/(?P<pid>[\s\S]+)/files/?\Z", views.FileList.as_view(), name="files"),
    re_path(
        _DATASETS + r"/(?P<pid>[\s\S]+)/files/count/?\Z",
        views.FileCount.as_view(),
        name="file_count",
    ),
    re_path(_ITEMS + r"/(?P<pid>[\s\S]+?)/?\Z", views.Item.as_view(), name="item"),
    # In small letters alone: `/Techniques` is a class of the data model, and has no address.
    path("panosc-api/techniques", extra_views.Techniques.as_view(), name="techniques"),
    path("panosc-api/parameters", extra_views.ParameterNames.as_view(), name="parameters"),
    path("panosc-api/facilities", extra_views.Facilities.as_view(), name="facilities"),
    path("panosc-api/facets", extra_views.Facets.as_view(), name="facets"),
    path("panosc-api/openapi.json", extra_views.Description.as_view(), name="openapi"),
    path("panosc-api/explorer", extra_views.explorer, name="explorer"),
    re_path(r"^panosc-api/?\Z", extra_views.root, name="root"),
    re_path(r"^panosc-api/[\s\S]*\Z", views.Unknown.as_view(), name="unknown"),
]
