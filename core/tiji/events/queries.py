"""Read a case's log, and stream all logs for verification."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import bindparam, select

from tiji.clock import iso
from tiji.db import ask, db
from tiji.events.model import EventRow
from tiji.events.rules import Link, read_stamp

_COLUMNS = [EventRow.__table__.c[name] for name in Link._fields]
_EVENT = EventRow.__table__.c
_OF_CASE = (
    select(*_COLUMNS)
    .where(_EVENT.case_id == bindparam("case"), _EVENT.seq > bindparam("after"))
    .order_by(_EVENT.seq)
)


def of_case(case_id: int, after: int = 0) -> list[dict[str, Any]]:
    """Give a case's events after ``after``, oldest first, as they are shown."""
    found = ask(_OF_CASE, {"case": case_id, "after": after})
    return [
        {
            "seq": link.seq,
            "kind": link.kind,
            "at": iso(read_stamp(link.at)),
            "actor": link.actor,
            "data": json.loads(link.data),
        }
        for link in found
    ]


def links_of(case_id: int) -> list[Link]:
    """Give a case's events as they are stored, oldest first."""
    of_case = select(*_COLUMNS).where(EventRow.case_id == case_id).order_by(EventRow.seq)
    return [Link(*row) for row in db.session.execute(of_case)]


def all_links() -> Iterator[Link]:
    """Stream every event in the order of cases and their sequence."""
    found = db.session.execute(
        select(*_COLUMNS).order_by(EventRow.case_id, EventRow.seq).execution_options(yield_per=2000)
    )
    return (Link(*row) for row in found)
