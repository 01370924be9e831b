"""Give open cases to whoever holds their station now, after the organisation changed."""

from __future__ import annotations

from tiji.cases.model import CaseRow
from tiji.cases.move import SYSTEM, Desk, Move
from tiji.cases.moving import load_moves, new_desk, store
from tiji.cases.rules import Landing, Seated
from tiji.cases.state import OPEN
from tiji.db import transaction
from tiji.people import queries as people

BATCH = 500


def reseat_cases() -> list[str]:
    """Move open cases on whose holder lost the seat, and replace officers who left (I4, I5).

    The stay and its clock stay the same, unless the station is vacant now: then the case goes
    up. Return the numbers of the cases that changed.
    """
    changed: list[str] = []
    after = 0
    while True:
        with transaction() as session:
            desk = new_desk(session)
            condition = CaseRow.status.in_(OPEN) & (CaseRow.id > after)
            moves = load_moves(desk, condition, BATCH, by_id=True)
            if not moves:
                return changed
            reseat(moves, desk)
            store(session, moves)
            changed += [move.number for move in moves if move.links]
            after = moves[-1].id


def reseat(moves: list[Move], desk: Desk) -> None:
    """Give open cases to whoever holds their station now; those whose seats stand stay as is."""
    serving = _serving(moves, desk)
    for move in moves:
        _replace_first_officer(move, serving)
        _replace_holder(move, serving)


def _serving(moves: list[Move], desk: Desk) -> set[str]:
    codes = {move.state.fio for move in moves} | {move.state.holder or "" for move in moves}
    return {code for code in codes if people.seats_of(code, desk.now)}


def _replace_first_officer(move: Move, serving: set[str]) -> None:
    state = move.state
    if state.fio in serving:
        return
    duty = people.seat_holder(1, state.fio_department, None, move.now)
    if duty is None:
        return
    old, state.fio = state.fio, duty.officer
    if state.holder == old and move.current.station == 1:
        _seat(move, Seated(duty.officer, duty.section, duty.acting_for))
    move.record("officer_changed", SYSTEM, **{"from": old, "to": duty.officer, "reason": "left"})


def _replace_holder(move: Move, serving: set[str]) -> None:
    stay, holder = move.current, move.state.holder
    first = move.ladder.station(stay.station).role == "first"
    if first and holder in serving:
        return
    seat = move.seat(stay.station)
    if seat and (seat.officer == holder or seat.acting_for == holder):
        return
    landing = None
    if seat:
        _seat(move, seat)
    else:
        landing = _pass_up(move)
    move.record(
        "holder_changed",
        SYSTEM,
        **{"from": holder, "to": move.state.holder},
        reason="post_changed",
        station=move.current.station,
        passed=landing.passed_json() if landing else [],
    )


def _pass_up(move: Move) -> Landing:
    """Take a case from a vacant station to the next one that is held; a pause goes on there."""
    state = move.state
    if state.pause_until and state.pause_until < move.desk.now:
        move.end_pause(SYSTEM)
    paused = state.status == "paused"
    landing = move.land(move.current.station)
    move.leave("vacant")
    move.climb(landing)
    if paused:
        state.paused_from, state.status = state.status, "paused"
    return landing


def _seat(move: Move, seat: Seated) -> None:
    stay = move.current
    stay.holder = move.state.holder = seat.officer
    stay.acting_for, stay.taken_at = seat.acting_for, None
