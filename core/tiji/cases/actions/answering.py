"""Answer the client: agree and promise, complete, refuse where the ladder lets, decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from tiji.cases.model import CaseRow
from tiji.cases.move import Move
from tiji.cases.moving import is_holder, load_moves, moving, moving_all, require_holder
from tiji.cases.rules import (
    DECISIONS,
    OUTCOMES,
    WayForward,
    check_may_refuse,
    check_refusal,
    require_words,
)
from tiji.cases.state import OPEN
from tiji.clock import local
from tiji.errors import BadInputError, RuleError
from tiji.i18n import _
from tiji.people import queries as people
from tiji.people.organisation import LEADERS
from tiji.privacy import mask_text

#: So many cases share one answer at the most: they are answered in one transaction.
MOST_IN_A_GROUP = 500


def agree(
    number: str, actor: str, *, plan: str, promised: date, feedback: str, seen: int | None = None
) -> None:
    """Say that it can be done (能办), promise a day and tell the client (requirements 18 to 24).

    The promise becomes the due time; a broken one escalates.
    """
    with moving(number, "agree", actor, seen) as move:
        require_holder(move, actor)
        require_words(_("requirement 18"), plan=plan, feedback=feedback)
        move.record_missed()
        _promise(move, promised)
        move.current.note = mask_text(plan)
        move.state.status = "in_progress"
        move.record(
            "case_agreed",
            actor,
            plan=plan,
            promised=promised.isoformat(),
            feedback=feedback,
            station=move.current.station,
        )


def _promise(move: Move, promised: date) -> None:
    stay = move.current
    stay.promised_on, stay.promised_at = promised, move.now
    stay.extra_days, stay.warned_at = 0, None
    if move.desk.calendar.promised(promised).at <= move.now:
        raise RuleError(
            "promise-past",
            _("The promised day {day} is over.").format(day=promised.isoformat()),
            _("Promise a day from {today} on.").format(today=local(move.now).date().isoformat()),
        )


def complete(
    number: str, actor: str, *, result: str, outcome: str, feedback: str, seen: int | None = None
) -> None:
    """Answer a case as done (``done`` or ``done_with_effort``), feedback included.

    ``guided`` ends a case whose client was guided to a unit outside the organisation. Cases
    grouped with this one are answered with the same words.
    """
    with moving_all([number], "complete", actor, seen) as moves:
        move = moves[0]
        require_holder(move, actor)
        require_words(_("requirement 7"), result=result, outcome=outcome, feedback=feedback)
        if outcome not in OUTCOMES:
            raise RuleError(
                "outcome", _("An outcome is one of: {names}.").format(names=", ".join(OUTCOMES))
            )
        outside = move.state.status == "guided" and move.state.guided_to is None
        if outcome == "guided" and not outside:
            raise RuleError(
                "outcome",
                _("Only a client guided outside the organisation is answered with guidance."),
                _("Say done or done_with_effort once it is done."),
            )
        moves += _followers(move, actor)
        for each in moves:
            answer(each, actor, outcome, result)
            each.record(
                "case_answered",
                actor,
                outcome=outcome,
                result=result,
                feedback=feedback,
                station=each.state.answered_station,
            )


def _followers(lead: Move, actor: str) -> list[Move]:
    """Give the open cases that share this one's answer, their clocks running."""
    shares = (CaseRow.grouped_with == lead.id) & CaseRow.status.in_(OPEN)
    found = load_moves(lead.desk, shares, MOST_IN_A_GROUP, by_id=True)
    for move in found:
        if move.state.status == "paused":
            move.end_pause(actor)
    return found


def _refusable(lead: Move, actor: str) -> list[Move]:
    """Give the followers that this officer may refuse where they are: no other path leads to a
    no (I1)."""
    return [
        move
        for move in _followers(lead, actor)
        if move.ladder.station(move.current.station).may_refuse and is_holder(move, actor)
    ]


