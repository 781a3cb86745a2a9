"""What a test of an endpoint looks at before it asks for errors: its lists, walked to an end."""

from collections.abc import Callable
from dataclasses import dataclass

from harvest.oaipmh.conformance.reply import Ask, Header, Reply

AskOne = Callable[[Ask], Reply]


@dataclass(frozen=True, slots=True)
class Survey:
    """The replies an endpoint is first judged by.

    base_url: as it was asked; lists: of each format the pages of ListIdentifiers that were walked,
    and of `records` those of ListRecords; is_whole: the lists were walked to their end.
    """

    base_url: str
    identify: Reply
    formats: Reply
    sets: tuple[Reply, ...]
    headers: tuple[Reply, ...]
    records: dict[str, tuple[Reply, ...]]
    is_whole: bool

    @property
    def prefixes(self) -> list[str]:
        return self.formats.texts("metadataPrefix")

    @property
    def set_specs(self) -> list[str]:
        return [text for reply in self.sets for text in _direct_specs(reply)]

    @property
    def listed(self) -> list[Header]:
        """The headers of ListIdentifiers in oai_dc."""
        return [header for reply in self.headers for header in reply.records]

    @property
    def replies(self) -> list[Reply]:
        pages = [reply for walked in self.records.values() for reply in walked]
        return [self.identify, self.formats, *self.sets, *self.headers, *pages]

    @property
    def first_live(self) -> Header | None:
        return next((header for header in self.listed if not header.is_deleted), None)

    @property
    def first_deleted(self) -> Header | None:
        return next((header for header in self.listed if header.is_deleted), None)

    @property
    def has_seconds(self) -> bool:
        return self.identify.text("granularity") == "YYYY-MM-DDThh:mm:ssZ"


def survey(base_url: str, ask: AskOne, *, most_pages: int) -> Survey:
    """Returns what an endpoint says of itself and its lists, each walked at most so many pages."""
    formats = ask(Ask.of(verb="ListMetadataFormats"))
    headers = walk(ask, Ask.of(verb="ListIdentifiers", metadataPrefix="oai_dc"), most_pages)
    records = {
        prefix: walk(ask, Ask.of(verb="ListRecords", metadataPrefix=prefix), most_pages)
        for prefix in formats.texts("metadataPrefix")
    }
    return Survey(
        base_url=base_url,
        identify=ask(Ask.of(verb="Identify")),
        formats=formats,
        sets=walk(ask, Ask.of(verb="ListSets"), most_pages),
        headers=headers,
        records=records,
        is_whole=not any(pages[-1].next_token for pages in (headers, *records.values())),
    )


def walk(ask: AskOne, first: Ask, most_pages: int) -> tuple[Reply, ...]:
    """Returns the pages of a list, until it ends, repeats a token, or is `most_pages` long."""
    pages, seen = [ask(first)], set[str]()
    while len(pages) < most_pages and (token := pages[-1].next_token) and token not in seen:
        seen.add(token)
        pages.append(ask(Ask.of(verb=first.get("verb"), resumptionToken=token)))
    return tuple(pages)


def _direct_specs(reply: Reply) -> list[str]:
    return [
        (element.text or "").strip()
        for element in reply.all("setSpec")
        if (parent := element.getparent()) is not None and str(parent.tag).endswith("}set")
    ]
