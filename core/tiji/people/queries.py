"""Who holds which seat, which department is meant, who may act for whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, literal, select, union_all
from sqlalchemy.orm import aliased

from tiji.db import UTCDateTime, ask, db, rows
from tiji.people.directory import DepartmentDirectory, NamedDepartment
from tiji.people.model import CODE, Department, Leave, Officer, Post, Section
from tiji.people.rules import (
    CITY,
    DEPUTY,
    FIRST,
    HEAD,
    PRINCIPAL,
    Absence,
    HeldPost,
    Seat,
    holder_of,
    present,
)
from tiji.runtime import runtime

__all__ = [
    "CITY",
    "DEPUTY",
    "FIRST",
    "HEAD",
    "PRINCIPAL",
    "DepartmentDirectory",
    "DepartmentView",
    "OfficerView",
    "Seat",
    "all_officer_names",
    "city_leaders",
    "department",
    "departments",
    "directory",
    "duty_seats",
    "find_department",
    "home_section",
    "in_department",
    "may_act_for",
    "mentioned_department",
    "names_by_code",
    "office_names",
    "officer",
    "officer_names",
    "seat_holder",
    "seats_of",
]


_POST_COLUMNS = (
    *(Post.officer, Officer.name, Post.department, Post.station, Post.sections),
    *(Post.duty, Post.acting, Post.portfolio, Post.default_leader),
)
_OFFICER_COLUMNS = Officer.__table__.c
_OFFICER = select(_OFFICER_COLUMNS.code, _OFFICER_COLUMNS.name, _OFFICER_COLUMNS.department).where(
    _OFFICER_COLUMNS.code == bindparam("code")
)
_DEPARTMENT = select(Department.__table__).where(Department.__table__.c.code == bindparam("code"))
#: The moment that a query is made for, given when it is asked.
_AT = bindparam("at", type_=UTCDateTime)


@dataclass(frozen=True, slots=True)
class OfficerView:
    """An officer, in service or not."""

    code: str
    name: str
    department: str


@dataclass(frozen=True, slots=True)
class DepartmentView:
    """A department; ``aliases`` are short names and aliases, ``open`` tells if it is in force."""

    code: str
    name: str
    aliases: tuple[str, ...]
    parent: str | None
    overrides: dict[str, Any]
    open: bool
    kind: str
    until: datetime | None


def seat_holder(station: int, department: str, section: str | None, at: datetime) -> Seat | None:
    """Return who acts from a station's seat: the holder, or whoever acts during a leave.

    Station 5 is held by the leader in charge of the department or of the nearest one above it,
    else by the default leader. None means that the seat is vacant.
    """
    above = lineage([department]) if station == CITY else []
    where = Post.station == station
    if station != CITY:
        where &= Post.department == department
    if station == FIRST:
        where &= Post.duty.is_(True)
    seat = holder_of(_posts(where, at), station, section, above)
    return None if seat is None else present(seat, _absences([seat.officer], at))


def duty_seats(at: datetime) -> dict[str, Seat]:
    """Return, by department, who acts as duty first-inquiry officer; vacant ones are absent."""
    found = _posts((Post.station == FIRST) & Post.duty.is_(True), at)
    by_department = {post.department: post for post in reversed(found)}
    seats = [holder_of([post], FIRST, None, ()) for post in by_department.values()]
    return {seat.department: seat for seat in _attended(seats, at)}


def city_leaders(at: datetime) -> list[Seat]:
    """Return the seats of the city's leaders, those on leave with whoever acts for them."""
    found = _posts(Post.station == CITY, at)
    return _attended([seat for post in found for seat in post.seats()], at)


