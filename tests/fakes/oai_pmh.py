"""An OAI-PMH endpoint with the faults of real ones; `python -m tests.fakes.oai_pmh --help`."""

import argparse
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

WRAPPED = '<oai_datacite xmlns="http://schema.datacite.org/oai/oai-1.1/"'
BARE_WRAPPER = f"{WRAPPED}>"
WRAPPER = (
    f'{WRAPPED} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xsi:schemaLocation="http://schema.datacite.org/oai/oai-1.1/'
    ' http://schema.datacite.org/oai/oai-1.1/oai.xsd">'
    "<schemaVersion>4.5</schemaVersion><datacentreSymbol>FAKE</datacentreSymbol>"
)
FIRST = datetime(2025, 1, 1, tzinfo=UTC)
# What an endpoint can get wrong; several at once are served together.
FAULTS = {
    "503": "every other request is answered 503 with Retry-After: 0",
    "503_date": "every other request is answered 503 with Retry-After as a date gone by",
    "503_long": "the second request is answered 503 with Retry-After: 7200",
    "bad_response_date": "responseDate is 'now'",
    "bare_wrapper": "oai_datacite names no schema, and lacks schemaVersion and datacentreSymbol",
    "constant_datestamps": "all datestamps are 2020-01-01T00:00:00Z",
    "doi_as_url": "the DOI is an identifier of type URL",
    "entities": "a DTD declares entities within entities",
    "granularity_lie": "Identify states seconds, datestamps and `from` are days",
    "html": "the second request is answered by a web page, with status 200",
    "ignores_window": "from and until are not looked at",
    "illegal_header": "each header has attributes of its own",
    "invalid_characters": "the third record holds U+0002 and &#0;",
    "limit": "a list is cut at 1,000 records, without a token",
    "malformed_record": "the third record has an unescaped ampersand",
    "missing_year": "there is no publicationYear",
    "no_deletions": "deletedRecord is no, and deleted records are not listed",
    "no_identifier": "the third record has an empty identifier",
    "no_metadata": "the third record has no metadata",
    "no_namespace": "elements are in no namespace",
    "set_lost": "from the second page on, records of all sets are listed",
    "token_expired": "the token of the second page is refused once",
    "token_expires": "every token of a third page is refused",
    "token_loop": "the last page's token leads to the first page",
    "token_same": "the last page's token leads to the last page",
    "truncated": "the second page breaks off, always",
    "truncated_once": "the second page breaks off, once",
    "unknown_creator": "creators are ':unav' and '(:null)'",
    "wrong_datestamps": "the datestamp of each third record is 'yesterday'",
}


@dataclass(frozen=True, slots=True)
class FakeRecord:
    """A record as the endpoint holds it; `number` makes its identifier, DOI and title."""

    number: int
    datestamp: datetime
    sets: tuple[str, ...] = ("raw",)
    is_deleted: bool = False
    title: str = ""

    @property
    def identifier(self) -> str:
        return f"oai:fake.example.org:{self.number}"


