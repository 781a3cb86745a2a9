"""One list out of the lists of many providers: ranked, each thing once, the same on every page.

**Each list keeps its own order.** The lists are merged by their heads (`heapq.merge`), so the
merged list of the first n items of everyone begins as that of everything does: asking each for
skip + limit items gives every page right, and no item twice or never. An item's place depends on
nothing that is further down, which is why scores are normalised by the first score of a list, and
not by its smallest, its mean or its spread, as other formulas do.

**With a query** an item's merged score is

    comparable(p):  s = score
    otherwise:      s = ½ · score / first score of p · 20 / (20 + rank)

and then odds(s) are multiplied with the provider's weight; no item of a list scores above the one
before it. Scores of another software are on a scale of their own: scoring services give the best
hit of a one-word query 0.9 however poor it is, some give all items the same, some give 1 or more.
So the best item of such a provider is worth the neutral ½, and each further one less, the more so
the further down (after a page of 20, half): saying 0.999 of everything gains nothing. Items
without a number count as equal to the best; those with 0 or less, which say that nothing matches,
come last. Who runs this catalogue too ranks as it does, is marked comparable, and is believed.

**Without a query** nothing is more relevant than anything else: the first of each, then the second
of each. **With an order** the heads are compared by the fields it names.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from itertools import accumulate
from typing import Any

from catalogue.formats.panosc import NEUTRAL_SCORE
from catalogue.search.tree import Ordering
from harvest.federation.answers import Answer, score_of
from harvest.federation.identity import identity_of

Json = dict[str, Any]

# A page: what is this far down a list of unknown scale counts half.
HALF_AT_RANK = 20
LEAST, MOST = 1e-6, 1 - 1e-6


@dataclass(frozen=True, slots=True)
class Merged:
    """A page of the merged list, and how many items there are; `is_exact`: no more and no less."""

    items: list[Json]
    total: int
    is_exact: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    item: Json
    identity: str
    score: float
    rank: int
    holder: str


def merge(
    answers: Sequence[Answer],
    *,
    skip: int,
    limit: int,
    is_ranked: bool = False,
    order: Sequence[Ordering] = (),
) -> Merged:
    """Returns one page of all that was answered.

    answers: in the order of the providers, which breaks ties; each holds its first skip + limit
    items. order: goes before the score.
    """
    lists = [list(_entries(answer, is_ranked=is_ranked)) for answer in answers]
    found: dict[str, Json] = {}
    for entry in heapq.merge(*lists, key=_key(order, is_ranked=is_ranked)):
        item = found.setdefault(entry.identity, _first(entry))
        if entry.holder not in item["providers"]:
            item["providers"].append(entry.holder)
    known = sum(len(entries) for entries in lists)
    total, is_exact = _total(answers, doubled=known - len(found))
    return Merged(list(found.values())[skip : skip + limit], max(total, len(found)), is_exact)


def scores(answer: Answer) -> list[float]:
    """Returns the merged scores of a provider's items under a query, each strictly in (0, 1)."""
    claims = [score_of(item) for item in answer.items]
    best = next((claim for claim in claims if claim is not None and claim > 0), 1)
    return list(
        accumulate(
            (_score(answer, claim, best=best, rank=rank) for rank, claim in enumerate(claims)), min
        )
    )


def _score(answer: Answer, claim: float | None, *, best: float, rank: int) -> float:
    if claim is not None and claim <= 0:
        return LEAST
    if answer.provider.is_comparable and claim is not None:
        score = claim
    else:
        relative = 1 if claim is None else min(claim / best, 1)
        score = NEUTRAL_SCORE * relative * HALF_AT_RANK / (HALF_AT_RANK + rank)
    return _weighted(min(max(score, LEAST), MOST), answer.provider.weight)


def _weighted(score: float, weight: float) -> float:
    odds = weight * score / (1 - score)
    return min(max(odds / (1 + odds), LEAST), MOST)


def _entries(answer: Answer, *, is_ranked: bool) -> Iterator[_Entry]:
    """Yields a provider's items, each once: what it calls by one name twice is one thing."""
    holder = answer.provider.base_url
    standing = scores(answer) if is_ranked else [NEUTRAL_SCORE] * len(answer.items)
    pids: set[str] = set()
    seen: set[str] = set()
    for item, score in zip(answer.items, standing, strict=True):
        if item["pid"] in pids:
            continue
        pids.add(item["pid"])
        identity = identity_of(item)
        # One DOI on several items of one house is that of a paper or a series, not theirs.
        if not identity or identity in seen:
            identity = f"{holder} {item['pid']}"
        yield _Entry(item, identity, score, len(seen), holder)
        seen.add(identity)


def _first(entry: _Entry) -> Json:
    added = {"score": entry.score, "provider": entry.holder, "providers": []}
    return entry.item | added


def _key(order: Sequence[Ordering], *, is_ranked: bool) -> Any:
    """Returns the key that heads are compared by; equal ones go in the order of the providers."""
    if order:
        return cmp_to_key(lambda one, other: _compare(one, other, order))
    if is_ranked:
        return lambda entry: -entry.score
    return lambda entry: entry.rank


def _compare(one: _Entry, other: _Entry, order: Sequence[Ordering]) -> int:
    for by in order:
        left, right = _sortable(one, by.field), _sortable(other, by.field)
        if left != right:
            return -1 if (left < right) != by.is_descending else 1
    return 0


def _sortable(entry: _Entry, field: str) -> tuple[int, float, str]:
    """Returns a value as what can be compared with any other: numbers, texts, what is absent."""
    value = entry.score if field == "score" else entry.item.get(field)
    if isinstance(value, int | float):
        return (0, value, "")
    return (1, 0, value.casefold()) if isinstance(value, str) else (2, 0, "")


def _total(answers: Sequence[Answer], *, doubled: int) -> tuple[int, bool]:
    """Returns how many items there are, and whether that is exact.

    What is known twice is counted once. What lies beyond the items seen may be doubled too, unless
    only one provider has any.
    """
    total = sum(len(a.items) if a.total is None else a.total for a in answers) - doubled
    holding = [answer for answer in answers if answer.items]
    is_alone = len(holding) == 1 and holding[0].total is not None and holding[0].is_total_exact
    return total, is_alone or all(answer.is_whole for answer in holding)
