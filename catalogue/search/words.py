"""A query's words, and the text search queries made of them; pure.

Whoever types a query wants what holds its words, first what holds more of them and in better
places. A word also stands for the longer ones that begin with it, and where nothing holds it, for
those that are spelled nearly so; what is found that way counts a fifth.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
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
    """Three queries as to_tsquery reads them.

    exact: any of the words as they are; loose: anything that they may mean; telling: what is ranked
    before all else where too much is held by `loose`.
    """

    exact: str
    loose: str
    telling: str


def word_query(
    words: Sequence[str], spellings: Mapping[str, Sequence[str]], rare: Iterable[str] = ()
) -> WordQuery:
    """Returns the queries for words.

    spellings: what the words may mean that nothing holds. rare: those of the words that few items
    hold. Of several words, what holds all is telling; a word alone is where it stands in a title.
    """
    meanings = [[prefix(word), *map(quoted, spellings.get(word, ()))] for word in words]
    all_of_them = " & ".join(
        f"({' | '.join([quoted(word), *each])})" for word, each in zip(words, meanings, strict=True)
    )
    titles = [in_title(word) for word in words]
    telling = titles if len(words) == 1 else [f"({all_of_them})"]
    return WordQuery(
        exact=" | ".join(map(quoted, words)),
        loose=" | ".join(one for each in meanings for one in each),
        telling=" | ".join([*telling, *map(quoted, rare)]),
    )


def quoted(word: str) -> str:
    """Returns a word as to_tsquery takes any text: in quotes, which are doubled inside."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def prefix(word: str) -> str:
    return f"{quoted(word)}:*" if len(word) >= SHORTEST_PREFIX else quoted(word)


def in_title(word: str) -> str:
    """Returns a word, and what begins with it, where it stands in a title (weight A)."""
    alone = f"{quoted(word)}:A"
    return f"{alone} | {quoted(word)}:*A" if len(word) >= SHORTEST_PREFIX else alone


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
