"""Items ranked by a query, in the database: PostgreSQL's full text search.

The rank of an item depends on nothing but its own words: their place (title, then what was measured
and how, then descriptions, then values), how many of the query's words it holds, how often, and how
long it is. So an item scores the same at every facility that ranks like this, however many others
there are. PSS's weights depend on the collection, and its best item always scores 0.9.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any

from django.contrib.postgres.search import (
    SearchQuery,
    SearchRank,
    SearchVector,
    TrigramWordSimilarity,
)
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import ExpressionWrapper, F, FloatField, Q, Value
from django.db.models.functions import Cast, Exp, Greatest

from catalogue.models.dataset import shown_title
from catalogue.search.columns import NOTHING, any_of
from catalogue.search.query import matching, with_keys
from catalogue.search.rows import Rows
from catalogue.search.sources import SOURCES
from catalogue.search.totals import Total
from catalogue.search.tree import Condition, Filter, Include
from catalogue.search.words import (
    SHORTEST_SLIP,
    WordQuery,
    near_spellings,
    prefix,
    quoted,
    word_query,
    words_of,
)
from catalogue.vocabulary.panet import terms

CONFIGURATION = "catalogue"
# ts_rank: 1 divides by 1 + the logarithm of the length.
BY_LENGTH = 1
# What a word counts that stands in D, C, B and A, see migration `dataset_words`.
WEIGHTS = [0.1, 0.2, 0.4, 1.0]
# What a word itself counts, beside all that it may mean.
EXACT, LOOSE = 0.8, 0.2
# Spreads the ranks over 0 to 1: a word in a title of ten words ranks near 0.15 and scores 0.65.
STEEPNESS = 7.0
# Ranking reads the words of each item; nobody turns a hundred pages.
MOST_RANKED = 2_000
# Titles that are looked through for nearly equal spellings, and how like one has to be.
MOST_TITLES = 200
MOST_LOOKED_AT = 500
LEAST_SIMILARITY = 0.4
# A planner that is asked for one row bets on an early hit, and where there is none, the whole table
# has been read; asked for a few, it takes the index. How frequent a beginning is it does not know,
# so the word itself is asked for first. A word that fewer hold is rare.
FEW_HELD = 300
# Stand for words in a statement that is asked about many; no value of a filter holds a NUL.
_HELD, _EXACT, _LOOSE = "\0held", "\0exact", "\0loose"
# {newest} and {telling}: rows with `pk`, `score` and what they are sorted by, the newest first. The
# latter are looked for only where there are more of the former than are ranked.
_TOP = """
    WITH newest AS MATERIALIZED ({newest}),
        telling AS (
            SELECT * FROM ({telling}) AS held WHERE (SELECT count(*) FROM newest) > %s LIMIT %s
        ),
        chosen AS ((SELECT * FROM newest LIMIT %s) UNION (SELECT * FROM telling))
    SELECT (SELECT count(*) FROM newest),
        (array_agg(pk ORDER BY score DESC, {order}))[%s:%s],
        (array_agg(score ORDER BY score DESC, {order}))[%s:%s]
    FROM chosen
