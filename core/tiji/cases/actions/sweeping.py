"""The sweep: what time alone does to cases, exactly once each (I16 to I19)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tiji.cases.actions.climbing import go_up
from tiji.cases.clocks import CLOSES_AFTER_DAYS, amber_at
from tiji.cases.model import CaseRow, SettingRow
from tiji.cases.moving import SYSTEM, Desk, Move, load_moves, new_desk, store
from tiji.cases.state import OPEN
from tiji.clock import iso
from tiji.db import db, transaction
from tiji.errors import ConflictError, TijiError
from tiji.events.chain import CaseLog, write_logs
from tiji.runtime import runtime

logger = logging.getLogger(__name__)

BATCH = 500
#: A case needs few steps to come to rest; one that needs more is quarantined.
STEPS = 8


@dataclass(slots=True)
class SweepResult:
    """Count what a sweep did; ``due`` are the stays found over their limit."""

    due: int = 0
    escalated: int = 0
    alarmed: int = 0
    warned: int = 0
    resumed: int = 0
    closed: int = 0
    recomputed: int = 0
    quarantined: list[str] = field(default_factory=list)


def sweep(retry: bool = False, progress: Callable[[int], None] = lambda _n: None) -> SweepResult:
    """Do what is due: escalate, alarm, warn, resume, close; each stay once.

    Cost follows the cases that wake up, in batches of one transaction each. A case that raises
    is quarantined and listed; ``retry`` tries those again.
    """
    result = SweepResult()
    _recompute_after_calendar_change(result)
    if retry:
        _release()
    while done := _sweep_batch(result):
        progress(done)
    with_reason = select(CaseRow.number).where(CaseRow.quarantined.is_not(None))
    result.quarantined = list(db.session.scalars(with_reason.order_by(CaseRow.id)))
    db.session.rollback()
    return result


def _sweep_batch(result: SweepResult) -> int:
    due = CaseRow.wake_at < runtime().clock.now()
    try:
        with transaction() as session:
            moves = load_moves(new_desk(session), due, BATCH)
            steps = SweepResult()
            for move in moves:
                _rest(move, steps)
            store(session, moves)
    except DBAPIError:
        raise  # the database itself: nothing was changed, and the next sweep tries again
    except Exception:
        # One bad case must not hold up the others: take this batch case by case.
        return _one_by_one(result)
    _add(result, steps)
    return len(moves)


def _one_by_one(result: SweepResult) -> int:
    due = CaseRow.wake_at < runtime().clock.now()
    ids = db.session.scalars(
        select(CaseRow.id).where(due).order_by(CaseRow.wake_at, CaseRow.id).limit(BATCH)
    ).all()
    db.session.rollback()
    for case_id in ids:
        steps = SweepResult()
        try:
            with transaction() as session:
                moves = load_moves(new_desk(session), (CaseRow.id == case_id) & due)
                for move in moves:
                    _rest(move, steps)
                store(session, moves)
        except DBAPIError:
            raise
        except ConflictError:
            continue  # somebody else moved it first; the next sweep sees what is left
        except Exception as error:
            logger.error("case %s is quarantined: %s", case_id, type(error).__name__)
            why = str(error) if isinstance(error, TijiError) else type(error).__name__
            with transaction() as session:
                _quarantine(session, case_id, why)
            steps = SweepResult(due=1)
        _add(result, steps)
    return len(ids)


def _add(result: SweepResult, steps: SweepResult) -> None:
    for name in ("due", "escalated", "alarmed", "warned", "resumed", "closed"):
        setattr(result, name, getattr(result, name) + getattr(steps, name))


def _rest(move: Move, result: SweepResult) -> None:
    """Step a case until it waits for a later moment."""
    for _step in range(STEPS):
        wake = move.state.wake_at
        if wake is None or wake >= move.desk.now:
            return
        _take_step(move, result)
    raise TijiError("the case does not come to rest")


def _take_step(move: Move, result: SweepResult) -> None:
    state, now = move.state, move.desk.now
    if state.status == "paused":
        move.end_pause(SYSTEM)
        result.resumed += 1
    elif state.status == "answered":
        state.status, state.closed_at = "closed", move.now
        move.record("case_closed", SYSTEM, after_days=CLOSES_AFTER_DAYS)
        result.closed += 1
    elif state.client_missed_at is None and state.client_due_at and state.client_due_at < now:
        state.client_missed_at = state.client_due_at
        move.record("client_deadline_missed", SYSTEM, due_at=iso(state.client_due_at))
    else:
        _watch_stay(move, result)


def _watch_stay(move: Move, result: SweepResult) -> None:
    stay, now = move.current, move.desk.now
    assert stay.due_at
    where = {"station": stay.station, "due_at": iso(stay.due_at)}
    if stay.due_at < now:
        stay.missed_at = stay.due_at
        result.due += 1
        move.record("deadline_missed", SYSTEM, **where)
        if move.ladder.station(stay.station).on_timeout == "escalate":
            go_up(move, SYSTEM, "timeout")
            result.escalated += 1
        else:
            move.record("alarm_raised", SYSTEM, **where)
            result.alarmed += 1
    elif stay.warned_at is None and amber_at(move.desk.calendar, move.state, stay) < now:
        stay.warned_at = move.now
        move.record("deadline_near", SYSTEM, **where)
        result.warned += 1
    else:
        # The wake-up was computed under another calendar: settle it anew.
        move.record("due_recomputed", SYSTEM, calendar=move.desk.calendar.version)


def _quarantine(session: Session, case_id: int, why: str) -> None:
    """Set a case aside by the few columns that its log needs: its others may be what is bad."""
    columns = (CaseRow.id, CaseRow.number, CaseRow.version, CaseRow.head, CaseRow.changed_at)
    row = session.execute(select(*columns).where(CaseRow.id == case_id)).one()
    now = max(runtime().clock.now(), row.changed_at)
    log = CaseLog(id=row.id, number=row.number, version=row.version, head=row.head, now=now)
    change = {"case": {"quarantined": why, "wake_at": None}}
    log.add("case_quarantined", SYSTEM, {"why": why}, change)
    updated = session.connection().execute(
        update(CaseRow)
        .where(CaseRow.id == case_id, CaseRow.version == row.version)
        .values(quarantined=why, wake_at=None, version=log.version, head=log.head, changed_at=now)
    )
    if updated.rowcount:
        write_logs(session, [log])


def _release() -> None:
    """Wake every quarantined case up once more."""
    with transaction() as session:
        desk = new_desk(session)
        moves = load_moves(desk, CaseRow.quarantined.is_not(None), BATCH)
        for move in moves:
            move.state.quarantined = None
            move.record("due_recomputed", SYSTEM, calendar=desk.calendar.version)
        store(session, moves)


def _recompute_after_calendar_change(result: SweepResult) -> None:
    """Recompute the due times of open cases when a year's list has arrived since the last sweep."""
    version = runtime().calendar.version
    known = db.session.get(SettingRow, "calendar")
    seen = known.value if known else None
    db.session.rollback()
    if seen == version:
        return
    after = 0
    while seen is not None:
        with transaction() as session:
            moves = _next_open(new_desk(session), after)
            if not moves:
                break
            for move in moves:
                before = (move.state.due_at, move.state.client_due_at, move.state.provisional)
                move.settle()
                now = (move.state.due_at, move.state.client_due_at, move.state.provisional)
                if before != now:
                    move.record("due_recomputed", SYSTEM, calendar=version)
                    result.recomputed += 1
            store(session, moves)
            after = moves[-1].id
    with transaction() as session:
        if known:
            session.execute(
                update(SettingRow).where(SettingRow.name == "calendar").values(value=version)
            )
        else:
            session.execute(insert(SettingRow).values(name="calendar", value=version))


def _next_open(desk: Desk, after: int) -> list[Move]:
    condition = CaseRow.status.in_(OPEN) & (CaseRow.id > after)
    return load_moves(desk, condition, BATCH, by_id=True)
