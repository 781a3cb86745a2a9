"""`/federated-api`, in the shape of the search API's addresses, and the page for people."""

from django.urls import path, re_path

from harvest.federation import views
from harvest.federation.portal import everywhere

_ITEMS = r"^federated-api/(?P<plural>(?i:datasets|documents|instruments))"
# Django cannot reverse an unnamed (?i:…) group; the first of each pair is what it writes.
_DATASETS = r"^federated-api/[Dd][aA][tT][aA][sS][eE][tT][sS]"

# A pid may hold slashes, escaped or not, so the addresses below an item come before the item's.
urlpatterns = [
    path("search/everywhere", everywhere, name="everywhere"),
    re_path(r"^federated-api/?\Z", views.Root.as_view(), name="federation"),
    re_path(_ITEMS + r"/?\Z", views.FederatedList.as_view(), name="federated_items"),
    re_path(_ITEMS + r"/count/?\Z", views.FederatedCount.as_view(), name="federated_count"),
    re_path(_DATASETS + r"/(?P<pid>[\s\S]+)/files/?\Z", views.FederatedFiles.as_view()),
    re_path(_DATASETS + r"/(?P<pid>[\s\S]+)/files/count/?\Z", views.FederatedFileCount.as_view()),
    re_path(_ITEMS + r"/(?P<pid>[\s\S]+?)/?\Z", views.FederatedItem.as_view()),
    re_path(r"^federated-api(?:/[\s\S]*)?\Z", views.Unknown.as_view()),
]
