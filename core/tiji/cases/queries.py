"""Read cases as lists show them: keyset pages, what words find, what plugins see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, func, select, text, tuple_

from tiji.cases.ladder import light_of
from tiji.cases.model import WAITING, CaseRow, StayRow
from tiji.cases.rules import require_storable
from tiji.cases.state import END_OF_DAYS, OPEN, STATE_FIELDS, STAY_FIELDS, UNDONE, State, Stay
from tiji.clock import iso
from tiji.cursor import as_moment, as_number, read_cursor, write_cursor
from tiji.db import ask, db, rows
from tiji.errors import BadInputError
from tiji.events.rules import Head
from tiji.i18n import _
from tiji.matters.model import LadderRow, MatterRow
from tiji.people import queries as people
from tiji.plugins.types import CaseView
from tiji.privacy import mask_name
from tiji.runtime import runtime
from tiji.search.queries import matching_cases, name_key
from tiji.search.rules import normal

_CASE = CaseRow.__table__
_STAY = StayRow.__table__
_MATTER, _LADDER = MatterRow.__table__, LadderRow.__table__
MOST = 500


@dataclass(frozen=True, slots=True)
class Filter:
    """Say which cases a list shows; None does not filter."""

    department: str | None = None
    station: int | None = None
    status: str | None = None
    holder: str | None = None
    overdue: bool = False


def case_page(wanted: Filter, limit: int = 50, after: str | None = None) -> dict[str, Any]:
    """Give a page of cases by due time, and the cursor of the next page (None at the end).

    Raises BadInputError for a cursor that no page gave.
    """
    now = runtime().clock.now()
    limit = max(1, min(limit, MOST))
    query = _filtered(wanted, now).order_by(_CASE.c.order_at, _CASE.c.id).limit(limit + 1)
    if after:
        query = query.where(
            tuple_(_CASE.c.order_at, _CASE.c.id) > tuple_(*read_cursor(after, as_moment, as_number))
        )
    found = rows(db.session.execute(query))
    more, found = len(found) > limit, found[:limit]
    last = found[-1] if more else None
    return {
        "cases": _summaries(found),
        "next": write_cursor(last["order_at"].isoformat(), last["id"]) if last else None,
    }


def _names(found: list[dict[str, Any]]) -> dict[str, str]:
    return people.officer_names(
        {row[key] for row in found for key in ("fio", "holder") if row[key]}
    )


def _joined() -> Select[Any]:
    stay = [_STAY.c[name].label(f"stay_{name}") for name in STAY_FIELDS]
    joined = (_STAY.c.case_id == _CASE.c.id) & (_STAY.c.no == _CASE.c.stay)
    return select(_CASE, *stay).join_from(_CASE, _STAY, joined, isouter=True)


def _filtered(wanted: Filter, now: datetime) -> Select[Any]:
    query = _joined().where(_CASE.c.outcome.is_distinct_from(UNDONE))
    for name in ("department", "station", "status", "holder"):
        if (value := getattr(wanted, name)) is not None:
            query = query.where(_CASE.c[name] == value)
    if wanted.status in ("paused", "answered"):
        query = query.where(text(WAITING))
    if wanted.station is not None or wanted.status in OPEN:
        # Only what owes something can be meant: history, which ends the order, is not read.
        query = query.where(_CASE.c.order_at < END_OF_DAYS)
    if wanted.overdue:
        query = query.where(_CASE.c.order_at < now, _CASE.c.status != "paused")
    return query


def state_of(row: dict[str, Any]) -> State:
    """Give what an action can change of a case, from its row."""
    return State(**{name: row[name] for name in STATE_FIELDS})


def summary(row: dict[str, Any], names: dict[str, str], now: datetime) -> dict[str, Any]:
    """Show a case as lists do; ``names`` are officers by code."""
    state = state_of(row)
    has_stay = row.get("stay_no") is not None
    stay = Stay(**{n: row[f"stay_{n}"] for n in STAY_FIELDS}) if has_stay else None
    return {
        "number": row["number"],
        "title": row["title"],
        "matter": row["matter"],
        "category": row["category"],
        "status": state.status,
        "outcome": state.outcome,
        "department": state.department,
        "first_inquiry_officer": {"code": state.fio, "name": names.get(state.fio, state.fio)},
        "station": state.station,
        "holder": named(state.holder, names),
        "due_at": iso(state.due_at),
        "client_due_at": iso(state.client_due_at),
        "provisional": state.provisional,
        "missing": row["missing"],
        "version": row["version"],
        "client": {"kind": row["client_kind"], "name": shown_name(row)},
        "light": light_of(runtime().calendar, state, stay, now),
        "overdue": bool(stay and stay.missed_at) or state.client_missed_at is not None,
        "opened_at": iso(state.opened_at),
        "quarantined": state.quarantined,
    }


def named(code: str | None, names: dict[str, str]) -> dict[str, str] | None:
    """Give an officer's code with the name."""
    return {"code": code, "name": names.get(code, code)} if code else None


