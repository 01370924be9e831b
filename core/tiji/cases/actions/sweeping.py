"""The sweep: what time alone does to cases, exactly once each (I16 to I19)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import perf_counter

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from tiji import metrics
from tiji.cases.actions.climbing import go_up
from tiji.cases.actions.opening import number_of
from tiji.cases.clocks import CLOSES_AFTER_DAYS, amber_at
from tiji.cases.model import CaseRow, SettingRow
from tiji.cases.move import SYSTEM, Move
from tiji.cases.moving import load_moves, new_desk, store
from tiji.cases.state import OPEN, State
from tiji.clock import iso
from tiji.db import db, transaction
from tiji.errors import ConflictError, TijiError
from tiji.events.chain import CaseLog, write_logs
from tiji.logs import Log, bound
from tiji.runtime import runtime

log = Log(__name__)

BATCH = 500
#: A case needs few steps to come to rest; one that needs more is quarantined.
STEPS = 8

Condition = ColumnElement[bool]


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


COUNTED = ("due", "escalated", "alarmed", "warned", "resumed", "closed", "recomputed")

#: What is done to one case of a batch; what it does is counted.
Treatment = Callable[[Move, SweepResult], None]


def sweep(retry: bool = False, progress: Callable[[int], None] = lambda _n: None) -> SweepResult:
    """Do what is due: escalate, alarm, warn, resume, close; each stay once.

    Cost follows the cases that wake up, in batches of one transaction each. A case that raises
    is quarantined and listed; ``retry`` tries those again.
    """
    result = SweepResult()
    with _told(result):
        _recompute_after_calendar_change(result)
        if retry:
            _treat_all(CaseRow.quarantined.is_not(None), _wake_up, result)
        due = CaseRow.wake_at < runtime().clock.now()
        while done := _treat(due, _rest, result, by_id=False):
            progress(len(done))
        with_reason = select(CaseRow.number).where(CaseRow.quarantined.is_not(None))
        result.quarantined = list(db.session.scalars(with_reason.order_by(CaseRow.id)))
        db.session.rollback()
    return result


@contextlib.contextmanager
def _told(result: SweepResult) -> Iterator[None]:
    """Log and count a sweep."""
    begun = perf_counter()
    try:
        yield
    except Exception as error:
        metrics.swept("failed", perf_counter() - begun, _counts(result))
        log.error("sweep failed", **_counts(result), error=error)
        raise
    seconds, stuck = perf_counter() - begun, len(result.quarantined)
    metrics.swept("done", seconds, _counts(result))
    log.info("sweep done", **_counts(result), quarantined=stuck, ms=round(seconds * 1000, 1))


def _counts(result: SweepResult) -> dict[str, int]:
    return {name: getattr(result, name) for name in COUNTED}


def _treat(condition: Condition, treat: Treatment, result: SweepResult, by_id: bool) -> list[int]:
    """Treat a batch of the cases that meet a condition in one transaction; give their ids."""
    try:
        with transaction() as session:
            # What is due and held by another is found again; what is recomputed once is waited for.
            desk, skip = new_desk(session), not by_id
            moves = load_moves(desk, condition, BATCH, by_id, skip_locked=skip)
            steps = SweepResult()
            for move in moves:
                with bound(case=move.number, officer=SYSTEM):
                    treat(move, steps)
            store(session, moves)
    except (OperationalError, InterfaceError):
        raise  # the database itself: nothing was changed, and the next sweep tries again
    except Exception:
        # One bad case must not hold up the others: take this batch case by case.
        return _treat_singly(condition, treat, result, by_id)
    _add(result, steps)
    return [move.id for move in moves]


def _treat_all(condition: Condition, treat: Treatment, result: SweepResult) -> None:
    after = 0
    while ids := _treat(condition & (CaseRow.id > after), treat, result, by_id=True):
        after = ids[-1]


def _treat_singly(
    condition: Condition, treat: Treatment, result: SweepResult, by_id: bool
) -> list[int]:
    order = [CaseRow.id] if by_id else [CaseRow.wake_at, CaseRow.id]
    query = select(CaseRow.id).where(condition).order_by(*order).limit(BATCH)
    ids = list(db.session.scalars(query))
    db.session.rollback()
    for case_id in ids:
        steps = SweepResult()
        try:
            with transaction() as session:
                moves = load_moves(new_desk(session), (CaseRow.id == case_id) & condition)
                for move in moves:
                    with bound(case=move.number, officer=SYSTEM):
                        treat(move, steps)
                store(session, moves)
        except (OperationalError, InterfaceError):
            raise
        except ConflictError:
            continue  # somebody else moved it first; the next sweep sees what is left
        except Exception as error:
            log.error("case quarantined", case=number_of(case_id), error=error)
            why = str(error) if isinstance(error, TijiError) else type(error).__name__
            _quarantine(case_id, why)
            steps = SweepResult(due=int(treat is _rest))
        _add(result, steps)
    return ids


def _add(result: SweepResult, steps: SweepResult) -> None:
    for name in COUNTED:
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
    state = move.state
    if state.status == "paused":
        move.end_pause(SYSTEM)
        result.resumed += 1
    elif state.status == "answered":
        state.status, state.closed_at = "closed", move.now
        move.record("case_closed", SYSTEM, after_days=CLOSES_AFTER_DAYS)
        result.closed += 1
    else:
        _watch_limits(move, result)


def _watch_limits(move: Move, result: SweepResult) -> None:
    stay, recorded = move.current, move.version
    if move.record_missed():
        result.due += 1
        if move.ladder.station(stay.station).on_timeout == "escalate":
            go_up(move, SYSTEM, "timeout")
            result.escalated += 1
        else:
            result.alarmed += 1
    elif stay.warned_at is None and amber_at(move.desk.calendar, move.state, stay) < move.desk.now:
        stay.warned_at = move.now
        move.record("deadline_near", SYSTEM, station=stay.station, due_at=iso(stay.due_at))
        result.warned += 1
    elif move.version == recorded:
        # The wake-up was computed under another calendar: settle it anew.
        move.record("due_recomputed", SYSTEM, calendar=move.desk.calendar.version)


def _quarantine(case_id: int, why: str) -> None:
    """Set a case aside, with an event unless its log is what is bad."""
    try:
        with transaction() as session:
            _record_quarantine(session, case_id, why)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        set_aside = update(CaseRow).where(CaseRow.id == case_id)
        with transaction() as session:
            session.execute(set_aside.values(quarantined=why, wake_at=None))


def _record_quarantine(session: Session, case_id: int, why: str) -> None:
    """Write the few columns that a case's log needs: its others may be what is bad."""
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


