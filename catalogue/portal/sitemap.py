"""The sitemap: every landing page that is not a tombstone, and nothing else."""

from datetime import datetime

from django.contrib.sitemaps import Sitemap
from django.db.models import QuerySet
from django.urls import reverse

from catalogue.models import PublicationKind, PublishedRecord


class LandingPages(Sitemap[PublishedRecord]):
    # sitemaps.org allows 50,000 addresses a file; smaller ones are rendered in less memory.
    limit = 10_000

    def items(self) -> QuerySet[PublishedRecord]:
        records = PublishedRecord.objects.live().select_related("publication")
        # The DOI of all versions leads to the newest.
        records = records.exclude(publication__kind=PublicationKind.CONCEPT)
        return records.only("datestamp", "publication__doi").order_by("pk")

    def location(self, item: PublishedRecord) -> str:
        return reverse("portal:landing", args=[item.publication.doi])

    def lastmod(self, item: PublishedRecord) -> datetime:
        return item.datestamp
