"""Text as pairs of neighbouring characters: every match that LIKE finds, in any language."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable

#: Stands between two texts of one case, so that no match spans both.
GAP = "gap"
#: Marks texts of which PostgreSQL does not keep where every token stands: it knows places below
#: 2**14, and 255 of one token. There, all tokens of a word together are what is looked for.
LONG = "long"
PLACES, PLACES_OF_ONE = 2**14 - 2, 255
#: So many tokens of a case are indexed; more would not fit into PostgreSQL's one megabyte.
MOST_TOKENS = 64_000


def normal(text: str) -> str:
    """Fold width and case, as the reader of a ledger does."""
    return unicodedata.normalize("NFKC", text).lower()


def _pairs(chars: str) -> list[str]:
    """Write each pair of neighbours as a token; of one character alone, its half of a token.

    Characters are counted as UTF-16 units, which the codec writes out fastest.
    """
    units = chars.encode("utf-16-be").hex()
    return [f"x{units[at : at + 8]}" for at in range(0, max(4, len(units) - 4), 4)]


def grams(texts: Iterable[str]) -> str:
    """Write texts as tokens, one for each pair of neighbours and one for each last character.

    Tokens are plain ASCII, so that any full-text index keeps them as they are.
    """
    tokens: list[str] = []
    for text in texts:
        if chars := normal(text):
            tokens += _pairs(chars)
            tokens += (f"x{chars[-1].encode('utf-16-be').hex()[-4:]}", GAP)
    if _is_long(tokens):
        tokens = [LONG, *tokens[:MOST_TOKENS]]
    return " ".join(tokens)


def _is_long(tokens: list[str]) -> bool:
    if len(tokens) <= PLACES_OF_ONE:
        return False
    return len(tokens) > PLACES or max(Counter(tokens).values()) > PLACES_OF_ONE


def phrases(wanted: str) -> list[list[str]]:
    """Give, for each word that is wanted, the tokens that must follow one another.

    A word of one character gives the beginning of the pairs that start with it.
    """
    return [_pairs(word) for word in normal(wanted).split()]


def fts5_query(wanted: str) -> str:
    """Ask SQLite's FTS5 for all words."""
    return " AND ".join(
        f"{words[0]}*" if _is_half(words) else f'"{" ".join(words)}"' for words in phrases(wanted)
    )


def tsquery(wanted: str) -> str:
    """Ask PostgreSQL's full-text search the same."""
    return " & ".join(map(_tsphrase, phrases(wanted)))


def _tsphrase(words: list[str]) -> str:
    if _is_half(words):
        return f"{words[0]}:*"
    if len(words) == 1:
        return words[0]
    return f"({' <-> '.join(words)} | {LONG} & {' & '.join(words)})"


def _is_half(words: list[str]) -> bool:
    return len(words) == 1 and len(words[0]) < 9
