"""The workbench: cases by light and due time, a page at a time, their counts, and the past."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, select

from tiji.accounts.rules import Viewer
from tiji.cases.clocks import Light, due_light, light_now, red_before, used_minutes
from tiji.cases.lanes import (
    COLUMNS,
    LIGHTS,
    MOST,
    SCOPES,
    Scope,
    Shape,
    View,
    choices_query,
    counts_query,
    page_query,
)
from tiji.cases.model import StayRow
from tiji.cases.queries import shown_name
from tiji.cases.rules import require_storable
from tiji.cases.state import OPEN, State, Stay
from tiji.clock import iso, local
from tiji.cursor import as_moment, as_number, read_cursor, write_cursor
from tiji.db import ask, rows
from tiji.errors import BadInputError
from tiji.i18n import _
from tiji.matters.queries import ladders
from tiji.runtime import runtime
from tiji.search import queries as words
from tiji.stations.rules import Ladder

_STAY = StayRow.__table__.c
_STAYS = (_STAY.no, _STAY.station, _STAY.holder, _STAY.entered_at, _STAY.limit_min, _STAY.used_min)
PAGE, LONGEST = 25, 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """Say what a list shows; None and empty do not filter.

    ``scope`` is whose cases: the viewer's own, of one department, of the whole city.
    """

    scope: Scope = "mine"
    view: View = "open"
    light: Light | None = None
    today: bool = False
    department: str | None = None
    matter: str | None = None
    category: str | None = None
    channel: str | None = None
    station: int | None = None
    status: str | None = None
    words: str = ""

    def columns(self) -> dict[str, Any]:
        """Give the filters that are columns, with their values."""
        given = {name: getattr(self, name) for name in COLUMNS}
        return {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Counts:
    """Count a list's cases by light and what is due today; above MOST only that is known."""

    lights: dict[Light, int] = field(default_factory=dict)
    today: int = 0

    @property
    def all(self) -> int:
        """The number of open cases."""
        return min(sum(self.lights.values()), MOST + 1)


def scopes_of(viewer: Viewer) -> tuple[Scope, ...]:
    """Give whose cases a viewer may list: those of the whole city only who sees all (S6)."""
    return SCOPES if viewer.sees_all else SCOPES[:2]


def inbox(
    viewer: Viewer, wanted: Wanted, limit: int = PAGE, after: str | None = None
) -> dict[str, Any]:
    """Give a page of cases by light, then by due time; of past ones the newest first.

    ``next`` is the cursor of the next page, None at the end. Raises BadInputError for a cursor
    that no page gave, and for cases that the viewer may not list.
    """
    limit = max(1, min(limit, LONGEST))
    shape, values = _asked(viewer, wanted)
    if after:
        lane, at, case_id = read_cursor(after, _lane, as_moment, as_number)
        shape = replace(shape, after=lane)
        values |= {"after_at": at, "after_id": case_id}
    found = rows(ask(page_query(shape), {**values, "limit": limit + 1}))
    more, found = len(found) > limit, found[:limit]
    last = found[-1] if more else None
    return {
        "cases": listed(found),
        "next": write_cursor(last["lane"] or 0, last["order_at"].isoformat(), last["id"])
        if last
        else None,
    }


def inbox_counts(viewer: Viewer, wanted: Wanted) -> Counts:
    """Count the open cases of a list by light, in one statement and none further than MOST."""
    unlit = replace(wanted, light=None, today=False, view="open")
    shape, values = _asked(viewer, unlit)
    counted = ask(counts_query(replace(shape, lights=LIGHTS)), values)
    found: dict[str, int] = {row.name: row.n for row in counted}
    return Counts({light: found[light] for light in LIGHTS}, found["today"])


def choices() -> dict[str, dict[str, str]]:
    """Give what lists can be filtered by: titles of matters and names of departments, by code."""
    found: dict[str, dict[str, str]] = {"matter": {}, "department": {}}
    for kind, code, name in ask(choices_query()):
        found[kind][code] = name
    return found


