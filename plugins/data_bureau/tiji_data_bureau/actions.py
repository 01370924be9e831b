"""What happens to a message: it is kept beside its case, answered, and perhaps asked again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from tiji.api import (
    CaseView,
    Event,
    RestoredCase,
    case_detail,
    case_view,
    db,
    standing_events,
    transaction,
)
from tiji_data_bureau.facts import new_message
from tiji_data_bureau.models import Message
from tiji_data_bureau.rules import PREFIX

_OVER = frozenset({"answered", "closed", "withdrawn"})
_ANSWERS = frozenset({"case_answered", "case_refused"})
_UNDONE = "undone"
FOLLOWED = _ANSWERS | {"case_withdrawn", "case_closed", "case_reopened", _UNDONE}


def register(event: Event) -> None:
    """Keep the message of a new case; a second delivery changes nothing."""
    if str(event.data["matter"]).startswith(PREFIX):
        with transaction() as session:
            _ensure(session, case_view(event.case))


def restore(cases: Sequence[RestoredCase]) -> None:
    """Keep the messages of cases that were there before this plugin's table."""
    session = db.session()
    ids = [restored.case.id for restored in cases]
    known = set(session.scalars(select(Message.case_id).where(Message.case_id.in_(ids))))
    new = [_row(one.case, one.form) for one in cases if one.case.id not in known]
    if new:
        session.connection().execute(insert(Message), new)


def follow(event: Event) -> None:
    """Note when a message was answered, and let one that was reopened wait again.

    An event older than the newest one heard changes nothing.
    """
    with transaction() as session:
        if _is_message(session, event):
            newer = update(Message).where(
                Message.case_id == event.case_id, Message.heard < event.seq
            )
            session.execute(newer.values(heard=event.seq, **_consequences(event)))


def erase(event: Event) -> None:
    """Forget the number that leads back to who sent a message, and where it was about."""
    with transaction() as session:
        own = update(Message).where(Message.case_id == event.case_id)
        session.execute(own.values(external_id=None, district=None))


def _consequences(event: Event) -> dict[str, Any]:
    """Say which columns an event sets."""
    if event.kind == _UNDONE:
        return _anew(event.case)
    if event.kind == "case_reopened":
        return {"waiting": True, "replied_at": None, "replied_precision": None}
    if event.kind in _ANSWERS:
        return {"waiting": False, "replied_at": event.at, "replied_precision": "second"}
    return {"waiting": False}


def _anew(case: str) -> dict[str, Any]:
    """Work out what the events that stand make of a message: one was taken back."""
    values: dict[str, Any] = {"waiting": True, "replied_at": None, "replied_precision": None}
    for event in standing_events(case):
        if event.kind in FOLLOWED:
            values |= _consequences(event)
    return values


def _is_message(session: Session, event: Event) -> bool:
    """Tell whether an event is about a message, and make sure that its row is there."""
    if session.scalar(select(Message.case_id).where(Message.case_id == event.case_id)):
        return True
    case = case_view(event.case)
    if not case.matter.startswith(PREFIX):
        return False
    _ensure(session, case)
    return True


def _ensure(session: Session, case: CaseView) -> None:
    """Make a case's row from the case where the plugin has not heard of it yet."""
    if session.scalar(select(Message.case_id).where(Message.case_id == case.id)):
        return
    row = _row(case, case_detail(case.number)["form"])
    session.connection().execute(insert(Message), [row])


def _row(case: CaseView, form: Mapping[str, Any]) -> dict[str, Any]:
    return new_message(case.id, form, case.opened_at, waiting=case.status not in _OVER)
