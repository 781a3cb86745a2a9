"""Items ranked by a query, in the database: PostgreSQL's full text search.

The rank of an item depends on nothing but its own words: their place (title, then what was measured
and how, then descriptions, then values), how many of the query's words it holds, how often, and how
long it is. So an item scores the same at every facility that ranks like this, however many others
there are. PSS's weights depend on the collection, and its best item always scores 0.9.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
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
from catalogue.search.rows import Rows
from catalogue.search.sources import SOURCES
from catalogue.search.totals import Total
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
MOST_RANKED = 5_000
# Titles that are looked through for nearly equal spellings, and how like one has to be.
MOST_TITLES = 200
MOST_LOOKED_AT = 500
LEAST_SIMILARITY = 0.4
# A planner that is asked for one row bets on an early hit, and where there is none, the whole table
# has been read; asked for a few, it takes the index. How frequent a beginning is it does not know,
# so the word itself is asked for first.
FEW_HELD = 300
_ANY_WORD = "any word"
# {newest}: rows with their `pk` and `score`.
_TOP = """
    SELECT count(*),
        (array_agg(pk ORDER BY score DESC, place DESC) FILTER (WHERE place <= %s))[%s:%s],
        (array_agg(score ORDER BY score DESC, place DESC) FILTER (WHERE place <= %s))[%s:%s]
    FROM (SELECT pk, score, row_number() OVER () AS place FROM ({newest}) AS newest) AS numbered
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
    wanted = tsquery(f"{asked.exact} | {asked.loose}")
    found: Rows = rows.alias(_words=RANKED[name].vector).filter(_words=wanted)
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
    name: str, held: Rows, asked: WordQuery | None, *, skip: int, limit: int, today: date
) -> tuple[list[Any], Total]:
    """Returns a page of what `ranked` returns, and how many rows were ranked.

    Of more than MOST_RANKED rows, which only a word can have that says little, the newest are
    ranked. Two queries: the scores of all, and the rows of the page.
    """
    newest = ranked(name, held, asked).order_by(*held.query.order_by).reverse()
    number, shown = _top(newest, skip=skip, limit=limit)
    total = Total(min(number, MOST_RANKED), number <= MOST_RANKED)
    rows = SOURCES[name].rows(today).order_by().filter(pk__in=shown).in_bulk()
    for pk, row in rows.items():
        row.score = shown[pk]
    return [rows[pk] for pk in shown if pk in rows], total


def _top(newest: Rows, *, skip: int, limit: int) -> tuple[int, dict[int, float]]:
    """Returns how many rows there are, to one more than are ranked, and a page's keys and scores.

    Best first, and equal ones in the order of the class, which `newest` has backwards. The database
    cuts the page out: bringing 5,000 rows here takes a fifth as long as ranking them.
    """
    try:
        sql, given = newest.values("pk", "score")[: MOST_RANKED + 1].query.sql_with_params()
    except EmptyResultSet:
        return 0, {}
    bounds = [MOST_RANKED, skip + 1, skip + limit]
    with connection.cursor() as cursor:
        cursor.execute(_TOP.format(newest=sql), [*bounds, *bounds, *given])
        number, keys, scores = cursor.fetchone()
    return number, dict(zip(keys or (), scores or (), strict=True))


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
    rows = SOURCES[name].rows(today).order_by()
    unknown = [word for word in _unknown(name, rows, words) if len(word) >= SHORTEST_SLIP]
    return word_query(words, _spellings(name, rows, unknown) if unknown else {})


def _unknown(name: str, rows: Rows, words: list[str]) -> list[str]:
    """Returns the words that no public item holds, leaving out those that count for nothing."""
    held = rows.alias(_words=RANKED[name].vector).filter(_words=tsquery(_ANY_WORD))
    sql, given = held.values("pk")[:FEW_HELD].query.sql_with_params()
    is_held = f"(SELECT count(*) FROM ({sql}) AS held) > 0"  # noqa: S608  (values stay apart)
    is_known = f"numnode(to_tsquery('{CONFIGURATION}', %s)) = 0 OR {is_held} OR {is_held}"
    parameters = [
        each
        for word in words
        for each in (quoted(word), *_about(quoted(word), given), *_about(prefix(word), given))
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join([is_known] * len(words))}", parameters)
        known = cursor.fetchone()
    return [word for word, is_one in zip(words, known, strict=True) if not is_one]


def _about(word: str, given: tuple[Any, ...]) -> list[Any]:
    """Returns the parameters of a statement about any word, for one."""
    return [word if each == _ANY_WORD else each for each in given]


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
