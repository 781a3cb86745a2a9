"""The PaNOSC search API. Its first segment has no case: the portal writes `documents`."""

from django.urls import re_path

from catalogue.search import views

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
    re_path(r"^panosc-api(?:/[\s\S]*)?\Z", views.Unknown.as_view(), name="unknown"),
]
