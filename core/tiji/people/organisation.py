"""The organisation as its file states it, and what must hold in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

from tiji.errors import RuleError
from tiji.i18n import _
from tiji.people.rules import CITY, DEPUTY, FIRST, HEAD, PRINCIPAL, name_key
from tiji.people.yaml_lines import Fault, Place
from tiji.stations.rules import DEFAULT_LADDER, override_ladder

#: The kind of the body in which the city's leaders sit.
LEADERS = "city_leaders"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the file: where it stands, from and until which day (both included)."""

    place: Place
    starts: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentEntry(Entry):
    """A department as the file states it."""

    code: str
    name: str
    short_names: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    kind: str = "bureau"
    parent: str | None = None
    successor: str | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionEntry(Entry):
    """A section as the file states it."""

    code: str
    name: str
    department: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerEntry(Entry):
    """An officer as the file states it."""

    code: str
    name: str
    department: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostEntry(Entry):
    """A post as the file states it."""

    officer: str
    department: str
    station: int
    sections: tuple[str, ...] = ()
    duty: bool = False
    acting: bool = False
    portfolio: tuple[str, ...] = ()
    default_leader: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveEntry(Entry):
    """A leave as the file states it."""

    officer: str
    acting: str | None = None


@dataclass(slots=True)
class Organisation:
    """The whole file; the known codes are also those of entries that have faults.

    With them one fault does not make every reference to its entry a fault too.
    """

    city: str = ""
    departments: list[DepartmentEntry] = field(default_factory=list)
    sections: list[SectionEntry] = field(default_factory=list)
    officers: list[OfficerEntry] = field(default_factory=list)
    posts: list[PostEntry] = field(default_factory=list)
    leaves: list[LeaveEntry] = field(default_factory=list)
    known_departments: set[str] = field(default_factory=set)
    known_sections: set[tuple[str, str]] = field(default_factory=set)
    known_officers: set[str] = field(default_factory=set)


def faults(organisation: Organisation) -> Iterator[Fault]:
    """Find everything that is wrong between the entries of a file."""
    for check in CHECKS:
        yield from check(organisation)


def _repeated_codes(organisation: Organisation) -> Iterator[Fault]:
    for entries in (organisation.departments, organisation.sections, organisation.officers):
        seen: set[str] = set()
        for entry in entries:
            if entry.code in seen:
                message = _("code {code!r} is used twice").format(code=entry.code)
                yield Fault((*entry.place, "code"), message)
            seen.add(entry.code)


def _repeated_names(organisation: Organisation) -> Iterator[Fault]:
    """One name may mean one department only, while both are there."""
    owners: dict[str, list[DepartmentEntry]] = defaultdict(list)
    for department in organisation.departments:
        for place, name in _names(department):
            for other in owners[name_key(name)]:
                if other is not department and _overlap(other, department):
                    yield Fault(
                        place,
                        _("the name {name!r} already means {code!r}").format(
                            name=name, code=other.code
                        ),
                    )
            owners[name_key(name)].append(department)


def _names(department: DepartmentEntry) -> Iterator[tuple[Place, str]]:
    yield (*department.place, "code"), department.code
    yield (*department.place, "name"), department.name
    for key in ("short_names", "aliases"):
        for no, name in enumerate(getattr(department, key)):
            yield (*department.place, key, no), name


def _unknown(organisation: Organisation) -> Iterator[Fault]:
    for place, code in _departments_named(organisation):
        if code not in organisation.known_departments:
            text = _("department {code!r} is not known; the file must list it")
            yield Fault(place, text.format(code=code))
    for post in organisation.posts:
        for section in post.sections:
            if (post.department, section) not in organisation.known_sections:
                text = _("section {code!r} is not known in department {department!r}")
                place = (*post.place, "sections")
                yield Fault(place, text.format(code=section, department=post.department))
    for leave in organisation.leaves:
        for key, officer in (("officer", leave.officer), ("acting", leave.acting)):
            if officer is not None and officer not in organisation.known_officers:
                text = _("officer {code!r} is not known; the file must list him or her")
                yield Fault((*leave.place, key), text.format(code=officer))


def _departments_named(organisation: Organisation) -> Iterator[tuple[Place, str]]:
    for department in organisation.departments:
        for key, code in (("parent", department.parent), ("successor", department.successor)):
            if code is not None:
                yield (*department.place, key), code
    for post in organisation.posts:
        yield (*post.place, "department"), post.department
        for code in post.portfolio:
            yield (*post.place, "portfolio"), code


def _cycles(organisation: Organisation) -> Iterator[Fault]:
    for key in ("parent", "successor"):
        above = {d.code: getattr(d, key) for d in organisation.departments}
        for department in organisation.departments:
            if _leads_back(department.code, above):
                yield Fault(
                    (*department.place, key),
                    _("the {key} of {code!r} leads back to itself").format(
                        key=key, code=department.code
                    ),
                )