def refuse(
    number: str,
    actor: str,
    *,
    reasons: str,
    basis: str,
    ways_forward: Sequence[WayForward],
    feedback: str,
    seen: int | None = None,
) -> tuple[str, ...]:
    """Refuse in writing, with reasons, basis and a way to yes (requirement 25, I1, I2).

    Return the phrases that the refusal should better not use.
    """
    with moving_all([number], "refuse", actor, seen) as moves:
        check_may_refuse(moves[0].ladder, moves[0].current.station)
        require_holder(moves[0], actor)
        return _refuse(moves, actor, reasons, basis, ways_forward, feedback)


def _refuse(
    moves: list[Move],
    actor: str,
    reasons: str,
    basis: str,
    ways: Sequence[WayForward],
    feedback: str,
) -> tuple[str, ...]:
    advice = check_refusal(reasons, basis, ways, feedback)
    moves += _refusable(moves[0], actor)
    for move in moves:
        answer(move, actor, "refused", reasons)
        move.record(
            "case_refused",
            actor,
            reasons=reasons,
            basis=basis,
            ways_forward=[asdict(way) for way in ways],
            feedback=feedback,
            advice=list(advice),
            station=move.state.answered_station,
        )
    return advice


def decide(
    number: str,
    actor: str,
    *,
    decision: str,
    department: str | None = None,
    by: date | None = None,
    reasons: str = "",
    basis: str = "",
    ways_forward: Sequence[WayForward] = (),
    feedback: str = "",
    seen: int | None = None,
) -> tuple[str, ...]:
    """Decide as a city leader: do, do with conditions, or refuse (requirement 30).

    A "do" returns the case to station 1 of the named department, which owes the client
    feedback by the given day. Return phrases advised against, for a refusal.
    """
    with moving_all([number], "decide", actor, seen) as moves:
        move = moves[0]
        require_holder(move, actor)
        if decision not in DECISIONS:
            raise RuleError(
                "decision", _("A decision is one of: {names}.").format(names=", ".join(DECISIONS))
            )
        if decision == "refuse":
            return _refuse(moves, actor, reasons, basis, ways_forward, feedback)
        require_words(_("requirement 30"), department=department, by=by.isoformat() if by else None)
        if decision == "do_with_conditions":
            require_words(_("requirement 30"), reasons=reasons)
        assert department and by
        _hand_down(move, actor, decision, department, by, reasons)
        return ()


def _hand_down(move: Move, actor: str, decision: str, name: str, by: date, reasons: str) -> None:
    code = people.find_department(name, move.now)
    if code is None:
        near = ", ".join(people.directory(move.now).closest(name))
        raise BadInputError(
            _("No department is called {name}. Closest: {near}.").format(name=name, near=near)
        )
    view = people.department(code)
    if view and view.kind == LEADERS:
        raise RuleError(
            "decision",
            _("The city's leaders hand a case back to a department, not to themselves."),
            _("Name the department that is to do it."),
        )
    move.leave("decided", note=reasons or None)
    state = move.state
    state.department, state.section = code, None
    if code == state.fio_department:
        state.section = people.home_section(state.fio, code, move.now)
    # Nobody is leaving: whoever decided may also sit at the station that it goes to.
    state.holder = None
    landing = move.land(1)
    move.climb(landing)
    _promise(move, by)
    move.record(
        "case_decided",
        actor,
        decision=decision,
        department=code,
        by=by.isoformat(),
        reasons=reasons,
        holder=state.holder,
        passed=landing.passed_json(),
    )


def answer(move: Move, actor: str, outcome: str, note: str) -> None:
    """End a case with an answer; it closes after ten working days unless reopening is asked."""
    station = move.current.station
    move.leave({"refused": "declined"}.get(outcome, "resolved"), note=note)
    state = move.state
    state.status, state.outcome = "answered", outcome
    state.station = state.holder = None
    state.request = state.guided_to = None
    state.answered_at, state.answered_by, state.answered_station = move.now, actor, station
    state.grade, state.reopen_requested = None, False
