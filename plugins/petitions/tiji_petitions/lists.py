"""Petitions as their page lists them: the plugin's facts, and the cases that may be seen."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, or_, select, tuple_

from tiji.api import BadInputError, iso, office_names
from tiji.api.pages import seen_cases
from tiji_petitions import queries
from tiji_petitions.models import Petition
from tiji_petitions.words import say

_PETITION = Petition.__table__.c


def by_state(state: str | None, view: str, limit: int, after: str | None = None) -> dict[str, Any]:
    """Give a page of the petitions whose clock runs, by due day, or of those ``concluded``.

    ``shown`` is the case as lists show it, where whoever asks may see it; ``next`` the cursor.
    Raises BadInputError for a cursor that no page gave.
    """
    query = (_concluded if view == "concluded" else _running)(after)
    if state:
        query = query.where(_PETITION.state == state)
    found = queries.with_cases(query.limit(limit + 1))
    page = found[:limit]
    names = office_names({row["department"] for row in page})
    seen = seen_cases(row["case_id"] for row in page)
    last = page[-1] if len(found) > limit else None
    return {
        "petitions": [
            {
                **queries.summary(row),
                "department_name": names.get(row["department"], row["department"]),
                "concluded_on": (iso(row["concluded_at"]) or "")[:10],
                "shown": seen.get(row["case_id"]),
            }
            for row in page
        ],
        "next": _cursor(last, view) if last else None,
    }


def _running(after: str | None) -> Select[Any]:
    order = (_PETITION.conclude_by, _PETITION.case_id)
    query = (
        select(Petition.__table__)
        .where(_PETITION.conclude_by.is_not(None), _PETITION.concluded_at.is_(None))
        .order_by(*order)
    )
    return query.where(tuple_(*order) > tuple_(*queries.read_cursor(after))) if after else query


def _concluded(after: str | None) -> Select[Any]:
    over = or_(_PETITION.concluded_at.is_not(None), _PETITION.conclude_by.is_(None))
    query = select(Petition.__table__).where(over).order_by(_PETITION.case_id.desc())
    if not after:
        return query
    if not after.isdigit() or int(after) >= 2**63:
        raise BadInputError(
            say(
                "{text} 不是翻页标记；请用上一页给出的 next。",
                "{text} is no cursor; give what the page before said as next.",
                text=after,
            )
        )
    return query.where(_PETITION.case_id < int(after))


def _cursor(last: dict[str, Any], view: str) -> str:
    if view == "concluded":
        return str(last["case_id"])
    return f"{last['conclude_by']}.{last['case_id']}"