def shown_name(row: dict[str, Any]) -> str:
    """Show a client as the office may see one by default: masked, a confidential one not at all."""
    if row["erased_at"]:
        return _("(erased)")
    if row["confidential"]:
        return _("(confidential)")
    return mask_name(row["client_name"], row["client_kind"])


def search_cases(wanted: str, limit: int = 20) -> dict[str, Any]:
    """Find cases by words, number or a client's whole name, the best first.

    A number that is the whole text comes first, then what is in the title; open cases before
    closed ones, the newest first. ``more`` tells that there are others.
    """
    require_storable(wanted)
    named = select(_CASE.c.id).where(_CASE.c.name_key == name_key(wanted)).limit(MOST)
    ids = {*matching_cases(wanted), *db.session.scalars(named)}
    query = _joined().where(_CASE.c.id.in_(ids))
    found = sorted(rows(db.session.execute(query)), key=lambda row: _worth(row, wanted))
    shown = found[: max(1, min(limit, MOST))]
    return {"cases": _summaries(shown), "more": len(found) > len(shown)}


def summaries(ids: Iterable[int]) -> list[dict[str, Any]]:
    """Give cases as lists show them, by id, in a few statements."""
    return _summaries(rows(db.session.execute(_joined().where(_CASE.c.id.in_(set(ids))))))


def _summaries(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names, now = _names(found), runtime().clock.now()
    return [summary(row, names, now) for row in found]


def _worth(row: dict[str, Any], wanted: str) -> tuple[bool, bool, bool, int]:
    text = normal(wanted).strip()
    in_title = text in normal(row["title"])
    return (normal(row["number"]) != text, not in_title, row["status"] not in OPEN, -row["id"])


# Asked for every page of a case, and made once.
@cache
def whole_case() -> Select[Any]:
    """Select a case by ``:number``: its columns, ``matter_title``, the ``stations`` it climbs."""
    return (
        select(_CASE, _MATTER.c.title.label("matter_title"), _LADDER.c.ladder.label("stations"))
        .join(_LADDER, _LADDER.c.digest == _CASE.c.ladder)
        .outerjoin(_MATTER, (_MATTER.c.code == _CASE.c.matter) & _MATTER.c.current)
        .where(_CASE.c.number == bindparam("number"))
    )


def plain_number(number: str) -> str:
    """Write a case's number as it is kept; BadInputError for a text that cannot be one."""
    require_storable(number)
    return number.strip().upper()


def case_row(number: str) -> dict[str, Any]:
    """Give a case's columns as they are stored, its matter's title and its ladder.

    Raises BadInputError for an unknown number.
    """
    found = rows(ask(whole_case(), {"number": plain_number(number)}))
    if not found:
        raise BadInputError(
            _("No case has the number {number}; see `tiji case list`.").format(number=number)
        )
    return found[0]


def case_view(number: str) -> CaseView:
    """Show a case to plugins; raises BadInputError for an unknown number."""
    return view_of(case_row(number))


def case_views(ids: Iterable[int]) -> dict[int, CaseView]:
    """Show several cases to plugins, by id, in one statement."""
    found = rows(ask(_views_query(), {"ids": list(set(ids))}))
    return {row["id"]: view_of(row) for row in found}


@cache
def _views_query() -> Select[Any]:
    ids: BindParameter[Any] = bindparam("ids", expanding=True)
    return select(*(_CASE.c[name] for name in CaseView.__slots__)).where(_CASE.c.id.in_(ids))


def view_of(row: dict[str, Any]) -> CaseView:
    """Show plugins what they may see of a case's row."""
    return CaseView(**{name: row[name] for name in CaseView.__slots__})


def heads() -> list[Head]:
    """Give where every case's log ends, in the order of cases."""
    found = db.session.execute(
        select(_CASE.c.id, _CASE.c.number, _CASE.c.version, _CASE.c.head).order_by(_CASE.c.id)
    )
    return [Head(*row) for row in found]


def count_cases() -> int:
    """Count all cases that there are."""
    return db.session.scalar(select(func.count()).select_from(CaseRow)) or 0
