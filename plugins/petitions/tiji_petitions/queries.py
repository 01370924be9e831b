"""Read petitions: the backlog by conclusion date, one with its clock, and how clocks stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select, tuple_

from tiji.api import BadInputError, CaseView, case_view, case_views, db, iso, local, runtime
from tiji_petitions.models import Petition
from tiji_petitions.rules import PREFIX, is_collective
from tiji_petitions.words import say

_PETITION = Petition.__table__.c
MOST = 500
#: Counting ends here.
COUNTED = 1001
#: How much of a first visit's date is known.
_SHOWN = {"day": 10, "month": 7, "year": 4}


@dataclass(frozen=True, slots=True)
class Deadline:
    """Say when a petition's limit ends and how many natural days are left (below 0: overdue)."""

    on: date
    days_left: int
    overdue: bool
    provisional: bool


def deadline(last: date | None) -> Deadline | None:
    """Judge a last day at this moment; on a rest day it is the next working day."""
    if last is None:
        return None
    now = runtime().clock.now()
    due = runtime().calendar.promised(last)
    on = local(due.at).date()
    return Deadline(on, (on - local(now).date()).days, now > due.at, due.provisional)


def backlog(limit: int = 50, after: str | None = None) -> dict[str, Any]:
    """Give a page of the petitions whose clock runs, by conclusion date, and the next cursor.

    Raises BadInputError for a cursor that no page gave.
    """
    limit = max(1, min(limit, MOST))
    order = (_PETITION.conclude_by, _PETITION.case_id)
    query = (
        select(Petition.__table__)
        .where(_PETITION.conclude_by.is_not(None), _PETITION.concluded_at.is_(None))
        .order_by(*order)
        .limit(limit + 1)
    )
    if after:
        query = query.where(tuple_(*order) > tuple_(*read_cursor(after)))
    found = with_cases(query)
    last = found[limit - 1] if len(found) > limit else None
    return {
        "petitions": [summary(row) for row in found[:limit]],
        "next": f"{last['conclude_by']}.{last['case_id']}" if last else None,
    }


def count_running() -> int:
    """Count the petitions whose clock runs, no further than a menu says."""
    running = (
        select(_PETITION.case_id)
        .where(_PETITION.conclude_by.is_not(None), _PETITION.concluded_at.is_(None))
        .limit(COUNTED)
    )
    return db.session.scalar(select(func.count()).select_from(running.subquery())) or 0


def detail(number: str) -> dict[str, Any]:
    """Give one petition; raises BadInputError where the case is none, or has no record here."""
    case = case_view(number)
    require_petition(case)
    row = petition(case.id)
    if row is None:
        raise BadInputError(
            say(
                "信访插件没有 {number} 的记录；用 `tiji case show` 查看。",
                "The plugin has no record of {number}; see `tiji case show`.",
                number=case.number,
            )
        )
    first = row["first_visit"]
    return {
        **summary(row),
        "first_visit": first.isoformat()[: _SHOWN[row["first_visit_precision"]]] if first else None,
        "measures": row["measures"],
        "resolve_by": _day(row["resolve_by"]),
        "registered_on": _day(row["registered_on"]),
        "accepted_at": iso(row["accepted_at"]),
        "accepted_by": row["accepted_by"],
        "extended_at": iso(row["extended_at"]),
        "extended_by": row["extended_by"],
        "extended_reason": row["extended_reason"],
        "concluded_at": iso(row["concluded_at"]),
    }


def require_petition(case: CaseView) -> None:
    """Raise BadInputError for a case of another bureau's matter."""
    if not case.matter.startswith(PREFIX):
        raise BadInputError(
            say(
                "{number} 不是信访件；见 `tiji petitions list`。",
                "{number} is no petition; see `tiji petitions list`.",
                number=case.number,
            )
        )


def petition(case_id: int) -> dict[str, Any] | None:
    """Give a case's petition with the case's number and title, if the plugin has it."""
    found = with_cases(select(Petition.__table__).where(_PETITION.case_id == case_id))
    return found[0] if found else None


def with_cases(query: Select[Any]) -> list[dict[str, Any]]:
    """Put what a list shows of the core's cases beside their petitions: nothing personal."""
    found = [dict(row) for row in db.session.execute(query).mappings()]
    views = case_views(row["case_id"] for row in found)
    names = ("number", "title", "matter", "status", "department")
    return [{**row, **{n: getattr(views[row["case_id"]], n) for n in names}} for row in found]


def summary(row: Mapping[str, Any]) -> dict[str, Any]:
    """Show a petition with its clock as it stands at this moment."""
    accept = None if row["accepted_at"] else deadline(row["accept_by"])
    conclude = deadline(row["conclude_by"])
    running = row["concluded_at"] is None
    owed = (accept or conclude) if running else None
    return {
        "number": row["number"],
        "title": row["title"],
        "matter": row["matter"],
        "department": row["department"],
        "status": row["status"],
        "state": row["state"],
        "visits": row["visits"] + row["repeats"],
        "people": row["people"],
        "collective": is_collective(row["people"]),
        "way": row["way"],
        "district": row["district"],
        "leader": row["leader"],
        "accept_by": _day(accept.on) if accept and running else None,
        "conclude_by": _day(conclude.on) if conclude else None,
        "days_left": owed.days_left if owed else None,
        "overdue": bool(owed and owed.overdue),
        "provisional": bool(owed and owed.provisional),
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def read_cursor(text: str) -> tuple[date, int]:
    """Read a cursor of the running ones; raises BadInputError for one that no page gave."""
    day, _dot, case_id = text.partition(".")
    try:
        return date.fromisoformat(day), int(case_id)
    except ValueError:
        raise BadInputError(
            say(
                "{text} 不是翻页标记；请用上一页给出的 next。",
                "{text} is no cursor; give what the page before said as next.",
                text=text,
            )
        ) from None
