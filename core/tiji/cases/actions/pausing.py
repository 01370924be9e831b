"""Stop and restart both clocks, and ask the station above for days or a long pause."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from tiji.cases import kinds
from tiji.cases.move import Move
from tiji.cases.moving import moving, require_holder, require_seat
from tiji.cases.rules import PAUSE_DAYS, PAUSE_REASONS, require_words
from tiji.clock import local
from tiji.errors import RuleError
from tiji.i18n import _
from tiji.people import queries as people


def pause(number: str, actor: str, *, reason: str, until: date, seen: int | None = None) -> bool:
    """Stop both clocks until the end of a day; return False where that must first be granted.

    Up to ten working days it acts at once and the station above is told; a longer pause is a
    request to that station (I8, I10). A stay that goes up by itself cannot be paused once it
    is overdue; elsewhere the pause does not move a limit that is over.
    """
    with moving(number, "pause", actor, seen) as move:
        require_holder(move, actor)
        if reason not in PAUSE_REASONS:
            raise RuleError(
                "pause-reason",
                _("A pause has one of these reasons: {names}.").format(
                    names=", ".join(PAUSE_REASONS)
                ),
            )
        ends = _end_of(move, until)
        days = move.desk.calendar.count_working_days(local(move.now).date(), until)
        if days > PAUSE_DAYS:
            _ask(move, actor, "pause_requested", {"what": "pause", "until": until.isoformat(),
                                                  "reason": reason})  # fmt: skip
            return False
        _stop(move, ends)
        told = _above(move)
        move.record("case_paused", actor, reason=reason, until=until.isoformat(), told=told)
        return True


def _end_of(move: Move, until: date) -> datetime:
    """Give the last office minute of a pause's last day, on a rest day too: it excuses no more."""
    ends = move.desk.calendar.close_of(until).astimezone(UTC)
    if ends <= move.now:
        raise RuleError(
            "pause-past",
            _("The day {day} is over; a pause ends later.").format(day=until.isoformat()),
            _("Give --until a day from {today} on.").format(today=local(move.now).date()),
        )
    return ends


def _stop(move: Move, ends: datetime) -> None:
    if move.ladder.station(move.current.station).on_timeout == "escalate":
        _require_in_time(move, "pause")
    move.record_missed()
    state = move.state
    state.paused_from, state.status, state.pause_until = state.status, "paused", ends
    state.pauses = [*state.pauses, [move.now.isoformat(), ends.isoformat()]]


def resume(number: str, actor: str, *, seen: int | None = None) -> None:
    """Let both clocks run again before the pause's end."""
    with moving(number, "resume", actor, seen) as move:
        require_holder(move, actor)
        move.end_pause(actor)


def extend(number: str, actor: str, *, days: int, reason: str, seen: int | None = None) -> None:
    """Ask the station above for more working days, before the limit is over."""
    with moving(number, "extend", actor, seen) as move:
        require_holder(move, actor)
        require_words(_("an extension gives its reason"), reason=reason)
        if not 1 <= days <= 60:
            raise RuleError("extend-days", _("Ask for 1 to 60 working days."))
        _require_in_time(move, "extend")
        _ask(move, actor, "extension_requested", {"what": "extend", "days": days,
                                                  "reason": reason})  # fmt: skip


def grant(number: str, actor: str, *, seen: int | None = None) -> None:
    """Grant what the station below asked for; never one's own request (I10)."""
    with moving(number, "grant", actor, seen) as move:
        request = _require_request(move, actor)
        move.state.request = None
        if request["what"] == "pause":
            ends = _end_of(move, date.fromisoformat(request["until"]))
            if move.state.status == "paused":
                move.end_pause(actor)
            _stop(move, ends)
        else:
            _require_in_time(move, "grant")
            move.current.extra_days += request["days"]
            move.current.warned_at = None
        move.record(
            "request_granted",
            actor,
            what=request["what"],
            **{key: request[key] for key in ("days", "until") if key in request},
        )


def deny(number: str, actor: str, *, reason: str, seen: int | None = None) -> None:
    """Deny what the station below asked for, with a reason."""
    require_words(_("a denial gives its reason"), reason=reason)
    with moving(number, "deny", actor, seen) as move:
        request = _require_request(move, actor)
        move.state.request = None
        move.record("request_denied", actor, what=request["what"], reason=reason)


def _require_in_time(move: Move, action: str) -> None:
    stay = move.current
    if stay.due_at and move.now > stay.due_at:
        raise RuleError(
            "overdue",
            _("{action} is possible only before the limit is over.").format(action=action),
            _("Answer the case, or take it up."),
        )


def _above(move: Move) -> str | None:
    """Name the officer at the next held station above who is not the holder (I10)."""
    for no in range(move.current.station + 1, move.ladder.top + 1):
        seat = move.seat(no)
        if seat and seat.officer != move.state.holder:
            return seat.officer
    return None


def _ask(move: Move, actor: str, kind: str, request: dict[str, Any]) -> None:
    if move.state.request:
        raise RuleError(
            "request-pending",
            _("A request waits for the station above already."),
            _("It grants or denies that one first."),
        )
    asked = _above(move)
    if asked is None:
        raise RuleError(
            "nobody-above", _("There is no station above that could grant this."),
            _("Decide the case, or pause it for ten working days at most."),
        )  # fmt: skip
    request = kinds.masked(request)
    move.state.request = {**request, "by": actor, "asked": asked}
    move.record(kind, actor, asked=asked, **{k: v for k, v in request.items() if k != "what"})


def _require_request(move: Move, actor: str) -> dict[str, Any]:
    request = move.state.request
    if not request:
        raise RuleError("no-request", _("No request waits for an answer on this case."))
    message = _("The request of {by} is decided by the station above.").format(by=request["by"])
    if actor in (request["by"], move.state.holder):
        raise RuleError(
            "own-request",
            _("Nobody decides their own request."),
            _("{who} decides it.").format(who=request["asked"]),
        )
    if actor != request["asked"] and not people.may_act_for(actor, request["asked"], move.now):
        above = range(move.current.station + 1, move.ladder.top + 1)
        require_seat(move, actor, list(above)[:1], "not-above", message)
    return request