"""


@dataclass(frozen=True, slots=True)
class Ranked:
    """How a class is ranked: by which vector, and in which titles spellings are looked for."""

    vector: Any
    title: Any


RANKED = {
    "Dataset": Ranked(F("words__search_vector"), shown_title()),
    "Document": Ranked(F("search_vector"), F("title")),
    "Instrument": Ranked(
        SearchVector("name", weight="A", config=CONFIGURATION)
        + SearchVector("long_name", "facility__name", weight="B", config=CONFIGURATION),
        F("name"),
    ),
}


def holding(name: str, rows: Rows, asked: WordQuery | None) -> Rows:
    """Returns the rows that hold any word of a query."""
    if asked is None:
        return rows.filter(NOTHING)
    # The words themselves add nothing to what begins with them, but the planner knows how frequent
    # they are, and of beginnings it knows nothing.
    return _holding(name, rows, _any_of(asked))


def _any_of(asked: WordQuery) -> str:
    return f"{asked.exact} | {asked.loose}"


def _holding(name: str, rows: Rows, text: str) -> Rows:
    found: Rows = rows.alias(_words=RANKED[name].vector).filter(_words=tsquery(text))
    return found


def ranked(name: str, held: Rows, asked: WordQuery | None) -> Rows:
    """Returns the rows that hold any word of a query, each with its `score`, best first.

    0 < score < 1. Equal scores keep the order of the class.

    held: what `holding` returns.
    """
    if asked is None:
        nothing: Rows = held.annotate(score=Value(LOOSE))
        return nothing
    found: Rows = held.annotate(score=score_of(RANKED[name].vector, asked))
    return found.order_by("-score", *held.query.order_by)


def best(
    name: str, asked: Filter, words: WordQuery | None, *, today: date
) -> tuple[list[Any], Total]:
    """Returns a page of the rows that hold any word, ranked, and how many were ranked.

    Of more than MOST_RANKED rows, which only a word can have that says little, those are ranked
    that hold what is telling, and the newest. Two queries: the scores, and the rows of the page.
    """
    if words is None:
        return [], Total(0)
    number, shown = _top(name, asked, words, today=today)
    total = Total(min(number, MOST_RANKED), number <= MOST_RANKED)
    found = with_keys(name, shown, today=today)
    for row in found:
        row.score = shown[row.pk]
    return found, total


def _top(
    name: str, asked: Filter, words: WordQuery, *, today: date
) -> tuple[int, dict[int, float]]:
    """Returns how many rows there are, to one more than are ranked, and a page's keys and scores.

    Best first, and equal ones in the order of the class. The database cuts the page out: bringing
    thousands of rows here takes a fifth as long as ranking them.
    """
    try:
        sql, given = _scored(name, asked.where, asked.includes, today, MOST_RANKED)
    except EmptyResultSet:
        return 0, {}
    meant = {_EXACT: words.exact, _LOOSE: words.loose}
    page = [asked.skip + 1, min(asked.skip + asked.limit, MOST_RANKED)]
    values = [
        *_about(given, meant | {_HELD: _any_of(words)}),
        *_about(given, meant | {_HELD: words.telling}),
        *(*[MOST_RANKED] * 3, *page, *page),
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        number, keys, scores = cursor.fetchone()
    return number, dict(zip(keys or (), scores or (), strict=True))


@lru_cache(maxsize=64)
def _scored(
    name: str, where: Condition | None, includes: tuple[Include, ...], today: date, most: int
) -> tuple[str, tuple[Any, ...]]:
    """Returns the statement of `_TOP` for what a filter finds, to be asked `_about` some words.

    most: how many rows are ranked.

    Raises:
        EmptyResultSet: the filter finds nothing, whatever there is.
    """
    rows = matching(name, where, includes, today=today)
    order = [str(column) for column in rows.query.order_by]
    any_words = WordQuery(_EXACT, _LOOSE, _HELD)
    newest = ranked(name, _holding(name, rows, _HELD), any_words).order_by(*order).reverse()
    columns = dict.fromkeys(["pk", "score", *order])
    sql, given = newest.values(*columns)[: most + 1].query.sql_with_params()
    return _TOP.format(newest=sql, telling=sql, order=", ".join(order)), given


def score_of(vector: Any, asked: WordQuery) -> Any:
    """Returns the score of a vector as an expression, within (0, 1): 1 - exp(-steepness * rank)."""
    rank = EXACT * _rank(vector, asked.exact) + LOOSE * _rank(vector, asked.loose)
    steep = ExpressionWrapper(rank * Value(-STEEPNESS), output_field=FloatField())
    return ExpressionWrapper(Value(1.0) - Exp(Cast(steep, FloatField())), output_field=FloatField())


def _rank(vector: Any, text: str) -> Any:
    return SearchRank(vector, tsquery(text), weights=WEIGHTS, normalization=Value(BY_LENGTH))


def tsquery(text: str) -> SearchQuery:
    return SearchQuery(text, config=CONFIGURATION, search_type="raw")


def understood(name: str, query: str, *, today: date) -> WordQuery | None:
    """Returns what a query asks of a class, None where it has no word.

    It asks the database twice, whatever the query, to know its words.
    """
    words = words_of(query)
    if not words:
        return None
    holders = _holders(name, words, today)
    if not holders:
        return None
    rows = SOURCES[name].rows(today).order_by()
    unknown = [word for word, number in holders.items() if number == (0, 0)]
    slips = [word for word in unknown if len(word) >= SHORTEST_SLIP]
    rare = [word for word, (number, _) in holders.items() if 0 < number < FEW_HELD]
    return word_query(list(holders), _spellings(name, rows, slips) if slips else {}, rare)


def _holders(name: str, words: list[str], today: date) -> dict[str, tuple[int, int]]:
    """Returns how many public items hold each word, and where none does, what begins with it.

    Both are counted to FEW_HELD. Words that count for nothing, such as `the`, are left out.
    """
    sql, given = _few_held(name, today, FEW_HELD)
    number = f"(SELECT count(*) FROM ({sql}) AS held)"  # noqa: S608  (values stay apart)
    both = (
        f"SELECT ARRAY[exact, CASE WHEN exact = 0 THEN {number} ELSE 0 END] "  # noqa: S608
        f"FROM (SELECT {number} AS exact OFFSET 0) AS counted"
    )
    about_one = f"CASE WHEN numnode(to_tsquery('{CONFIGURATION}', %s)) > 0 THEN ({both}) END"
    parameters = [
        each
        for word in words
        for each in (
            quoted(word),
            *_about(given, {_HELD: prefix(word)}),
            *_about(given, {_HELD: quoted(word)}),
        )
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join([about_one] * len(words))}", parameters)
        counts = cursor.fetchone()
    return {word: tuple(pair) for word, pair in zip(words, counts, strict=True) if pair is not None}


@lru_cache(maxsize=8)
def _few_held(name: str, today: date, few: int) -> tuple[str, tuple[Any, ...]]:
    """Returns a statement of at most so many public items that hold `_HELD`."""
    rows = SOURCES[name].rows(today).order_by()
    found: tuple[str, tuple[Any, ...]] = (
        _holding(name, rows, _HELD).values("pk")[:few].query.sql_with_params()
    )
    return found


def _about(given: Iterable[Any], meant: Mapping[str, str]) -> list[Any]:
    """Returns the values of a statement about any words, for those that are meant."""
    return [meant.get(each, each) if isinstance(each, str) else each for each in given]


def _spellings(name: str, rows: Rows, words: list[str]) -> dict[str, list[str]]:
    """Returns for each word those of public titles and of PaNET that are spelled nearly so."""
    title = RANKED[name].title
    alike = any_of(Q(_title__trigram_word_similar=word) for word in words)
    each = [TrigramWordSimilarity(word, title) for word in words]
    nearness = Greatest(*each) if len(each) > 1 else each[0]
    looked_at = rows.alias(_title=title).filter(alike).values_list(title, nearness)[:MOST_LOOKED_AT]
    nearest = sorted(looked_at, key=lambda one: one[1], reverse=True)[:MOST_TITLES]
    known = [*(each for text, _ in nearest for each in words_of(text)), *_panet_words()]
    return {word: near_spellings(word, known) for word in words}


@cache
def _panet_words() -> tuple[str, ...]:
    names = (name for term in terms().values() for name in (term.label, *term.alt_labels))
    return tuple(dict.fromkeys(word for name in names for word in words_of(name)))
