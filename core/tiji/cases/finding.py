"""Find cases by words among those that somebody may see, a page at a time (S6).

First what is meant exactly, by number or by a client's whole name; then what the words stand in, a
window of the newest at a time, open cases before those that are over. So a page costs the same
however many cases there are, and turning pages finds them all.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, literal, or_, select, union

from tiji.accounts.rules import Viewer
from tiji.cases.inbox import PAGE, listed
from tiji.cases.lanes import shown_query
from tiji.cases.model import CaseRow
from tiji.cases.rules import require_storable
from tiji.cases.sight import visible
from tiji.cases.state import UNDONE
from tiji.db import db, rows
from tiji.errors import BadInputError
from tiji.i18n import _
from tiji.search.queries import NEWEST, matching_cases, name_key

_CASE = CaseRow.__table__.c
#: So many of the newest matches are looked at first, and so many more where few may be seen.
WINDOW, WIDER = 200, 2000
_EXACT, _OPEN, _OVER = 0, 1, 2


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page ended: among exact ones, or in the window of matches older than ``before``."""

    lane: int = _EXACT
    before: int = NEWEST
    last: int = NEWEST


@dataclass(slots=True)
class _Hunt:
    """What is looked for, and what was found so far; ``place`` is where the next page begins."""

    exact: tuple[ColumnElement[bool], ...]
    allowed: ColumnElement[bool]
    limit: int
    place: _Place | None
    found: list[dict[str, Any]]

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
    wanted = wanted.strip()
    allowed = and_(visible(viewer), _CASE.outcome.is_distinct_from(UNDONE))
    if open_only:
        allowed = and_(allowed, _CASE.holder.is_not(None))
    hunt = _Hunt(_exactly(wanted), allowed, limit, _read_cursor(after), [])
    if hunt.place and hunt.place.lane == _EXACT:
        _look_exactly(hunt)
    for size in (WINDOW, WIDER):
        if not hunt.is_full:
            _look_in_words(hunt, wanted, size)
    return {
        "cases": listed(hunt.found),
        "next": _cursor(hunt.place) if hunt.place else None,
    }


def _exactly(wanted: str) -> tuple[ColumnElement[bool], ...]:
    """Give what makes a case be meant exactly; each is looked up by an index of its own."""
    if not wanted:
        return (false(),)
    return _CASE.number == wanted.upper(), _CASE.name_key == name_key(wanted)


def _look_exactly(hunt: _Hunt) -> None:
    assert hunt.place
    older = _CASE.id < hunt.place.last
    each = (
        select(_CASE.id).where(exact, older, hunt.allowed).order_by(_CASE.id.desc())
        for exact in hunt.exact
    )
    room = hunt.limit - len(hunt.found) + 1
    found = union(*(select(one.limit(room).subquery()) for one in each)).subquery()
    if not _take(hunt, select(found.c.id, literal(_EXACT).label("lane"))):
        hunt.place = _Place(_OPEN)


def _look_in_words(hunt: _Hunt, wanted: str, size: int) -> None:
    """Look through the next window of matches, from where the page before ended in it."""
    place = hunt.place
    assert place
    window = matching_cases(wanted, size, place.before)
    lane = case((_CASE.holder.is_not(None), _OPEN), else_=_OVER)
    later = or_(lane > place.lane, and_(lane == place.lane, _CASE.id < place.last))
    exact = func.coalesce(or_(*hunt.exact), false())
    chosen = select(_CASE.id, lane.label("lane")).where(
        _CASE.id.in_(window), later, hunt.allowed, ~exact
    )
    if not window or not _take(hunt, chosen):
        more = len(window) == size
        hunt.place = _Place(_OPEN, window[-1]) if more else None


def _take(hunt: _Hunt, chosen: Select[Any]) -> bool:
    """Add what was found to the page; tell whether it is full and more of the same follows."""
    room = hunt.limit - len(hunt.found)
    columns = chosen.selected_columns
    some = chosen.order_by(columns.lane, columns.id.desc()).limit(room + 1).subquery()
    query = shown_query(some, some.c.lane).order_by(some.c.lane, some.c.id.desc())
    found = rows(db.session.execute(query))
    hunt.found += found[:room]
    if len(found) <= room:
        return False
    last = found[room - 1]
    assert hunt.place
    hunt.place = _Place(last["lane"], hunt.place.before, last["id"])
    return True


def _cursor(place: _Place) -> str:
    text = f"{place.lane} {place.before} {place.last}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def _read_cursor(text: str | None) -> _Place:
    if not text:
        return _Place()
    try:
        lane, before, last = base64.urlsafe_b64decode(text.encode()).decode().split(" ")
        place = _Place(int(lane), int(before), int(last))
        if place.lane not in (_EXACT, _OPEN, _OVER) or not 0 <= place.before <= NEWEST:
            raise ValueError(text)
        if not 0 <= place.last <= NEWEST:
            raise ValueError(text)
        return place
    except (ValueError, binascii.Error):
        raise BadInputError(
            _("{text} is no cursor; give what the page before said as next.").format(text=text)
        ) from None
