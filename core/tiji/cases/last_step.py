"""Read which step an officer may still take back on a case, and which events stand."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select

from tiji.accounts.model import AccountRow
from tiji.cases.model import CaseRow
from tiji.cases.queries import case_view
from tiji.cases.undo import Step, is_own, last_that_counts, until
from tiji.db import ask, db
from tiji.events.deliveries import frozen
from tiji.events.model import EventRow
from tiji.events.queries import links_of
from tiji.events.rules import read_stamp
from tiji.plugins.types import Event
from tiji.runtime import runtime

#: The kind of event that tells that another was taken back.
UNDONE = "undone"
#: So many of a case's last events are looked at: few that do not count follow one another.
LOOKED_AT = 12
_CASE, _EVENT = CaseRow.__table__.c, EventRow.__table__.c
_ACCOUNT = AccountRow.__table__.c
_CHOSEN = select(_ACCOUNT.preferences).where(_ACCOUNT.officer == bindparam("officer"))


def undoable(number: str, officer: str) -> tuple[Step, datetime] | None:
    """Give the step that an officer may take back now, and until when; one statement."""
    values = {"number": number.strip().upper(), "officer": officer}
    found = ask(_steps_query(), values).all()
    step = last_that_counts(Step(e.seq, e.kind, read_stamp(e.at), e.actor) for e in found)
    if step is None or not is_own(step, officer):
        return None
    ended = until(step, found[0].chosen)
    return (step, ended) if runtime().clock.now() <= ended else None


@cache
def _steps_query() -> Select[Any]:
    columns = (_EVENT.seq, _EVENT.kind, _EVENT.at, _EVENT.actor)
    near = _EVENT.seq > _CASE.version - LOOKED_AT
    return (
        select(*columns, _CHOSEN.scalar_subquery().label("chosen"))
        .join(CaseRow.__table__, _CASE.id == _EVENT.case_id)
        .where(_CASE.number == bindparam("number"), near)
        .order_by(_EVENT.seq)
    )


def standing_events(number: str) -> list[Event]:
    """Give a case's events, oldest first, but for those that were taken back."""
    case = case_view(number)
    told = [
        Event(
            f"{case.number}/{link.seq}", case.number, case.id, link.seq, link.kind,
            read_stamp(link.at), link.actor, frozen(json.loads(link.data)),
        )
        for link in links_of(case.id)
    ]  # fmt: skip
    undone = {event.data["seq"] for event in told if event.kind == UNDONE}
    return [event for event in told if event.kind != UNDONE and event.seq not in undone]


def chosen_by(officer: str) -> dict[str, Any] | None:
    """Give what an officer chose in his or her account, if there is one."""
    found: dict[str, Any] | None = db.session.scalar(_CHOSEN, {"officer": officer})
    return found
