"""A query's words, and the text search queries made of them; pure.

Whoever types a query wants what holds its words, first what holds more of them and in better
places. A word also stands for the longer ones that begin with it, and where nothing holds it, for
those that are spelled nearly so; what is found that way counts a fifth.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

MOST_WORDS = 20
# Shorter words begin too many others; shorter slips are other words.
SHORTEST_PREFIX = 3
SHORTEST_SLIP = 4
MOST_SPELLINGS = 3
ALIKE = 0.75
_WORD = re.compile(r"\w+(?:[-.,']\w+)*")


def words_of(query: str) -> list[str]:
    """Returns the different words of a query, as far as they count."""
    return list(dict.fromkeys(_WORD.findall(query)))[:MOST_WORDS]


@dataclass(frozen=True, slots=True)
class WordQuery:
    """Two queries as to_tsquery reads them: the words as they are, and all that they may mean."""

    exact: str
    loose: str


def word_query(words: Iterable[str], spellings: dict[str, list[str]]) -> WordQuery:
    """Returns the queries for words; `spellings`: what the words may mean that nothing holds."""
    known = list(words)
    others = [spelling for found in spellings.values() for spelling in found]
    exact = [quoted(word) for word in known]
    loose = [prefix(word) for word in known] + [quoted(spelling) for spelling in others]
    return WordQuery(" | ".join(exact), " | ".join(loose))


def quoted(word: str) -> str:
    """Returns a word as to_tsquery takes any text: in quotes, which are doubled inside."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def prefix(word: str) -> str:
    return f"{quoted(word)}:*" if len(word) >= SHORTEST_PREFIX else quoted(word)


def near_spellings(word: str, known: Iterable[str]) -> list[str]:
    """Returns the known words that are spelled nearly as a word is, the nearest first."""
    folded = {_folded(each): each for each in known}
    return [
        folded[key]
        for key in get_close_matches(_folded(word), list(folded), n=MOST_SPELLINGS, cutoff=ALIKE)
    ]


# Titles repeat their words, and those of PaNET are asked for with each misspelled one.
@lru_cache(maxsize=10_000)
def _folded(word: str) -> str:
    letters = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
