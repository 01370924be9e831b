"""Who holds a seat, and how department names are compared."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tiji.stations.rules import SEAT

FIRST, HEAD, DEPUTY, PRINCIPAL, CITY = (
    SEAT[role] for role in ("first", "section", "deputy", "principal", "city")
)


@dataclass(frozen=True, slots=True)
class Seat:
    """Say who acts from a seat; ``acting_for`` is the code of the holder who is on leave."""

    officer: str
    name: str
    department: str
    section: str | None
    station: int
    acting_for: str | None


@dataclass(frozen=True, slots=True)
class HeldPost:
    """A post in force with its holder's name."""

    officer: str
    name: str
    department: str
    station: int
    sections: tuple[str, ...] = ()
    duty: bool = False
    acting: bool = False
    portfolio: tuple[str, ...] = ()
    default_leader: bool = False

    def seat(self, section: str | None) -> Seat:
        """Give the seat that this post means for one section."""
        chosen = section if section in self.sections else None
        return Seat(self.officer, self.name, self.department, chosen, self.station, None)

    def seats(self) -> list[Seat]:
        """Give one seat for each section, or one for the whole department."""
        return [self.seat(section) for section in self.sections] or [self.seat(None)]


def holder_of(
    posts: Sequence[HeldPost], station: int, section: str | None, lineage: Sequence[str]
) -> Seat | None:
    """Choose who holds a station among its posts in force; an acting head comes first.

    ``lineage`` is the department and those above it, nearest first; only the city's leaders
    (whose posts are all of station 5) are chosen by it.
    """
    posts = sorted(posts, key=lambda post: not post.acting)
    if station == FIRST:
        posts = [post for post in posts if post.duty]
    elif station in (HEAD, DEPUTY):
        posts = _in_charge(posts, section)
    elif station == CITY:
        posts = _leading(posts, lineage)
    if not posts:
        return None
    sections = posts[0].sections
    return posts[0].seat(section if section in sections else next(iter(sections), None))


def _in_charge(posts: Sequence[HeldPost], section: str | None) -> Sequence[HeldPost]:
    if found := [post for post in posts if section in post.sections]:
        return found
    if found := [post for post in posts if not post.sections]:
        return found
    only_one = len({post.sections for post in posts}) == 1
    return posts if section is None and only_one else ()


def _leading(posts: Sequence[HeldPost], lineage: Sequence[str]) -> Sequence[HeldPost]:
    for department in lineage:
        if found := [post for post in posts if department in post.portfolio]:
            return found
    return [post for post in posts if post.default_leader]


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is on leave; ``acting`` is the officer who acts, if there is one."""

    acting: str | None
    acting_name: str


def present(seat: Seat, absences: Mapping[str, Absence]) -> Seat | None:
    """Give the seat to whoever acts for a holder on leave; None if nobody does.

    An acting officer on leave is replaced in turn.
    """
    officer, name, seen = seat.officer, seat.name, {seat.officer}
    while officer in absences:
        absence = absences[officer]
        if absence.acting is None or absence.acting in seen:
            return None
        officer, name = absence.acting, absence.acting_name
        seen.add(officer)
    if officer == seat.officer:
        return seat
    return replace(seat, officer=officer, name=name, acting_for=seat.officer)


def name_key(text: str) -> str:
    """Make a name comparable: NFKC, without any white space."""
    return "".join(unicodedata.normalize("NFKC", text).split())