def records(number: int, *, per_second: int = 10) -> list[FakeRecord]:
    """Returns records in the order of their datestamps, some sharing each second."""
    return [
        FakeRecord(place, FIRST + timedelta(seconds=place // per_second)) for place in range(number)
    ]


@dataclass
class Endpoint(ThreadingHTTPServer):
    """The server; what it holds and how it fails may be changed between requests."""

    held: list[FakeRecord]
    page_size: int = 50
    faults: set[str] = field(default_factory=set)
    port: int = 0
    requests: list[dict[str, str]] = field(default_factory=list)
    # Faults that happen once, and have.
    spent: set[str] = field(default_factory=set)

    daemon_threads = True

    def __post_init__(self) -> None:
        super().__init__(("127.0.0.1", self.port), Handler)

    __hash__ = object.__hash__

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/oai"

    def has(self, fault: str) -> bool:
        return fault in self.faults

    def once(self, fault: str) -> bool:
        """Tells whether a fault is to happen now, and lets it not happen again."""
        if fault not in self.faults or fault in self.spent:
            return False
        self.spent.add(fault)
        return True

    def change(self, number: int, datestamp: datetime, **changes: object) -> None:
        """Changes a record, which moves to the end of the list."""
        old = next(record for record in self.held if record.number == number)
        self.held.remove(old)
        self.held.append(replace(old, datestamp=datestamp, **changes))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Listed:
    """A list under way, as a token carries it: where it stands, and what was asked for."""

    offset: int
    since: str
    until: str
    spec: str

    @classmethod
    def parse(cls, token: str) -> "Listed":
        offset, since, until, spec = token.split("|")
        return cls(int(offset), since, until, spec)

    def token(self, offset: int) -> str:
        return f"{offset}|{self.since}|{self.until}|{self.spec}"


class Handler(BaseHTTPRequestHandler):
    server: Endpoint
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server = self.server
        query = dict(parse_qsl(urlsplit(self.path).query))
        server.requests.append(query)
        if self._is_refused(len(server.requests)):
            return
        body = self._answer(query)
        if server.has("no_namespace"):
            body = body.replace(' xmlns="http://www.openarchives.org/OAI/2.0/"', "")
        raw = body.encode()
        is_second = query.get("resumptionToken", "").startswith(f"{server.page_size}|")
        if is_second and (server.has("truncated") or server.once("truncated_once")):
            raw = raw[: len(raw) // 2]
        self._send(200, raw)

    def _is_refused(self, place: int) -> bool:
        server = self.server
        if place % 2 and server.has("503"):
            self._send(503, b"", {"Retry-After": "0"})
        elif place % 2 and server.has("503_date"):
            self._send(503, b"", {"Retry-After": "Thu, 01 Jan 2026 00:00:00 GMT"})
        elif place == 2 and server.once("503_long"):
            self._send(503, b"", {"Retry-After": "7200"})
        elif place == 2 and server.has("html"):
            self._send(200, b"<html><head><title>Please log in</title></head></html>")
        else:
            return False
        return True

    def _answer(self, query: dict[str, str]) -> str:
        verb = query.get("verb", "")
        answers = {
            "Identify": self._identify,
            "ListRecords": lambda: self._list(query),
            "ListSets": lambda: (
                "<ListSets><set><setSpec>raw</setSpec><setName>Raw data</setName></set></ListSets>"
            ),
            "ListMetadataFormats": lambda: (
                "<ListMetadataFormats><metadataFormat><metadataPrefix>"
                "oai_datacite</metadataPrefix><schema>http://schema.datacite.org/oai/oai-1.1/oai.xsd"
                "</schema><metadataNamespace>http://schema.datacite.org/oai/oai-1.1/"
                "</metadataNamespace></metadataFormat></ListMetadataFormats>"
            ),
        }
        body = answers[verb]() if verb in answers else _error("badVerb", f"no verb {verb}")
        date = "now" if self.server.has("bad_response_date") else _stamp(datetime.now(UTC))
        head = '<?xml version="1.0" encoding="UTF-8"?>\n'
        if self.server.has("entities"):
            head += (
                '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">'
                '<!ENTITY c SYSTEM "file:///etc/hostname">]>\n'
            )
        return (
            f'{head}<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>{date}'
            f"</responseDate><request>{self.server.base_url}</request>{body}</OAI-PMH>"
        )

    def _identify(self) -> str:
        kept = "no" if self.server.has("no_deletions") else "persistent"
        return (
            "<Identify><repositoryName>Fake</repositoryName>"
            f"<baseURL>{self.server.base_url}</baseURL><protocolVersion>2.0</protocolVersion>"
            f"<adminEmail>a@fake.example.org</adminEmail><earliestDatestamp>{_stamp(FIRST)}"
            f"</earliestDatestamp><deletedRecord>{kept}</deletedRecord>"
            "<granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>"
        )

    def _list(self, query: dict[str, str]) -> str:
        server = self.server
        token = query.get("resumptionToken", "")
        if token and self._is_expired(token):
            return _error("badResumptionToken", "the token has expired")
        if server.has("granularity_lie") and "T" in query.get("from", ""):
            return _error("badArgument", "from is not YYYY-MM-DD")
        listed = (
            Listed.parse(token)
            if token
            else Listed(0, query.get("from", ""), query.get("until", ""), query.get("set", ""))
        )
        found = self._matching(listed)
        if not found:
            return _error("noRecordsMatch", "nothing")
        size = 1000 if server.has("limit") else server.page_size
        end = listed.offset + size
        rows = "".join(self._record(record) for record in found[listed.offset : end])
        return f"<ListRecords>{rows}{self._token(listed, found, end)}</ListRecords>"

    def _is_expired(self, token: str) -> bool:
        server = self.server
        offset = Listed.parse(token).offset
        if offset == server.page_size and server.once("token_expired"):
            return True
        return offset == 2 * server.page_size and server.has("token_expires")

    def _matching(self, listed: Listed) -> list[FakeRecord]:
        server = self.server
        is_set_lost = server.has("set_lost") and listed.offset > 0
        rows = [
            record
            for record in server.held
            if not listed.spec or is_set_lost or listed.spec in record.sets
        ]
        if server.has("no_deletions"):
            rows = [record for record in rows if not record.is_deleted]
        if server.has("ignores_window") or not listed.since:
            return rows
        return [record for record in rows if _stamp(record.datestamp) >= listed.since]

    def _token(self, listed: Listed, found: list[FakeRecord], end: int) -> str:
        server = self.server
        if server.has("limit"):
            return ""
        if end < len(found):
            size = f' completeListSize="{len(found)}" cursor="{listed.offset}"'
            return f"<resumptionToken{size}>{escape(listed.token(end))}</resumptionToken>"
        if server.has("token_loop"):
            return f"<resumptionToken>{escape(listed.token(0))}</resumptionToken>"
        if server.has("token_same"):
            return f"<resumptionToken>{escape(listed.token(listed.offset))}</resumptionToken>"
        return "<resumptionToken/>" if listed.offset else ""

    def _record(self, record: FakeRecord) -> str:
        server, is_third = self.server, record.number == 2
        status = ' status="deleted"' if record.is_deleted else ""
        if server.has("illegal_header"):
            status += ' xmlns:foo="urn:foo" foo:id="7" lang="en"'
        identifier = "" if is_third and server.has("no_identifier") else record.identifier
        sets = "".join(f"<setSpec>{spec}</setSpec>" for spec in record.sets)
        header = (
            f"<header{status}><identifier>{identifier}</identifier>"
            f"<datestamp>{self._datestamp(record)}</datestamp>{sets}</header>"
        )
        if record.is_deleted or (is_third and server.has("no_metadata")):
            return f"<record>{header}</record>"
        return f"<record>{header}<metadata>{self._metadata(record)}</metadata></record>"

    def _datestamp(self, record: FakeRecord) -> str:
        if self.server.has("constant_datestamps"):
            return "2020-01-01T00:00:00Z"
        if self.server.has("wrong_datestamps") and record.number % 3 == 0:
            return "yesterday"
        stamp = _stamp(record.datestamp)
        return stamp[:10] if self.server.has("granularity_lie") else stamp

    def _metadata(self, record: FakeRecord) -> str:
        server = self.server
        title = escape(record.title or f"Diffraction of lysozyme, part {record.number}")
        if record.number == 2:
            title += "\x02 &#0;" if server.has("invalid_characters") else ""
            title += " & more" if server.has("malformed_record") else ""
        if server.has("entities"):
            title += " &b; &c;"
        doi = f"10.5555/fake.{record.number}"
        identifier = f'<identifier identifierType="DOI">{doi}</identifier>'
        if server.has("doi_as_url"):
            identifier = f'<identifier identifierType="URL">https://doi.org/{doi}</identifier>'
        names = [":unav", "(:null)"] if server.has("unknown_creator") else ["Franklin, Rosalind"]
        creators = "".join(f"<creator><creatorName>{n}</creatorName></creator>" for n in names)
        year = "" if server.has("missing_year") else "<publicationYear>2024</publicationYear>"
        return (
            f"{BARE_WRAPPER if server.has('bare_wrapper') else WRAPPER}<payload>"
            f'<resource xmlns="http://datacite.org/schema/kernel-4">{identifier}'
            f"<creators>{creators}</creators><titles><title>{title}</title></titles>"
            f"<publisher>Fake Facility</publisher>{year}"
            '<resourceType resourceTypeGeneral="Dataset">Dataset</resourceType>'
            '<subjects><subject valueURI="http://purl.org/pan-science/PaNET/PaNET01188">SAXS'
            '</subject></subjects><dates><date dateType="Issued">2024-05-06</date>'
            '<date dateType="Collected">2023-01-02/2023-01-03</date></dates>'
            '<rightsList><rights rightsURI="info:eu-repo/semantics/openAccess">Open</rights>'
            "</rightsList></resource></payload></oai_datacite>"
        )

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "text/xml; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing: the tests look at `requests`."""


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _error(code: str, message: str) -> str:
    return f'<error code="{code}">{message}</error>'


@contextmanager
def fake_endpoint(held: list[FakeRecord], *faults: str, page_size: int = 50) -> Iterator[Endpoint]:
    """Serves a fake for as long as the block lasts."""
    with Endpoint(held, page_size, set(faults)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def main() -> None:
    known = "\n".join(f"  {name:20} {what}" for name, what in FAULTS.items())
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=f"faults:\n{known}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--records", type=int, default=1000)
    parser.add_argument("--page-size", type=int, default=50)
    parser.add_argument("faults", nargs="*", choices=[[], *FAULTS], metavar="FAULT")
    options = parser.parse_args()
    faults = set(options.faults)
    with Endpoint(records(options.records), options.page_size, faults, options.port) as server:
        named = ", ".join(sorted(faults)) or "no faults"
        sys.stdout.write(f"{server.base_url}?verb=Identify with {named}\n")
        server.serve_forever()


if __name__ == "__main__":
    main()