def seats_of(code: str, at: datetime) -> list[Seat]:
    """Return every seat that an officer may act from: his or her own, then those stood in for.

    A deputy with several sections has one seat for each.
    """
    found = rows(ask(_seats_query(), {"code": code, "at": at}))
    seats = [
        seat if post.officer == code else replace(seat, officer=code, acting_for=post.officer)
        for post in map(_held, found)
        for seat in post.seats()
    ]
    return sorted(seats, key=lambda seat: seat.acting_for is not None)


def may_act_for(actor: str, holder: str, at: datetime) -> bool:
    """Tell whether an officer is the holder, or acts for the holder during a leave."""
    return actor == holder or actor in {
        absence.acting for absence in _absences([holder], at).values()
    }


def home_section(officer: str, department: str, at: datetime) -> str | None:
    """Return the section of an officer's station-1 post in a department, else of any post."""
    found = _posts((Post.officer == officer) & (Post.department == department), at)
    ordered = sorted(found, key=lambda post: post.station != FIRST)
    return next((section for post in ordered for section in post.sections), None)


def in_department(officer: str, department: str, at: datetime) -> bool:
    """Tell whether an officer has a seat in a department or in one below it."""
    own = {seat.department for seat in seats_of(officer, at)}
    return department in own or department in lineage(own)


def officer(code: str) -> OfficerView | None:
    """Return an officer, also one who has left."""
    found = ask(_OFFICER, {"code": code}).one_or_none()
    return None if found is None else OfficerView(*found)


def officer_names(codes: Iterable[str]) -> dict[str, str]:
    """Return names by code, also of those who have left."""
    if not (wanted := set(codes)):
        return {}
    statement = select(Officer.code, Officer.name).where(Officer.code.in_(wanted))
    return {found.code: found.name for found in db.session.execute(statement)}


def all_officer_names() -> list[str]:
    """Return the names of all officers, also of those who have left."""
    return list(db.session.scalars(select(Officer.name).distinct()))


def office_names(codes: Iterable[str]) -> dict[str, str]:
    """Return the names of departments and sections by code, also of those that have ended."""
    wanted = set(codes)
    found = select(Department.code, Department.name).where(Department.code.in_(wanted))
    more = select(Section.code, Section.name).where(Section.code.in_(wanted))
    return {office.code: office.name for office in db.session.execute(found.union_all(more))}


