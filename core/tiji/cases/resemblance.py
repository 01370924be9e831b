"""Whether two cases are about the same: the place that they name, and what they say of it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from rapidfuzz import fuzz

from tiji.search.rules import normal

#: Subjects this alike, from 0 to 100, are taken for the same.
ALIKE = 70
#: Of one place, so many cases are compared.
MOST_OF_A_PLACE = 200

#: How places end; a road, a line or a market in general is none.
_ENDS = (
    "小区|花园|名苑|新城|家园|宿舍|新村|厂房|集贸市场|广场|大道|大厦|公寓|"
    "里[一二三四五六]期|里|苑|(?<![道马公铁线思出网电路])路|街|巷|村|镇|桥"
)
_PLACE = re.compile(f"[\u4e00-\u9fff]{{2,6}}?(?:{_ENDS})")
_MARKS = re.compile(r"[\W_\d]+")


@dataclass(frozen=True, slots=True)
class Subject:
    """Hold what a case is about: the places that it names, and the rest of its words."""

    places: frozenset[str]
    words: str


def subject_of(title: str, places: Iterable[str] = ()) -> Subject:
    """Take a title apart; ``places`` are those that the case names elsewhere, such as an estate."""
    text = normal(title)
    named = frozenset((*_PLACE.findall(text), *map(normal, places)))
    rest = text
    for place in named:
        rest = rest.replace(place, "")
    return Subject(named, _MARKS.sub("", rest))


def likeness(one: Subject, other: Subject) -> int:
    """Say how alike two subjects are, 0 to 100; without a place in common, not at all."""
    if not one.places & other.places:
        return 0
    return round(fuzz.ratio(one.words, other.words, score_cutoff=ALIKE))


@dataclass(slots=True)
class KnownSubjects:
    """Remember subjects by their places, so that each new one is compared with few."""

    _at: dict[str, list[tuple[str, Subject]]] = field(default_factory=lambda: defaultdict(list))

    def __bool__(self) -> bool:
        return bool(self._at)

    def add(self, number: str, subject: Subject) -> None:
        """Remember a case's subject."""
        for place in subject.places:
            if len(known := self._at[place]) < MOST_OF_A_PLACE:
                known.append((number, subject))

    def like(self, subject: Subject) -> list[str]:
        """Give the numbers of cases that are about the same."""
        near = {n: s for place in subject.places for n, s in self._at.get(place, ())}
        return sorted(number for number, known in near.items() if likeness(subject, known))