def _leads_back(code: str, above: Mapping[str, str | None]) -> bool:
    seen: set[str] = set()
    step = above.get(code)
    while step is not None and step not in seen:
        if step == code:
            return True
        seen.add(step)
        step = above.get(step)
    return False


def _backward_dates(organisation: Organisation) -> Iterator[Fault]:
    for entry in _all(organisation):
        if entry.starts and entry.until and entry.until < entry.starts:
            yield Fault(
                (*entry.place, "until"),
                _("ends on {until}, before it starts on {start}").format(
                    until=entry.until, start=entry.starts
                ),
            )


def _all(organisation: Organisation) -> Iterator[Entry]:
    yield from organisation.departments
    yield from organisation.sections
    yield from organisation.officers
    yield from organisation.posts
    yield from organisation.leaves


def _misplaced(organisation: Organisation) -> Iterator[Fault]:
    kinds = {d.code: d.kind for d in organisation.departments}
    for post in organisation.posts:
        leader = post.station == CITY
        kind = kinds.get(post.department)
        if leader and kind not in (LEADERS, None):
            message = _("station 5 belongs to a department of the kind city_leaders")
            yield Fault((*post.place, "station"), message)
        if not leader and (post.portfolio or post.default_leader):
            message = _("only a post at station 5 has a portfolio or is the default leader")
            yield Fault(post.place, message)
        if post.duty and post.station != FIRST:
            message = _("only a post at station 1 is on duty")
            yield Fault((*post.place, "duty"), message)
    for leave in organisation.leaves:
        if leave.acting == leave.officer:
            message = _("nobody acts for himself or herself; leave `acting` out for a vacancy")
            yield Fault((*leave.place, "acting"), message)


def _taken_twice(organisation: Organisation) -> Iterator[Fault]:
    """Every case has one responsible officer, so one seat has one holder at a time (I4)."""
    seats: dict[Hashable, list[tuple[Entry, str]]] = defaultdict(list)
    for post in organisation.posts:
        for seat, words in seats_taken(post):
            seats[(*seat, post.acting)].append((post, words))
    for leave in organisation.leaves:
        words = _("{officer!r} is already on leave").format(officer=leave.officer)
        seats["leave", leave.officer].append((leave, words))
    for holders in seats.values():
        holders.sort(key=lambda holder: holder[0].starts or date.min)
        for (before, _words), (after, words) in pairwise(holders):
            if _overlap(before, after):
                yield Fault(max(before.place, after.place, key=_in_file), words)


def _in_file(place: Place) -> list[str]:
    return [f"{part!s:>9}" for part in place]


def seats_taken(post: PostEntry) -> Iterable[tuple[tuple[Hashable, ...], str]]:
    """Give each seat of which a post is the only holder, with the words for a second one (I4)."""
    names = {"department": post.department}
    if post.station == FIRST and post.duty:
        text = _("department {department!r} already has a duty first-inquiry officer")
        yield (FIRST, post.department), text.format(**names)
    elif post.station in (HEAD, DEPUTY):
        texts = {
            HEAD: _("section {section!r} of {department!r} already has a head"),
            DEPUTY: _("section {section!r} of {department!r} already has a deputy in charge"),
        }
        for section in post.sections or ("*",):
            text = texts[post.station].format(section=section, **names)
            yield (post.station, post.department, section), text
    elif post.station == PRINCIPAL:
        text = _("department {department!r} already has a principal")
        yield (PRINCIPAL, post.department), text.format(**names)
    for code in post.portfolio:
        text = _("department {code!r} is already in another leader's portfolio")
        yield (CITY, code), text.format(code=code)
    if post.default_leader:
        yield (CITY, ""), _("there is already a default leader")


def _overlap(one: Entry, other: Entry) -> bool:
    return (one.starts or date.min) <= (other.until or date.max) and (other.starts or date.min) <= (
        one.until or date.max
    )


def _lawless_overrides(organisation: Organisation) -> Iterator[Fault]:
    for department in organisation.departments:
        for matter, override in department.overrides.items():
            try:
                override_ladder(DEFAULT_LADDER, override)
            except RuleError as error:
                yield Fault((*department.place, "overrides", matter), str(error))


CHECKS: tuple[Callable[[Organisation], Iterator[Fault]], ...] = (
    _repeated_codes,
    _repeated_names,
    _unknown,
    _cycles,
    _backward_dates,
    _misplaced,
    _taken_twice,
    _lawless_overrides,
)


def off_duty(organisation: Organisation) -> list[str]:
    """Name the departments that have first-inquiry officers, none of them ever on duty."""
    first = [post for post in organisation.posts if post.station == FIRST]
    on_duty = {post.department for post in first if post.duty}
    return sorted({post.department for post in first} - on_duty)
