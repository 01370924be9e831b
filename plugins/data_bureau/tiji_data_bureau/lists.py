"""Messages as their page lists them: the plugin's facts, and the cases that may be seen."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, tuple_

from tiji.api import office_names
from tiji.api.pages import seen_cases
from tiji_data_bureau import queries
from tiji_data_bureau.models import Message

_MESSAGE = Message.__table__.c


def by_kind(
    kind: str | None, waiting: bool, limit: int, after: str | None = None
) -> dict[str, Any]:
    """Give a page of messages that wait, the oldest first, or of those answered, the newest first.

    ``shown`` is the case as lists show it, where whoever asks may see it; ``next`` the cursor.
    Raises BadInputError for a cursor that no page gave.
    """
    order = (_MESSAGE.received_at, _MESSAGE.case_id)
    query = select(Message.__table__).where(_MESSAGE.waiting.is_(waiting))
    query = query.order_by(*(order if waiting else [column.desc() for column in order]))
    if kind:
        query = query.where(_MESSAGE.kind == kind)
    if after:
        place = tuple_(*queries.read_cursor(after))
        query = query.where(tuple_(*order) > place if waiting else tuple_(*order) < place)
    found = queries.with_cases(query.limit(limit + 1))
    page = found[:limit]
    names = office_names({row["department"] for row in page})
    seen = seen_cases(row["case_id"] for row in page)
    last = page[-1] if len(found) > limit else None
    return {
        "messages": [
            {
                **queries.summary(row),
                "department_name": names.get(row["department"], row["department"]),
                "satisfaction": row["satisfaction"],
                "shown": seen.get(row["case_id"]),
            }
            for row in page
        ],
        "next": f"{last['received_at'].isoformat()}_{last['case_id']}" if last else None,
    }
