"""The statements of the inbox, each made once: a light is a lane of open cases, read by an index.

What a light is follows from the clock and two columns: red before ``:red``, amber from its
``amber_at`` on, green else; stopped where an open case has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Subquery,
    TextClause,
    and_,
    bindparam,
    func,
    literal,
    null,
    or_,
    select,
    text,
    tuple_,
    union_all,
)

from tiji.cases.clocks import Light
from tiji.cases.model import WAITING, CaseRow
from tiji.cases.state import END_OF_DAYS, UNDONE
from tiji.db import UTCDateTime
from tiji.events.model import EventRow
from tiji.matters.model import MatterRow
from tiji.people.model import Department, Officer
from tiji.search.queries import HOLDS

Scope = Literal["mine", "department", "all"]
View = Literal["open", "answered", "over"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
VIEWS: tuple[View, ...] = get_args(View)
#: Lights in the order in which lists show them.
LIGHTS: tuple[Light, ...] = ("r", "a", "g", "p")
#: Columns by which a list can be filtered.
COLUMNS = ("matter", "category", "channel", "station", "status")
#: Counting ends here: beyond, "1,000+" is said.
MOST = 1000

_CASE = CaseRow.__table__.c
_EVENT, _MATTER = EventRow.__table__.c, MatterRow.__table__.c
_OFFICER, _OFFICE = Officer.__table__.c, Department.__table__.c
_END = literal(END_OF_DAYS, UTCDateTime())
_RED, _NOW, _TODAY = (bindparam(n, type_=UTCDateTime) for n in ("red", "now", "today"))
_LIMIT = bindparam("limit", type_=CaseRow.version.type)
_SHOWN = (
    *("id", "number", "version", "title", "matter", "category", "ladder", "channel", "status"),
    *("outcome", "department", "station", "stay", "holder", "order_at", "pauses", "provisional"),
    *("client_kind", "client_name", "confidential", "erased_at", "answered_at", "closed_at"),
)
COLUMNS_SHOWN: tuple[ColumnElement[Any], ...] = tuple(_CASE[name] for name in _SHOWN)


@dataclass(frozen=True, slots=True)
class Shape:
    """Say how a question is put; its values are bound when it is asked.

    ``columns`` are those of COLUMNS that are filtered; ``words`` is the database that is asked for
    words, ``one_department`` and ``today`` tell that one department and what is due today alone
    count; ``after`` is the lane in which the page before ended.
    """

    scope: Scope
    view: View = "open"
    lights: tuple[Light, ...] = LIGHTS
    columns: tuple[str, ...] = ()
    one_department: bool = False
    words: str = ""
    today: bool = False
    after: int | None = None


@cache
def page_query(shape: Shape) -> Select[Any]:
    """Ask for a page: ids by lane, then by due time, or the newest first where all is over."""
    chosen = (_open_ids if shape.view == "open" else _past_ids)(shape).subquery()
    order = (chosen.c.lane, chosen.c.order_at, chosen.c.id)
    return shown_query(chosen, chosen.c.lane).order_by(
        *(order if shape.view == "open" else (chosen.c.id.desc(),))
    )


def shown_query(chosen: Subquery, *more: ColumnElement[Any]) -> Select[Any]:
    """Ask for what lists show of chosen cases: with matter, holder and last event by name."""
    event = and_(_EVENT.case_id == _CASE.id, _EVENT.seq == _CASE.version)
    matter = and_(_MATTER.code == _CASE.matter, _MATTER.version == _CASE.matter_version)
    said = (
        _MATTER.title.label("matter_title"),
        _OFFICER.name.label("holder_name"),
        _EVENT.kind.label("last_kind"),
        _EVENT.at.label("last_at"),
    )
    return (
        select(*COLUMNS_SHOWN, *said, *more)
        .select_from(chosen)
        .join(CaseRow.__table__, _CASE.id == chosen.c.id)
        .outerjoin(MatterRow.__table__, matter)
        .outerjoin(Officer.__table__, _OFFICER.code == _CASE.holder)
        .outerjoin(EventRow.__table__, event)
    )


@cache
def counts_query(shape: Shape) -> Select[Any]:
    """Count each lane up to the cap, and what is due today: rows of a name and a number."""
    parts: list[tuple[str, Select[Any]]] = [
        (light, _lane(shape, light, select(_CASE.id))) for light in LIGHTS
    ]
    due_today = and_(_CASE.amber_at.is_not(None), _CASE.order_at >= _RED, _CASE.order_at < _TODAY)
    parts.append(("today", select(_CASE.id).where(due_today, *_conditions(shape))))
    if shape.scope == "all":
        parts = [
            (n, part.order_by(_CASE.amber_at) if n in ("a", "g") else part) for n, part in parts
        ]
    capped = ((name, part.limit(MOST + 1).subquery()) for name, part in parts)
    counted = union_all(
        *(
            select(literal(name).label("name"), func.count().label("n")).select_from(found)
            for name, found in capped
        )
    ).subquery()
    return select(counted)


@cache
def choices_query() -> Select[Any]:
    """Ask for what filters offer: the matters of the list and the departments, by code."""
    matters = select(literal("matter").label("kind"), _MATTER.code, _MATTER.title.label("name"))
    offices = select(literal("department"), _OFFICE.code, _OFFICE.name)
    found = union_all(matters.where(_MATTER.current), offices).subquery()
    return select(found)


def _open_ids(shape: Shape) -> Select[Any]:
    begin = shape.after or 0
    arms = [_arm(shape, light) for light in shape.lights if LIGHTS.index(light) >= begin]
    found = union_all(*(select(arm.subquery()) for arm in arms)).subquery()
    return select(found).order_by(found.c.lane, found.c.order_at, found.c.id).limit(_LIMIT)


def _arm(shape: Shape, light: Light) -> Select[Any]:
    """Give as many cases of one lane as a page holds, those due first."""
    lane, at, case_id = LIGHTS.index(light), _CASE.order_at, _CASE.id
    arm = _lane(shape, light, select(case_id, literal(lane).label("lane"), at))
    if shape.scope == "all" and light == "a":
        # Few are amber among all that are due later: they are found first, then put in order.
        amber = arm.order_by(_CASE.amber_at).offset(0).subquery()
        arm, at, case_id = select(amber), amber.c.order_at, amber.c.id
    if lane == shape.after:
        seen = tuple_(bindparam("after_at", type_=UTCDateTime), bindparam("after_id"))
        arm = arm.where(tuple_(at, case_id) > seen)
    if shape.today:
        arm = arm.where(at < _TODAY)
    return arm.order_by(at, case_id).limit(_LIMIT)


def _lane(shape: Shape, light: Light, query: Select[Any]) -> Select[Any]:
    """Narrow a query to the open cases that show a light now."""
    due = _CASE.order_at
    lanes: dict[Light, tuple[ColumnElement[bool] | TextClause, ...]] = {
        "r": (_CASE.amber_at.is_not(None), due < _RED),
        "a": (_CASE.amber_at <= _NOW, due >= _RED, due < _END),
        "g": (_CASE.amber_at > _NOW, due >= _RED, due < _END),
        "p": (_CASE.status == "paused", text(WAITING), due < _END),
    }
    return query.where(*lanes[light], *_conditions(shape))


def _past_ids(shape: Shape) -> Select[Any]:
    """Give the newest of what is answered, or over."""
    query = select(_CASE.id, null().label("lane"), _CASE.order_at)
    if shape.view == "answered":
        query = query.where(_CASE.status == "answered", text(WAITING))
    else:
        query = query.where(
            _CASE.status.in_(("closed", "withdrawn")), _CASE.outcome.is_distinct_from(UNDONE)
        )
    query = query.where(*_conditions(shape))
    if shape.scope != "mine" or shape.view == "answered":
        query = query.where(_CASE.order_at == _END)
    if shape.after is not None:
        query = query.where(_CASE.id < bindparam("after_id"))
    return query.order_by(_CASE.id.desc()).limit(_LIMIT)


def _conditions(shape: Shape) -> Sequence[ColumnElement[bool]]:
    """Give whose cases, and all filters."""
    found = [_CASE[name] == bindparam(name) for name in shape.columns]
    if shape.scope == "mine":
        holders: BindParameter[Any] = bindparam("holders", expanding=True)
        if shape.view == "open":
            found.append(_CASE.holder.in_(holders))
        else:
            found += [_CASE.fio.in_(holders), _CASE.holder.is_(None)]
    if shape.scope == "department" or shape.one_department:
        found.append(_CASE.department == bindparam("department"))
    if shape.words:
        found.append(or_(HOLDS[shape.words], _CASE.name_key == bindparam("name_key")))
    return found
