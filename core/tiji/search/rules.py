"""Text as pairs of neighbouring characters: every match that LIKE finds, in any language."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

#: Stands between two texts of one case, so that no match spans both.
GAP = "gap"


def normal(text: str) -> str:
    """Fold width and case, as the reader of a ledger does."""
    return unicodedata.normalize("NFKC", text).lower()


def _token(chars: str) -> str:
    return "x" + "".join(f"{ord(char):04x}" for char in chars)


def grams(texts: Iterable[str]) -> str:
    """Write texts as tokens, one for each pair of neighbours and one for each last character.

    Tokens are plain ASCII, so that any full-text index keeps them as they are.
    """
    tokens: list[str] = []
    for text in texts:
        if not (chars := normal(text)):
            continue
        tokens += [_token(chars[at : at + 2]) for at in range(len(chars) - 1)]
        tokens += [_token(chars[-1]), GAP]
    return " ".join(tokens)


def phrases(wanted: str) -> list[list[str]]:
    """Give, for each word that is wanted, the tokens that must follow one another.

    A word of one character gives the beginning of the pairs that start with it.
    """
    words = normal(wanted).split()
    return [[_token(word[at : at + 2]) for at in range(max(1, len(word) - 1))] for word in words]


def fts5_query(wanted: str) -> str:
    """Ask SQLite's FTS5 for all words."""
    return " AND ".join(
        f"{words[0]}*" if _is_single(words) else f'"{" ".join(words)}"' for words in phrases(wanted)
    )


def tsquery(wanted: str) -> str:
    """Ask PostgreSQL's full-text search the same."""
    return " & ".join(
        f"{words[0]}:*" if _is_single(words) else f"({' <-> '.join(words)})"
        for words in phrases(wanted)
    )


def _is_single(words: list[str]) -> bool:
    return len(words) == 1 and len(words[0]) < len(_token("ab"))