def _asked(viewer: Viewer, wanted: Wanted) -> tuple[Shape, dict[str, Any]]:
    """Turn what is wanted into a question's shape and its values."""
    if wanted.scope not in scopes_of(viewer):
        raise BadInputError(_("These cases are not yours to list."))
    columns, now = wanted.columns(), runtime().clock.now()
    department = wanted.department
    if wanted.scope == "department":
        department = department or viewer.department
        if not viewer.sees_all and department not in viewer.departments:
            raise BadInputError(_("These cases are not yours to list."))
    require_storable(wanted.words, department or "", *(str(value) for value in columns.values()))
    words_asked = words.asked(wanted.words)
    midnight = local(now).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    shape = Shape(
        scope=wanted.scope,
        view=wanted.view,
        lights=(wanted.light,) if wanted.light else LIGHTS[:3] if wanted.today else LIGHTS,
        columns=tuple(columns),
        one_department=department is not None,
        words=words.dialect() if words_asked else "",
        today=wanted.today,
    )
    values: dict[str, Any] = {
        **columns,
        "now": now,
        "red": red_before(runtime().calendar, now),
        "today": midnight.astimezone(UTC),
        "holders": sorted(viewer.holders),
        "department": department,
    }
    if words_asked:
        values |= {"words": words_asked, "name_key": words.name_key(wanted.words)}
    return shape, values


def _lane(text: str) -> int:
    return range(len(LIGHTS))[as_number(text)]


@dataclass(slots=True)
class _Look:
    """Hold what all rows of a page are shown with."""

    now: datetime
    stays: dict[int, list[Any]]
    ladders: dict[str, Ladder]


def listed(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Show cases as lists do, from the rows of one statement and their stays from another."""
    stays: dict[int, list[Any]] = {row["id"]: [] for row in found}
    if found:
        for case_id, *stay in ask(_stays_query(), {"ids": list(stays)}):
            stays[case_id].append(stay)
    look = _Look(runtime().clock.now(), stays, ladders({row["ladder"] for row in found}))
    return [_listed(row, look) for row in found]


def _listed(row: dict[str, Any], look: _Look) -> dict[str, Any]:
    steps, used, limit = _steps(row, look)
    here = steps[row["station"] - 1] if row["station"] else None
    light = here["light"] if here else None
    return {
        **{name: row[name] for name in _PLAIN},
        "holder": row["holder_name"] or row["holder"],
        "client": {"kind": row["client_kind"], "name": shown_name(row)},
        "light": light,
        "left_min": limit - used,
        "ratio": min(1.0, used / limit) if limit else 0.0,
        "due_at": iso(row["order_at"]) if row["status"] in OPEN else None,
        "ended_at": iso(row["closed_at"] or row["answered_at"]),
        "last": {"kind": row["last_kind"], "at": row["last_at"]},
        "ladder": steps,
    }


_PLAIN = (
    *("number", "version", "title", "matter", "matter_title", "category", "channel", "status"),
    *("outcome", "department", "station", "confidential", "provisional"),
)


def _steps(row: dict[str, Any], look: _Look) -> tuple[list[dict[str, Any]], int, int]:
    """Give a case's ladder as small as a row shows it, and minutes used and allowed where it is."""
    used = limit = 0
    lights: dict[int, Light | None] = {}
    is_open = row["status"] in OPEN
    for no, station, holder, entered_at, limit_min, used_min in look.stays[row["id"]]:
        if holder is None:  # passed through
            lights.setdefault(station, None)
            continue
        if not is_open or no != row["stay"]:
            lights[station] = due_light(used_min or 0, limit_min, paused=False)
            continue
        used, limit = _used(row, station, entered_at, look.now), limit_min
        lights[station] = _light_here(row, used, limit, look.now)
    steps = [
        {
            "no": station.no,
            "key": station.role,
            "title": station.title,
            "state": _state(lights.get(station.no), station.no == row["station"]),
            "light": lights.get(station.no),
        }
        for station in look.ladders[row["ladder"]].stations
    ]
    return steps, used, limit


def _state(light: Light | None, is_here: bool) -> str:
    if is_here:
        return "now"
    return "next" if light is None else "done"


def _light_here(row: dict[str, Any], used: int, limit: int, now: datetime) -> Light:
    if row["status"] == "paused":
        return "p"
    return light_now(runtime().calendar, row["order_at"], used, limit, now)


def _used(row: dict[str, Any], station: int, entered_at: datetime, now: datetime) -> int:
    """Count the working minutes of the stay that a case is in."""
    if not row["pauses"]:
        return runtime().calendar.working_minutes(entered_at, now)
    state = State(
        status=row["status"],
        department="",
        section=None,
        fio="",
        fio_department="",
        opened_at=entered_at,
        client_from=entered_at,
        pauses=row["pauses"],
    )
    stay = Stay(row["stay"], station, "", None, None, entered_at, 0)
    return used_minutes(runtime().calendar, state, stay, now)


def _stays_query() -> Select[Any]:
    return _STAYS_OF


_STAYS_OF = (
    select(_STAY.case_id, *_STAYS)
    .where(_STAY.case_id.in_(bindparam("ids", expanding=True)))
    .order_by(_STAY.case_id, _STAY.no)
)
