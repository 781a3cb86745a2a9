"""Providers, answers and questions, for tests."""

from collections.abc import Iterable
from typing import Any

from harvest.federation.answers import Answer, State, read_answer
from harvest.federation.provider import Provider
from harvest.federation.question import Question, Shape
from harvest.models import FederationProvider
from tests.fakes.panosc_provider import FakeProvider

Json = dict[str, Any]


def provider(key: str = "ess", **changes: Any) -> Provider:
    values = {"facility": key.upper(), "base_url": f"https://{key}.example.org/api"}
    return Provider(key=key, **values | changes)


def answer(items: Iterable[Json], key: str = "ess", **changes: Any) -> Answer:
    """Returns the whole answer of a provider; pass `is_whole` and `total` for a part."""
    found = tuple(items)
    of = {name: changes.pop(name) for name in ("weight", "is_comparable") if name in changes}
    values: Json = {"is_whole": True, "total": len(found)}
    return Answer(provider(key, **of), State.ANSWERED, found, **values | changes)


def items(*pids: str, score: float | None = None) -> list[Json]:
    scored = {} if score is None else {"score": score}
    return [{"pid": pid, "title": pid, **scored} for pid in pids]


def read(body: bytes, status: int = 200, **changes: Any) -> Answer:
    asked = {"path": "Documents", "shape": Shape.ITEMS, "window": 100}
    headers = changes.pop("headers", {})
    return read_answer(
        provider(),
        Question(**asked | changes),
        status=status,
        headers=headers,
        body=body,
        seconds=0,
    )


def make_provider(server: FakeProvider | str, slug: str = "fake", **changes: Any) -> Any:
    """Returns the row of a fake provider; it is given two seconds."""
    url = server if isinstance(server, str) else server.url
    values = {"name": slug, "slug": slug, "facility": f"Facility {slug}", "base_url": url}
    return FederationProvider.objects.create(**values | {"timeout_s": 2} | changes)