def _wake_up(move: Move, _result: SweepResult) -> None:
    """Try a quarantined case once more."""
    move.state.quarantined = None
    move.record("due_recomputed", SYSTEM, calendar=move.desk.calendar.version)


def _recompute_after_calendar_change(result: SweepResult) -> None:
    """Recompute the times of open and answered cases when a year's list has arrived since.

    Before the first sweep nobody noted which lists were known: then only provisional times are
    computed again.
    """
    version = runtime().calendar.version
    known = db.session.get(SettingRow, "calendar")
    seen = known.value if known else None
    db.session.rollback()
    if seen == version:
        return
    which = CaseRow.status.in_((*OPEN, "answered")) if seen else CaseRow.provisional
    _treat_all(which & CaseRow.quarantined.is_(None), _recompute, result)
    _note_calendar(version)


def _recompute(move: Move, result: SweepResult) -> None:
    before = _times(move.state)
    move.settle()
    if before != _times(move.state):
        move.record("due_recomputed", SYSTEM, calendar=move.desk.calendar.version)
        result.recomputed += 1


def _note_calendar(version: str) -> None:
    """Remember which lists are known; another sweeper may have noted it in the meantime."""
    note = update(SettingRow).where(SettingRow.name == "calendar").values(value=version)
    with contextlib.suppress(IntegrityError), transaction() as session:
        if not session.connection().execute(note).rowcount:
            session.execute(insert(SettingRow).values(name="calendar", value=version))


def _times(state: State) -> tuple[object, ...]:
    return state.due_at, state.client_due_at, state.provisional, state.close_at
