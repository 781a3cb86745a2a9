"""Addresses of the pages for people."""

from django.contrib.auth.views import LoginView, LogoutView
from django.contrib.sitemaps import views as sitemaps
from django.urls import path
from django.views.generic import TemplateView

from catalogue.portal.access_requests import access_request, decision_by_link, request_access
from catalogue.portal.amend import amend_publication
from catalogue.portal.cart import (
    cart,
    next_version,
    no_version,
    publish_cart,
    put_in_cart,
    take_out_of_cart,
)
from catalogue.portal.datasets import dataset
from catalogue.portal.files import download
from catalogue.portal.harvested import harvested
from catalogue.portal.home import home
from catalogue.portal.investigations import investigation, my_investigations
from catalogue.portal.keys import forget_keys, key
from catalogue.portal.landing import landing
from catalogue.portal.release import release_link, release_page, releases
from catalogue.portal.reserved import (
    add_to_reserved,
    discard_reserved,
    publish_reserved,
    reserve_doi,
    reserved,
    take_out_of_reserved,
)
from catalogue.portal.search import search
from catalogue.portal.sharing import (
    dataset_access,
    investigation_access,
    revoke_grant,
    who_looked,
)
from catalogue.portal.sitemap import LandingPages

app_name = "portal"
SITEMAPS = {"doi": LandingPages}

urlpatterns = [
    path("", home, name="home"),
    path("search", search, name="search"),
    path("search/harvested", harvested, name="harvested"),
    path("doi/<path:doi>", landing, name="landing"),
    path("datasets/<uuid:uid>", dataset, name="dataset"),
    path("files/<int:pk>/<path:name>", download, name="file"),
    path("investigations/<int:pk>", investigation, name="investigation"),
    path("investigations/<int:pk>/release", release_page, name="release"),
    path("release/<str:token>", release_link, name="release_link"),
    path("my/releases", releases, name="releases"),
    path("investigations/<int:pk>/access", investigation_access, name="investigation_access"),
    path("investigations/<int:pk>/looks", who_looked, name="who_looked"),
    path("datasets/<uuid:uid>/access", dataset_access, name="dataset_access"),
    path("grants/<int:pk>/revoke", revoke_grant, name="revoke_grant"),
    path("key/forget", forget_keys, name="forget_keys"),
    path("key/<str:token>", key, name="key"),
    path("request-access/<path:doi>", request_access, name="request_access"),
    path("access-requests/<int:pk>", access_request, name="access_request"),
    path("access-requests/by-link/<str:token>", decision_by_link, name="decision_link"),
    path("amend/<path:doi>", amend_publication, name="amend"),
    path("next-version/<path:doi>", next_version, name="next_version"),
    path("cart", cart, name="cart"),
    path("cart/no-version", no_version, name="no_version"),
    path("cart/reserve", reserve_doi, name="reserve_doi"),
    path("reserved/<path:doi>", reserved, name="reserved"),
    path("reserved-add/<path:doi>", add_to_reserved, name="add_to_reserved"),
    path("reserved-remove/<path:doi>", take_out_of_reserved, name="take_out_of_reserved"),
    path("reserved-publish/<path:doi>", publish_reserved, name="publish_reserved"),
    path("reserved-discard/<path:doi>", discard_reserved, name="discard_reserved"),
    path("cart/add", put_in_cart, name="put_in_cart"),
    path("cart/remove", take_out_of_cart, name="take_out_of_cart"),
    path("cart/publish", publish_cart, name="publish_cart"),
    path("my", my_investigations, name="my_investigations"),
    path("login", LoginView.as_view(template_name="portal/login.html"), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path(
        "robots.txt",
        TemplateView.as_view(template_name="portal/robots.txt", content_type="text/plain"),
        name="robots",
    ),
    path(
        "sitemap.xml",
        sitemaps.index,
        {"sitemaps": SITEMAPS, "sitemap_url_name": "portal:sitemap_section"},
        name="sitemap",
    ),
    path("sitemap-<section>.xml", sitemaps.sitemap, {"sitemaps": SITEMAPS}, name="sitemap_section"),
]
