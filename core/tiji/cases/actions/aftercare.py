"""What is said and done around a case: comments, handover, the client's word, reopening."""

from __future__ import annotations

from sqlalchemy import select

from tiji.cases.actions.reseating import reseat
from tiji.cases.model import StayRow
from tiji.cases.move import Move
from tiji.cases.moving import moving, require_seat
from tiji.cases.rules import BAD_GRADES, check_grade, require_words
from tiji.errors import BadInputError, RuleError
from tiji.i18n import _
from tiji.people import queries as people


def comment(
    number: str, actor: str, *, text: str, public: bool = False, seen: int | None = None
) -> None:
    """Add a remark; it never moves a deadline (I8). Only parties to the case may."""
    require_words(_("a comment has words"), text=text)
    with moving(number, "comment", actor, seen) as move:
        require_party(move, actor)
        move.record("case_commented", actor, text=text, public=public)


def require_party(move: Move, actor: str) -> None:
    """Pass who held the case, its first-inquiry officer, the guided unit and the line above.

    Raises RuleError for anybody else.
    """
    state = move.state
    held = move.desk.session.scalars(select(StayRow.holder).where(StayRow.case_id == move.id))
    if actor in (state.fio, state.holder, state.answered_by, *held):
        return
    if state.guided_to and people.in_department(actor, state.guided_to, move.now):
        return
    if state.holder and people.may_act_for(actor, state.holder, move.now):
        return
    line = range(1, move.ladder.top + 1)
    require_seat(
        move, actor, list(line), "not-a-party", _("{who} is no party to it.").format(who=actor)
    )


def handover(number: str, actor: str, *, to: str, reason: str, seen: int | None = None) -> None:
    """Give a case another first-inquiry officer of the same department (I5)."""
    require_words(_("a handover gives its reason"), to=to, reason=reason)
    with moving(number, "handover", actor, seen) as move:
        state = move.state
        _require_head(move, actor)
        if people.officer(to) is None:
            raise BadInputError(
                _("No officer has the code {code}; see `tiji org show`.").format(code=to)
            )
        if to == state.fio or not people.in_department(to, state.fio_department, move.now):
            raise RuleError(
                "handover",
                _("The case goes to another officer of {department}.").format(
                    department=state.fio_department
                ),
            )
        old, state.fio = state.fio, to
        if move.current.holder == old and move.current.station == 1:
            move.current.holder = state.holder = to
            move.current.taken_at = move.current.acting_for = None
            state.section = people.home_section(to, state.department, move.now)
        move.record("officer_changed", actor, **{"from": old, "to": to, "reason": reason})


def _require_head(move: Move, actor: str) -> None:
    head = people.seat_holder(4, move.state.fio_department, None, move.now)
    if head and (actor == head.officer or people.may_act_for(actor, head.officer, move.now)):
        return
    raise RuleError(
        "not-head",
        _("Only the head of {department} hands a case over.").format(
            department=move.state.fio_department
        ),
        _("It is for: {who}.").format(who=head.officer if head else "-"),
    )


def withdraw(number: str, actor: str, *, text: str = "", seen: int | None = None) -> None:
    """Record that the client takes the case back; never by an officer who answered it (I29)."""
    with moving(number, "withdraw", actor, seen) as move:
        _require_not_answerer(move, actor, "withdraw")
        state = move.state
        move.leave("withdrawn", note=text or None)
        state.status = "withdrawn"
        state.station = state.holder = state.request = state.guided_to = None
        state.paused_from = None
        state.closed_at = move.now
        move.record("case_withdrawn", actor, text=text)


def rate(
    number: str,
    actor: str,
    *,
    grade: int,
    text: str = "",
    told_no: bool = False,
    seen: int | None = None,
) -> None:
    """Record the client's grade, 5 to 1; a bad one asks to reopen (requirement 33, I29).

    ``told_no`` says that somebody told the client no on the way, which only station 4 may.
    """
    check_grade(grade)
    with moving(number, "rate", actor, seen) as move:
        _require_not_answerer(move, actor, "rate")
        state = move.state
        if state.grade is not None:
            raise RuleError("rated", _("This answer was rated already."))
        state.grade = grade
        move.record(
            "case_rated",
            actor,
            grade=grade,
            text=text,
            reopen_requested=grade in BAD_GRADES,
            **({"told_no": True} if told_no else {}),
        )
        if grade in BAD_GRADES:
            state.reopen_requested = True
            move.record("reopen_requested", actor, grade=grade)


def _require_not_answerer(move: Move, actor: str, action: str) -> None:
    """Keep those away who answered, in whose name it was, and who promised an answer."""
    state, stay = move.state, move.current
    named = actor in (stay.holder, stay.acting_for)
    if actor == state.answered_by or (named and state.status in ("answered", "in_progress")):
        raise RuleError(
            "assessed",
            _("Who answered a case does not {action} for its client.").format(action=action),
            _("Another officer records the client's words."),
        )


def reopen(number: str, actor: str, *, reason: str, seen: int | None = None) -> None:
    """Open an answered or closed case again, as the superior of who answered (I7).

    The new stay is at the station that answered; the second time, one above.
    """
    require_words(_("reopening gives its reason"), reason=reason)
    with moving(number, "reopen", actor, seen) as move:
        state = move.state
        station = state.answered_station
        if station is None:
            raise RuleError("history", _("It was closed before it was imported."),
                            _("Open a new case."))  # fmt: skip
        if state.erased_at:
            raise RuleError("erased", _("Its personal data were erased: nobody could be answered."),
                            _("Open a new case."))  # fmt: skip
        _require_superior(move, actor, station)
        state.holder = None
        start = station if state.reopened == 0 else min(station + 1, move.ladder.top)
        landing = move.land(start)
        state.reopened += 1
        state.outcome = state.answered_at = state.answered_by = state.answered_station = None
        state.close_at = state.closed_at = state.grade = None
        state.reopen_requested = False
        state.client_from, state.client_missed_at = move.now, None
        move.climb(landing)
        move.record(
            "case_reopened",
            actor,
            reason=reason,
            station=landing.station,
            holder=landing.seat.officer,
            passed=landing.passed_json(),
        )
        # Officers may have left while the case was closed.
        reseat([move], move.desk)


def _require_superior(move: Move, actor: str, station: int) -> None:
    message = _("Only a superior of station {no}, which answered, reopens it.").format(no=station)
    if actor == move.state.answered_by:
        raise RuleError("not-superior", message, _("Ask the station above."))
    if station == move.ladder.top:
        # Nobody stands above the city's leaders: another one of them takes it up.
        if actor in {seat.officer for seat in people.city_leaders(move.now)}:
            return
        raise RuleError("not-superior", message, _("Another city leader may."))
    require_seat(move, actor, range(station + 1, move.ladder.top + 1), "not-superior", message)
