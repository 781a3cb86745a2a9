"""What holds of every page: its form, its headers, and the pages for errors and machines."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.staticfiles import finders
from django.test import Client
from lxml import etree, html

from catalogue.publication.records import remove_record
from tests.catalogue.portal.experiments import MANAGER, MEMBER, NOW, Experiment, publish
from tests.factories import make_embargoed_investigation, make_investigation, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def pages(experiment: Callable[..., Experiment]) -> list[Any]:
    """Returns an answer of every kind of page."""
    made = experiment()
    closed = publish(make_embargoed_investigation())
    gone = publish(make_investigation())
    gone.withdrawal_reason = "A reason."
    gone.withdrawn_at = NOW
    gone.save()
    remove_record(gone)
    public = ["/", "/search", "/search?q=magnons", "/search?q=nothing+such", "/login", "/nothing"]
    landings = [made.landing, f"/doi/{closed.doi}", f"/doi/{gone.doi}"]
    private = [*made.private_pages[:2], "/my", "/my?state=held", made.landing]
    clients = made.clients
    return [
        *(Client().get(page) for page in [*public, *landings]),
        *(clients[viewer].get(page) for page in private for viewer in (MEMBER, MANAGER)),
        Client().post("/login", {"username": "nobody", "password": "wrong"}),
    ]


def test_every_page_is_whole_and_can_be_used_without_eyes_or_mouse(pages: list[Any]) -> None:
    for answer in pages:
        page = html.fromstring(answer.content)
        where = page.findtext(".//title")
        assert answer.content.decode().startswith("<!doctype html>")
        assert page.get("lang") == "en"
        assert len(page.xpath("//h1")) == 1, where
        assert len(page.xpath("//main")) == 1, where
        assert page.xpath("//a[@class='skip']/@href") == ["#content"], where
        assert not page.xpath("//img[not(@alt)]"), where
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids)), where
        assert set(page.xpath("//@aria-labelledby")) <= set(ids), where
        assert all(link.text_content().strip() for link in page.xpath("//a")), where


def test_every_field_has_its_label(pages: list[Any]) -> None:
    for answer in pages:
        page = html.fromstring(answer.content)
        labelled = set(page.xpath("//label/@for"))
        for field in page.xpath("//input[not(@type='hidden')]|//select"):
            assert field.get("id") in labelled or field.getparent().tag == "label"


def test_tags_close_in_the_order_they_open(pages: list[Any]) -> None:
    parser = etree.HTMLParser(recover=False)
    # libxml2 knows HTML 4: the newer elements and the SVG ones are "invalid tags" (801) to it.
    for answer in pages:
        try:
            etree.fromstring(answer.content, parser)
        except etree.XMLSyntaxError:
            faults = [fault for fault in parser.error_log if fault.type != 801]
            assert not faults, faults


def test_no_page_needs_a_script_or_another_site(pages: list[Any]) -> None:
    for answer in pages:
        page = html.fromstring(answer.content)
        kinds = set(page.xpath("//script/@type"))
        assert kinds <= {"application/ld+json"}
        assert len(page.xpath("//script")) == len(page.xpath("//script/@type"))
        loaded = page.xpath("//link[@rel='stylesheet' or @rel='icon']/@href|//img/@src")
        assert all(address.startswith("/static/") for address in loaded)


def test_the_stylesheet_and_the_icon_are_there_and_small() -> None:
    for name, most_bytes in {"site.css": 12_000, "favicon.svg": 1_000}.items():
        path = finders.find(f"catalogue/{name}")
        assert path is not None
        with open(path, "rb") as file:
            assert len(file.read()) < most_bytes


def test_landing_pages_are_light(client: Client, experiment: Callable[..., Experiment]) -> None:
    assert len(client.get(experiment().landing).content) < 50_000


def test_the_answer_to_a_wrong_password_says_what_to_do() -> None:
    answer = Client().post("/login", {"username": "nobody", "password": "wrong"})
    assert "do not go together" in answer.content.decode()


def test_logging_in_and_out_leads_where_one_wants() -> None:
    make_user(username="marie", password="radium-1898")
    client = Client()
    login = {"username": "marie", "password": "radium-1898", "next": "/search?q=radium"}
    assert client.post("/login", login)["Location"] == "/search?q=radium"
    assert client.get("/my").status_code == 200
    assert client.get("/logout").status_code == 405
    assert client.post("/logout")["Location"] == "/"
    assert client.get("/my").status_code == 302


def test_logging_in_never_leads_to_another_site() -> None:
    make_user(username="marie", password="radium-1898")
    login = {"username": "marie", "password": "radium-1898", "next": "https://evil.example/"}
    assert Client().post("/login", login)["Location"] == "/my"


def test_a_page_that_is_not_there_says_what_to_do(client: Client) -> None:
    answer = client.get("/nothing/here?x=1")
    assert answer.status_code == 404
    text = answer.content.decode()
    assert "/login?next=/nothing/here%3Fx%3D1" in text
    assert "Resolver404" not in text


def test_a_crash_is_answered_by_a_page_that_stands_alone(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*arguments: object, **options: object) -> None:
        raise RuntimeError("the database is gone")

    monkeypatch.setattr("catalogue.portal.home.records_for_cards", crash)
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500
    assert "the database is gone" not in answer.content.decode()
    assert len(html.fromstring(answer.content).xpath("//h1")) == 1
    assert not html.fromstring(answer.content).xpath("//link")


def test_a_request_that_cannot_be_read_is_told_so(settings: LazySettings) -> None:
    answer = Client(headers={"host": "evil.example"}).get("/")
    assert answer.status_code == 400
    assert "cannot be read" in answer.content.decode()


def test_a_form_without_its_token_is_told_to_reload() -> None:
    answer = Client(enforce_csrf_checks=True).post("/login", {"username": "a", "password": "b"})
    assert answer.status_code == 403
    assert "grown old" in answer.content.decode()


def test_robots_find_the_sitemap(client: Client) -> None:
    text = client.get("/robots.txt").content.decode()
    assert "Sitemap: http://127.0.0.1:8000/sitemap.xml" in text
    assert "Disallow: /my" in text


def test_the_sitemap_has_every_landing_page_and_no_other(
    client: Client, experiment: Callable[..., Experiment]
) -> None:
    made = experiment()
    gone = publish(make_investigation())
    remove_record(gone)
    index = etree.fromstring(client.get("/sitemap.xml").content)
    assert [loc.text for loc in index.iter("{*}loc")] == ["http://testserver/sitemap-doi.xml"]
    section = etree.fromstring(client.get("/sitemap-doi.xml").content)
    assert [loc.text for loc in section.iter("{*}loc")] == [f"http://testserver{made.landing}"]
    changed = made.publication.record.datestamp.date().isoformat()
    assert [day.text for day in section.iter("{*}lastmod")] == [changed]


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_pages_are_for_reading(method: str, client: Client) -> None:
    for page in ("/", "/search", "/doi/10.5072/x", "/files/1/x"):
        assert getattr(client, method)(page).status_code == 405