def names_by_code(codes: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the names of officers and of offices by code, all in one statement."""
    names: dict[str, dict[str, str]] = {"officer": {}, "office": {}}
    for kind, code, name in ask(_names_query(), {"codes": list(set(codes))}):
        names[kind][code] = name
    return names["officer"], names["office"]


@cache
def _names_query() -> Select[Any]:
    codes: BindParameter[Any] = bindparam("codes", expanding=True)
    kinds = ((Officer, "officer"), (Department, "office"), (Section, "office"))
    found = union_all(
        *(
            select(literal(kind).label("kind"), model.code, model.name).where(model.code.in_(codes))
            for model, kind in kinds
        )
    ).subquery()
    return select(found)


def department(code: str, at: datetime | None = None) -> DepartmentView | None:
    """Return a department; ``open`` is judged at a moment, now if none is given."""
    found = ask(_DEPARTMENT, {"code": code}).mappings().first()
    return None if found is None else _view(dict(found), at or runtime().clock.now())


def departments(at: datetime) -> list[DepartmentView]:
    """Return the departments in force, in the file's order."""
    return [_view(row, at) for row in rows(db.session.execute(_departments())) if _open(row, at)]


def directory(at: datetime) -> DepartmentDirectory:
    """Load the names of all departments once, for many look-ups."""
    return DepartmentDirectory(
        NamedDepartment(
            row["code"],
            row["name"],
            (*row["short_names"], *row["aliases"]),
            row["kind"],
            row["successor"],
            not _open(row, at),
        )
        for row in rows(db.session.execute(_departments()))
    )


def find_department(text: str, at: datetime) -> str | None:
    """Return the department whose code, full name, short name or alias a text is."""
    return directory(at).find(text)


def mentioned_department(text: str, at: datetime) -> str | None:
    """Return the department whose longest name stands inside a free text."""
    return directory(at).mentioned(text)


def _departments() -> Select[Any]:
    return select(Department.__table__).order_by(Department.position, Department.code)


def _open(row: dict[str, Any], at: datetime) -> bool:
    started = row["starts_at"] is None or row["starts_at"] <= at
    return started and (row["ends_at"] is None or row["ends_at"] > at)


def _view(row: dict[str, Any], at: datetime) -> DepartmentView:
    return DepartmentView(
        code=row["code"],
        name=row["name"],
        aliases=(*row["short_names"], *row["aliases"]),
        parent=row["parent"],
        overrides=row["overrides"],
        open=_open(row, at),
        kind=row["kind"],
        until=row["ends_at"],
    )


def _posts(where: ColumnElement[bool], at: datetime) -> list[HeldPost]:
    statement = (
        select(*_POST_COLUMNS)
        .join(Officer, Officer.code == Post.officer)
        .where(where, Post.in_force(at))
        .order_by(Post.id)
    )
    return [_held(row) for row in rows(db.session.execute(statement))]


def _held(row: dict[str, Any]) -> HeldPost:
    return HeldPost(
        **{**row, "sections": tuple(row["sections"]), "portfolio": tuple(row["portfolio"])}
    )


def _attended(seats: Sequence[Seat | None], at: datetime) -> list[Seat]:
    """Put whoever acts on each seat; leave out those that are vacant."""
    filled = [seat for seat in seats if seat is not None]
    absences = _absences({seat.officer for seat in filled}, at)
    return [seat for found in filled if (seat := present(found, absences)) is not None]


def _absences(officers: Collection[str], at: datetime) -> dict[str, Absence]:
    """Return the leaves under way of some officers and of those who act for them, in turn."""
    found = db.session.execute(_absences_query(), {"officers": list(officers), "at": at})
    return {absent: Absence(acting, name or "") for absent, acting, name in found}


# These two are asked all day and are made once: making one takes longer than its answer.
@cache
def _absences_query() -> Select[Any]:
    away = (
        select(Leave.officer, Leave.acting)
        .where(Leave.officer.in_(bindparam("officers", expanding=True)), Leave.in_force(_AT))
        .cte("away", recursive=True)
    )
    further = aliased(Leave)
    away = away.union(
        select(further.officer, further.acting)
        .join(away, further.officer == away.c.acting)
        .where(further.in_force(_AT))
    )
    return select(away.c.officer, away.c.acting, Officer.name).outerjoin(
        Officer, Officer.code == away.c.acting
    )


@cache
def _seats_query() -> Select[*tuple[Any, ...]]:
    """Select the posts of an officer and of those on leave for whom he or she acts, in turn."""
    code = bindparam("code", type_=CODE)
    self = select(Officer.code.label("officer")).where(Officer.code == code)
    held = self.cte("held", recursive=True)
    held = held.union(
        select(Leave.officer).join(held, Leave.acting == held.c.officer).where(Leave.in_force(_AT))
    )
    return (
        select(*_POST_COLUMNS)
        .join(held, held.c.officer == Post.officer)
        # Whoever is stood in for, the seat bears the name of the one who acts.
        .join(Officer, Officer.code == code)
        .where(Post.in_force(_AT))
        .order_by(Post.id)
    )


def lineage(codes: Collection[str]) -> list[str]:
    """Return departments and all above them, nearest first."""
    up = (
        select(Department.code, Department.parent, literal(0).label("distance"))
        .where(Department.code.in_(codes))
        .cte("up", recursive=True)
    )
    above = aliased(Department)
    up = up.union(
        select(above.code, above.parent, up.c.distance + 1).join(up, above.code == up.c.parent)
    )
    statement = select(up.c.code).order_by(up.c.distance)
    return list(dict.fromkeys(db.session.scalars(statement)))
