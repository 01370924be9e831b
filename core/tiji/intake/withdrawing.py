"""Take an import back within a day: the cases that nobody touched end, their rows can come again.

Nothing is deleted: each case gets an event, and its log stays whole. Its person's data are
erased, its words are found no more, and its bureau takes its own rows out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, bindparam, func, select, update
from sqlalchemy.orm import Session

from tiji.cases.entry import erased
from tiji.cases.model import CaseRow
from tiji.cases.move import SYSTEM, Desk, Move
from tiji.cases.moving import load_moves, new_desk, require_officer, store
from tiji.cases.state import OPEN, UNDONE
from tiji.db import db, rows, transaction
from tiji.errors import AbsentError, RuleError
from tiji.events.deliveries import deliver_later
from tiji.events.model import EventRow
from tiji.i18n import _
from tiji.intake.actions import find_ledger
from tiji.intake.model import ImportRow
from tiji.intake.rules import WITHDRAWN_WITHIN, Logged, is_touch, require_in_time
from tiji.people import queries as people
from tiji.people.rules import PRINCIPAL
from tiji.plugins.types import Event
from tiji.runtime import runtime
from tiji.search.actions import drop_deleted_words, forget

BATCH = 500
#: So many touched cases are named.
NAMED = 10
_CASE = cast(Table, CaseRow.__table__)
_ERASED = ("title", "content", "client_name", "sealed", "salt", "person_key", "name_key", "form")
_OUT = (
    update(_CASE)
    .where(_CASE.c.id == bindparam("of_id"))
    .values(source_key=None, source_digest=None, **{name: bindparam(name) for name in _ERASED})
)


@dataclass(frozen=True, slots=True)
class Withdrawable:
    """Say of an import what could be taken back: how many cases, and how many were touched.

    ``named`` are the first of those; ``until`` is when the day is over.
    """

    number: str
    cases: int
    touched: int
    named: tuple[str, ...]
    until: datetime
    open: bool


def withdrawable(number: str) -> Withdrawable:
    """Look at an import before it is withdrawn; AbsentError for one that is not there."""
    session = db.session()
    found = _import(session, number)
    cases = session.scalar(select(func.count()).where(_of(number))) or 0
    touched = _touched(session, number, _of(number))
    names = _names(session, touched)
    session.rollback()
    until = found["last_at"] + WITHDRAWN_WITHIN
    in_time = found["withdrawn_at"] is None and runtime().clock.now() <= until
    return Withdrawable(number, cases, len(touched), names, until, in_time and len(touched) < cases)


def withdraw_import(number: str, actor: str, *, rest: bool = False) -> dict[str, Any]:
    """Withdraw an import as an officer, at once; interrupted, it goes on when it is asked again.

    ``rest`` leaves cases that were touched as they are; without it one of them keeps all.
    Raises RuleError where the day is over, or the officer is neither who imported nor at the head
    of the ledger's bureau.
    """
    require_officer(actor)
    _require_entitled(_import(db.session(), number), actor)
    with transaction() as session:
        begin_withdrawal(session, number, actor, rest=rest)
    return {"number": number, **finish_withdrawal(number)}


def _require_entitled(found: Mapping[str, Any], actor: str) -> None:
    bureaus = runtime().plugins.bureaus().values()
    home = next(b.department for b in bureaus if any(
        ledger.code == found["ledger"] for ledger in b.ledgers
    ))  # fmt: skip
    seats = people.seats_of(actor, runtime().clock.now())
    heads = any(seat.department == home and seat.station >= PRINCIPAL for seat in seats)
    sits_there = found["actor"] == SYSTEM and any(seat.department == home for seat in seats)
    if actor != found["actor"] and not heads and not sits_there:
        raise RuleError(
            "not-importer",
            _("Import {number} is withdrawn by who made it, or by the bureau's principal.").format(
                number=found["number"]
            ),
        )


def begin_withdrawal(session: Session, number: str, actor: str, *, rest: bool) -> None:
    """Decide in the caller's transaction that an import is taken back, as far as it can be."""
    found = _import(session, number)
    now = runtime().clock.now()
    if found["withdrawn_at"] is None:
        require_in_time(number, found["last_at"], now)
    touched = _touched(session, number, _of(number))
    if touched and not rest:
        raise _touched_error(session, number, touched)
    session.execute(
        update(ImportRow)
        .where(ImportRow.number == number, ImportRow.withdrawn_at.is_(None))
        .values(withdrawn_at=now, withdrawn_by=actor)
    )


