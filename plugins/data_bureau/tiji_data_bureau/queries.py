"""Read messages: those that wait, the longest waiting first, and one by either of its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, func, select, tuple_

from tiji.api import BadInputError, case_view, case_views, db, iso
from tiji_data_bureau.models import Message
from tiji_data_bureau.rules import PREFIX
from tiji_data_bureau.words import say

_MESSAGE = Message.__table__.c
MOST = 500
#: Counting ends here.
COUNTED = 1001
#: How much of a moment is shown, by how much of it is known.
_SHOWN = {"second": None, "day": 10, "month": 7, "year": 4}


def waiting(limit: int = 50, after: str | None = None) -> dict[str, Any]:
    """Give a page of the messages that wait for an answer, by when they came, and the cursor.

    Raises BadInputError for a cursor that no page gave.
    """
    limit = max(1, min(limit, MOST))
    order = (_MESSAGE.received_at, _MESSAGE.case_id)
    query = select(Message.__table__).where(_MESSAGE.waiting).order_by(*order).limit(limit + 1)
    if after:
        query = query.where(tuple_(*order) > tuple_(*read_cursor(after)))
    found = with_cases(query)
    last = found[limit - 1] if len(found) > limit else None
    return {
        "messages": [summary(row) for row in found[:limit]],
        "next": f"{last['received_at'].isoformat()}_{last['case_id']}" if last else None,
    }


def count_waiting() -> int:
    """Count the messages that wait for an answer, no further than a menu says."""
    waiting = select(_MESSAGE.case_id).where(_MESSAGE.waiting).limit(COUNTED)
    return db.session.scalar(select(func.count()).select_from(waiting.subquery())) or 0


def detail(number: str) -> dict[str, Any]:
    """Give one message by the number of its case, or by its own.

    Raises BadInputError where there is none, or more than one source gave that number.
    """
    row = _by_case(number) or _by_own_number(number.strip())
    return {
        **summary(row),
        "urgency": row["urgency"],
        "district": row["district"],
        "replied_at": shown(row, "replied"),
        "satisfaction": row["satisfaction"],
    }


def message(case_id: int) -> dict[str, Any] | None:
    """Give a case's message with the case's number and title, if the plugin has it."""
    found = with_cases(select(Message.__table__).where(_MESSAGE.case_id == case_id))
    return found[0] if found else None


def shown(row: Mapping[str, Any], what: str) -> str | None:
    """Write when a message was ``received`` or ``replied`` to, as far as it is known."""
    moment = iso(row[f"{what}_at"])
    return moment and moment[: _SHOWN[row[f"{what}_precision"]]]


def _by_case(number: str) -> dict[str, Any] | None:
    try:
        case = case_view(number)
    except BadInputError:
        return None
    return message(case.id) if case.matter.startswith(PREFIX) else None


def _by_own_number(number: str) -> dict[str, Any]:
    query = select(Message.__table__).where(_MESSAGE.external_id == number).limit(MOST)
    found = with_cases(query)
    if len(found) == 1:
        return found[0]
    if found:
        raise BadInputError(
            say(
                "不止一个来源有编号 {number}；请用事情编号：{cases}。",
                "More than one source has a message {number}; give the case: {cases}.",
                number=number,
                cases="、".join(row["number"] for row in found),
            )
        )
    raise BadInputError(
        say(
            "没有编号为 {number} 的留言；见 `tiji data-bureau list`。",
            "No message has the number {number}; see `tiji data-bureau list`.",
            number=number,
        )
    )


def with_cases(query: Select[Any]) -> list[dict[str, Any]]:
    """Put what a list shows of the core's cases beside their messages: nothing personal."""
    found = [dict(row) for row in db.session.execute(query).mappings()]
    views = case_views(row["case_id"] for row in found)
    names = ("number", "title", "matter", "status", "department")
    return [{**row, **{n: getattr(views[row["case_id"]], n) for n in names}} for row in found]


def summary(row: Mapping[str, Any]) -> dict[str, Any]:
    """Show a message as lists do."""
    own = ("number", "external_id", "source", "title", "matter", "kind", "category", "department")
    return {
        **{name: row[name] for name in own},
        "status": row["status"],
        "received_at": shown(row, "received"),
        "votes_for": row["votes_for"],
        "votes_against": row["votes_against"],
        "reply_by": row["reply_by"],
    }


def read_cursor(text: str) -> tuple[datetime, int]:
    """Read a cursor; raises BadInputError for one that no page gave."""
    moment, _line, case_id = text.rpartition("_")
    try:
        place = datetime.fromisoformat(moment), int(case_id)
        if place[0].tzinfo is None or not 0 <= place[1] < 2**63:
            raise ValueError(text)
        return place[0].astimezone(UTC), place[1]
    except (ValueError, OverflowError):
        raise BadInputError(
            say(
                "{text} 不是翻页标记；请用上一页给出的 next。",
                "{text} is no cursor; give what the page before said as next.",
                text=text,
            )
        ) from None
