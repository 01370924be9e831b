"""Which matters fit what somebody says: ranked by the words that they share with it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz

from tiji.matters.queries import MatterView
from tiji.search.rules import normal

#: What words are worth, by where the matter says them.
TITLE, PAIN, GUIDANCE = 3.0, 2.0, 1.0
#: What a title alike as a whole is worth beside its words.
WHOLE = 4.0
#: Below this share of the best one, a matter is not offered.
NEAR = 0.25
MOST = 5
#: Signs that stand in every sentence: pairs with one of them tell little.
FAINT, FAINTLY = frozenset("的了不是在有和与没无我要就都也已被把给从向到人年个很还"), 0.2


def suggest(text: str, matters: Sequence[MatterView], most: int = MOST) -> list[MatterView]:
    """Give the active matters that fit a text, the best first; none where no word is shared."""
    wanted = _pairs(text)
    offered = [found for found in matters if found.active]
    rare = _rarity(offered)
    worth = {found.code: _worth(text, wanted, found, rare) for found in offered}
    best = max(worth.values(), default=0.0)
    fitting = [found for found in offered if worth[found.code] > max(0.0, best * NEAR)]
    return sorted(fitting, key=lambda found: (-worth[found.code], found.code))[:most]


def holding(wanted: str, matters: Sequence[MatterView]) -> list[MatterView]:
    """Give the matters that say all words of a text anywhere, in their order."""
    words = normal(wanted).split()
    return [found for found in matters if all(word in _said(found) for word in words)]


def _said(found: MatterView) -> str:
    return normal(" ".join((found.code, *(text for _weight, text in _says(found)))))


def _says(found: MatterView) -> Iterator[tuple[float, str]]:
    yield TITLE, found.title
    yield from ((PAIN, text) for _kind, text in found.pain_points)
    yield from ((PAIN, concerned) for concerned in found.fields_concerned)
    yield from ((GUIDANCE, text) for text in found.guidance.values())


def _worth(text: str, wanted: set[str], found: MatterView, rare: dict[str, float]) -> float:
    """Add up what the shared words are worth, each where it counts most."""
    shared: dict[str, float] = {}
    for weight, said in _says(found):
        for pair in wanted & _pairs(said):
            shared[pair] = max(shared.get(pair, 0.0), weight * rare[pair])
    if not shared:
        return 0.0
    return (
        sum(shared.values()) + WHOLE * fuzz.partial_ratio(normal(text), normal(found.title)) / 100
    )


def _rarity(matters: Sequence[MatterView]) -> dict[str, float]:
    """Say how much each pair of characters tells matters apart."""
    saying: Counter[str] = Counter()
    for found in matters:
        saying.update(set().union(*(_pairs(said) for _weight, said in _says(found))))
    faint = {pair: FAINTLY if FAINT & set(pair) else 1.0 for pair in saying}
    return {pair: faint[pair] * math.log(1 + len(matters) / n) for pair, n in saying.items()}


def _pairs(text: str) -> set[str]:
    """Take a text apart into neighbouring characters of one run: words in any language."""
    runs = "".join(sign if sign.isalnum() else " " for sign in normal(text)).split()
    return {run[at : at + 2] for run in runs for at in range(len(run) - 1)}
