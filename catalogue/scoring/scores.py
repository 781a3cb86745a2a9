"""Scores of items for a query: of those given here, and of the catalogue's own public ones."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from catalogue.models import ScoredItem
from catalogue.search.columns import compare
from catalogue.search.filter import parse_query
from catalogue.search.query import matching
from catalogue.search.ranking import holding, ranked, score_of, tsquery, understood
from catalogue.search.sources import SOURCES
from catalogue.search.tree import Comparison
from catalogue.search.values import json_array, json_object, read_number, string
from catalogue.search.words import word_query, words_of

Json = dict[str, Any]
# The catalogue's own items need not be given: these groups are its public rows.
OWN_GROUPS = {"datasets": "Dataset", "documents": "Document", "instruments": "Instrument"}
MOST_SCORES = 10_000
MOST_TERMS = 10_000


@dataclass(frozen=True, slots=True)
class ScoreRequest:
    """What to score: the items of a group, or of all that were given; `item_ids`: () for any."""

    query: str
    item_ids: tuple[str, ...]
    group: str
    limit: int

    def as_json(self) -> Json:
        ids = list(self.item_ids)
        return {"query": self.query, "itemIds": ids, "group": self.group, "limit": self.limit}


def read_request(raw: object) -> ScoreRequest:
    """Returns the request of a body.

    Raises:
        FilterError: a part of it is not what it should be.
    """
    parts = json_object(raw, "request")
    ids = json_array(parts.get("itemIds") or [], "request.itemIds")
    limit = read_number(parts.get("limit") if parts.get("limit") is not None else -1)
    return ScoreRequest(
        query=parse_query(parts.get("query", ""), "request.query"),
        item_ids=tuple(string(one, f"request.itemIds[{place}]") for place, one in enumerate(ids)),
        group=string(parts.get("group") or "", "request.group"),
        limit=int(limit) if limit is not None else -1,
    )


def scores(asked: ScoreRequest, *, today: date) -> list[Json]:
    """Returns the scores, best first; an item that holds no word of the query has none."""
    most = min(asked.limit, MOST_SCORES) if asked.limit > 0 else MOST_SCORES
    given = _given(asked)[:most]
    found = [{"itemId": pid, "score": score, "group": group} for pid, group, score in given]
    if (name := OWN_GROUPS.get(asked.group.lower())) is not None:
        found += _own(name, asked, today)[:most]
    return sorted(found, key=lambda one: -one["score"])[:most]


def _given(asked: ScoreRequest) -> Any:
    words = words_of(asked.query)
    if not words:
        return ScoredItem.objects.none().values_list("item_id", "group", "group")
    query = word_query(words, {})
    rows = ScoredItem.objects.filter(search_vector=tsquery(query.loose))
    if asked.group:
        rows = rows.filter(group=asked.group)
    if asked.item_ids:
        rows = rows.filter(item_id__in=asked.item_ids)
    scored = rows.annotate(score=score_of("search_vector", query)).order_by("-score", "pk")
    return scored.values_list("item_id", "group", "score")


def _own(name: str, asked: ScoreRequest, today: date) -> list[Json]:
    pid = SOURCES[name].columns["pid"]
    rows = matching(name, None, (), today=today)
    if asked.item_ids:
        rows = rows.filter(compare(pid, Comparison("pid", "inq", asked.item_ids)))
    query = understood(name, asked.query, today=today)
    held = holding(name, rows, query)
    found = ranked(name, held, query).annotate(_pid=pid.expression)
    group = asked.group
    return [
        {"itemId": found_pid, "score": score, "group": group}
        for found_pid, score in found.values_list("_pid", "score")[:MOST_SCORES]
    ]


def terms(group: str) -> list[Json]:
    """Returns the words of the items that were given, with how many items and groups have each."""
    sql = """
        SELECT word.lexeme, count(*), count(DISTINCT item."group")
        FROM catalogue_scoreditem item, unnest(item.search_vector) AS word
        WHERE %s = '' OR item."group" = %s
        GROUP BY word.lexeme ORDER BY 2 DESC, 1 LIMIT %s
    """
    rows = _rows(sql, [group, group, MOST_TERMS])
    return [{"term": row[0], "numberOfItems": row[1], "numberOfGroups": row[2]} for row in rows]


def weights(group: str) -> list[Json]:
    """Returns what each word counts in each item that was given, within (0, 1)."""
    sql = """
        SELECT word.lexeme, item.item_id, item."group", item.modified_at,
            ts_rank('{0.1, 0.2, 0.4, 1.0}', item.search_vector,
                    (quote_literal(word.lexeme))::tsquery, 1)
        FROM catalogue_scoreditem item, unnest(item.search_vector) AS word
        WHERE %s = '' OR item."group" = %s
        ORDER BY item.id, word.lexeme LIMIT %s
    """
    names = ("term", "itemId", "itemGroup", "timestamp", "value")
    rows = _rows(sql, [group, group, MOST_TERMS])
    return [dict(zip(names, row, strict=True)) for row in rows]


def _rows(sql: str, parameters: list[str | int]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
