"""Find cases by words among those that somebody may see, a page at a time (S6).

First what is meant exactly, by number or by a client's whole name; then what the words stand in, a
window of the newest at a time, open cases before those that are over. So a page costs the same
however many cases there are, and turning pages finds them all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    union,
)

from tiji.accounts.rules import Viewer
from tiji.cases.inbox import PAGE, listed
from tiji.cases.lanes import shown_query
from tiji.cases.model import CaseRow
from tiji.cases.rules import require_storable
from tiji.cases.sight import visible
from tiji.cases.state import UNDONE
from tiji.cursor import as_number, read_cursor, write_cursor
from tiji.db import ask, rows
from tiji.search.queries import NEWEST, matching_cases, name_key

_CASE = CaseRow.__table__.c
#: So many of the newest matches are looked at first, and so many more where few may be seen.
WINDOW, WIDER = 200, 2000
_EXACT, _OPEN, _OVER = 0, 1, 2
_MEANT = (_CASE.number == bindparam("number"), _CASE.name_key == bindparam("name_key"))
_LANE = case((_CASE.holder.is_not(None), _OPEN), else_=_OVER)
_LAST, _ROOM = bindparam("last", type_=_CASE.id.type), bindparam("room", type_=Integer)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page ended: among exact ones, or in the window of matches older than ``before``."""

    lane: int = _EXACT
    before: int = NEWEST
    last: int = NEWEST


@dataclass(slots=True)
class _Hunt:
    """What is looked for, and what was found so far; ``place`` is where the next page begins."""

    viewer: Viewer
    open_only: bool
    values: dict[str, Any]
    limit: int
    place: _Place | None
    found: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        """Tell whether a page is full, or all has been looked at."""
        return self.place is None or len(self.found) >= self.limit


def find(
    viewer: Viewer,
    wanted: str,
    *,
    open_only: bool = False,
    limit: int = PAGE,
    after: str | None = None,
) -> dict[str, Any]:
    """Find the cases that hold all words of a text, or have it as number or client's name.

    ``next`` is the cursor of the next page, None at the end; where few may be seen a page may be
    short though others follow. Raises BadInputError for a cursor that no page gave.
    """
    require_storable(wanted)
    wanted, place = wanted.strip(), _read_place(after)
    values = {"number": wanted.upper(), "name_key": name_key(wanted)}
    hunt = _Hunt(viewer, open_only, values, limit, place if wanted else None)
    if hunt.place and hunt.place.lane == _EXACT:
        _look_exactly(hunt)
    for size in (WINDOW, WIDER):
        if not hunt.is_full:
            _look_in_words(hunt, wanted, size)
    return {"cases": listed(hunt.found), "next": _cursor(hunt.place) if hunt.place else None}


def _look_exactly(hunt: _Hunt) -> None:
    if not _take(hunt, _exact_query(hunt.viewer, hunt.open_only), {}):
        hunt.place = _Place(_OPEN)


def _look_in_words(hunt: _Hunt, wanted: str, size: int) -> None:
    """Look through the next window of matches, from where the page before ended in it."""
    place = hunt.place
    assert place
    window = matching_cases(wanted, size, place.before)
    query = _words_query(hunt.viewer, hunt.open_only)
    if not window or not _take(hunt, query, {"window": window, "lane": place.lane}):
        more = len(window) == size
        hunt.place = _Place(_OPEN, window[-1]) if more else None


def _take(hunt: _Hunt, query: Select[Any], values: dict[str, Any]) -> bool:
    """Add what was found to the page; tell whether it is full and more of the same follows."""
    assert hunt.place
    room = hunt.limit - len(hunt.found)
    values = {**hunt.values, **values, "last": hunt.place.last, "room": room + 1}
    found = rows(ask(query, values))
    hunt.found += found[:room]
    if len(found) <= room:
        return False
    last = found[room - 1]
    hunt.place = _Place(last["lane"], hunt.place.before, last["id"])
    return True


# Made once for each who asks: making one takes longer than its answer.
@lru_cache(maxsize=512)
def _exact_query(viewer: Viewer, open_only: bool) -> Select[Any]:
    """Ask for what is meant exactly; each way has an index of its own."""
    allowed = _allowed(viewer, open_only)
    each = (
        select(_CASE.id)
        .where(meant, _CASE.id < _LAST, allowed)
        .order_by(_CASE.id.desc())
        .limit(_ROOM)
        for meant in _MEANT
    )
    found = union(*(select(one.subquery()) for one in each)).subquery()
    return _ordered(select(found.c.id, literal(_EXACT).label("lane")))


@lru_cache(maxsize=512)
def _words_query(viewer: Viewer, open_only: bool) -> Select[Any]:
    """Ask for a window's cases, those left out that were found exactly."""
    lane = bindparam("lane", type_=Integer)
    window: Any = bindparam("window", expanding=True)
    later = or_(lane < _LANE, and_(lane == _LANE, _CASE.id < _LAST))
    meant = func.coalesce(or_(*_MEANT), literal(False))
    return _ordered(
        select(_CASE.id, _LANE.label("lane")).where(
            _CASE.id.in_(window), later, _allowed(viewer, open_only), ~meant
        )
    )


def _allowed(viewer: Viewer, open_only: bool) -> ColumnElement[bool]:
    allowed = and_(visible(viewer), _CASE.outcome.is_distinct_from(UNDONE))
    return and_(allowed, _CASE.holder.is_not(None)) if open_only else allowed


def _ordered(chosen: Select[Any]) -> Select[Any]:
    columns = chosen.selected_columns
    some = chosen.order_by(columns.lane, columns.id.desc()).limit(_ROOM).subquery()
    return shown_query(some, some.c.lane).order_by(some.c.lane, some.c.id.desc())


def _cursor(place: _Place) -> str:
    return write_cursor(place.lane, place.before, place.last)


def _read_place(text: str | None) -> _Place:
    return _Place(*read_cursor(text, _lane, as_number, as_number)) if text else _Place()


def _lane(text: str) -> int:
    lanes = (_EXACT, _OPEN, _OVER)
    return lanes[lanes.index(as_number(text))]