def _touched_error(session: Session, number: str, touched: set[int]) -> RuleError:
    named = "、".join(_names(session, touched)) + ("…" if len(touched) > NAMED else "")
    return RuleError(
        "touched",
        _("{count} cases of import {number} were worked on since: {cases}.").format(
            count=len(touched), number=number, cases=named
        ),
        _("Withdraw the rest; these stay as they are."),
    )


def _names(session: Session, touched: set[int]) -> tuple[str, ...]:
    first = sorted(touched)[:NAMED]
    found = select(_CASE.c.number).where(_CASE.c.id.in_(first)).order_by(_CASE.c.id)
    return tuple(session.scalars(found))


def finish_withdrawal(
    number: str, progress: Callable[[int], None] = lambda _cases: None
) -> dict[str, int]:
    """Take back, a batch a transaction, the cases of an import that nobody has touched."""
    after = withdrawn = kept = 0
    while True:
        with transaction() as session:
            found = _import(session, number)
            desk = new_desk(session)
            moves = load_moves(desk, _of(number) & (_CASE.c.id > after), BATCH, by_id=True)
            if not moves:
                break
            touched = _touched(session, number, _CASE.c.id.in_([move.id for move in moves]))
            free = [move for move in moves if move.id not in touched]
            _take_back(desk, found, free)
        after = moves[-1].id
        withdrawn, kept = withdrawn + len(free), kept + len(touched)
        progress(withdrawn + kept)
    drop_deleted_words()
    return {"withdrawn": withdrawn, "kept": kept}


def _take_back(desk: Desk, found: Mapping[str, Any], moves: list[Move]) -> None:
    if not moves:
        return
    session, number, actor = desk.session, found["number"], found["withdrawn_by"]
    ids = [move.id for move in moves]
    cases = rows(session.execute(select(_CASE).where(_CASE.c.id.in_(ids))))
    for move in moves:
        _end(move)
        move.record("import_withdrawn", actor, number=number)
        # Like the rows of an import, those of its withdrawal ring no bell; the whole does.
        move.announced.clear()
    store(session, moves)
    session.connection().execute(_OUT, [_blank(case) for case in cases])
    forget(session, ids)
    ledger = find_ledger(found["ledger"])
    if ledger.withdraw:
        ledger.withdraw(ids)
    counted = update(ImportRow).where(ImportRow.number == number)
    session.execute(counted.values(withdrawn=ImportRow.withdrawn + len(ids)))
    words = {"ledger": found["ledger"], "number": number, "cases": len(ids)}
    key = f"{number}/{ids[0]}"
    deliver_later(session, [Event(key, "", 0, 0, "ledger_withdrawn", desk.now, actor, words)])


def _blank(case: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is left of a case's words once nothing of it tells who its person was."""
    gone = erased(case)
    return {name: gone[name] for name in _ERASED} | {"of_id": case["id"]}


def _end(move: Move) -> None:
    state = move.state
    if state.status in OPEN:
        move.leave("withdrawn")
    state.status, state.outcome = "withdrawn", UNDONE
    state.station = state.holder = state.request = state.guided_to = None
    state.paused_from = state.pause_until = state.close_at = None
    state.closed_at = state.closed_at or move.now
    state.erased_at = move.now


def _import(session: Session, number: str) -> dict[str, Any]:
    wanted = select(ImportRow.__table__).where(ImportRow.number == number.strip().upper())
    found = rows(session.execute(wanted))
    if not found:
        raise AbsentError(_("No import has the number {number}.").format(number=number))
    return found[0]


def _of(number: str) -> ColumnElement[bool]:
    """Select the cases that an import made, and that were not taken back."""
    return (_CASE.c.import_no == number) & _CASE.c.source_key.is_not(None)


def _touched(session: Session, number: str, condition: ColumnElement[bool]) -> set[int]:
    """Say which of these cases somebody, or a later import, touched."""
    found = session.execute(
        select(EventRow.case_id, EventRow.kind, EventRow.actor, EventRow.data)
        .join(CaseRow, CaseRow.id == EventRow.case_id)
        .where(condition, EventRow.seq > 1)
    )
    return {row.case_id for row in found if is_touch(_logged(row), number)}


def _logged(row: Any) -> Logged:
    data = json.loads(row.data) if row.kind == "import_updated" else {}
    return Logged(row.case_id, row.kind, row.actor == SYSTEM, data.get("number"))
