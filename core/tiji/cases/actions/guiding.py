"""Acknowledge a case, and guide a client on to the unit in charge."""

from __future__ import annotations

from tiji.cases.move import Move
from tiji.cases.moving import moving, require_holder
from tiji.cases.rules import Seated, require_words
from tiji.errors import RuleError
from tiji.i18n import _
from tiji.people import queries as people


def take(number: str, actor: str, *, seen: int | None = None) -> None:
    """Acknowledge a case (签收): its holder has it in hand (requirement 33)."""
    with moving(number, "take", actor, seen) as move:
        require_holder(move, actor)
        if move.current.taken_at:
            raise RuleError("taken", _("The case was acknowledged already at this station."))
        move.current.taken_at = move.now
        move.record("case_taken", actor, station=move.current.station)


def guide(
    number: str, actor: str, *, who: str, where: str, contact: str, seen: int | None = None
) -> None:
    """Tell the client who is in charge and where to go, and make contact (requirement 1).

    The unit is found in ``who``, else in ``where``. The first-inquiry officer stays the owner
    until that unit accepts; a unit outside the organisation cannot, so the officer completes.
    """
    require_words(_("requirement 1"), who=who, where=where, contact=contact)
    with moving(number, "guide", actor, seen) as move:
        require_holder(move, actor)
        if move.ladder.station(move.current.station).role != "first":
            raise RuleError(
                "guide",
                _("Only station 1 guides a client on."),
                _("Assess the case here: agree, or escalate."),
            )
        unit = _unit(move, who) or _unit(move, where)
        if unit == move.state.department:
            raise RuleError(
                "guide",
                _("{unit} is your own department; it cannot be guided there.").format(unit=unit),
                _("Agree, or escalate to the next station."),
            )
        move.state.status, move.state.guided_to = "guided", unit
        move.record("case_guided", actor, who=who, where=where, contact=contact, unit=unit)


def accept(number: str, actor: str, *, seen: int | None = None) -> None:
    """Take over a case that was guided to the actor's unit; it goes on at station 1 there.

    The first-inquiry officer stays the same and follows the case to its end (requirement 31).
    """
    with moving(number, "accept", actor, seen) as move:
        unit = _require_unit(move, actor)
        move.leave("guided")
        state = move.state
        seats = [s for s in people.seats_of(actor, move.now) if s.station == 1]
        own = next((s for s in seats if s.department == unit), None)
        state.department, state.section = unit, own.section if own else None
        if own is None and unit == state.fio_department:
            state.section = people.home_section(state.fio, unit, move.now)
        seat = Seated(actor, own.section, own.acting_for) if own else move.seat(1)
        if seat is None:
            raise RuleError(
                "no-holder", _("{unit} has no first-inquiry officer.").format(unit=unit)
            )
        state.section = seat.section
        move.enter(1, seat)
        other = {"holder": seat.officer} if seat.officer != actor else {}
        move.record("guidance_accepted", actor, unit=unit, station=1, **other)


def decline(number: str, actor: str, *, reason: str, seen: int | None = None) -> None:
    """Send a guided case back to its first officer; counted as a return (requirement 12)."""
    require_words(_("requirement 12"), reason=reason)
    with moving(number, "decline", actor, seen) as move:
        unit = _require_unit(move, actor)
        state = move.state
        state.status, state.guided_to, state.returns = "open", None, state.returns + 1
        move.record("guidance_declined", actor, unit=unit, reason=reason, returns=state.returns)


def _unit(move: Move, text: str) -> str | None:
    return people.find_department(text, move.now) or people.mentioned_department(text, move.now)


def _require_unit(move: Move, actor: str) -> str:
    unit = move.state.guided_to
    if unit is None:
        raise RuleError(
            "guided-outside",
            _("The client was guided to a unit outside the organisation; nobody accepts here."),
            _("Its first-inquiry officer completes the case with --outcome guided."),
        )
    if not people.in_department(actor, unit, move.now):
        raise RuleError(
            "not-the-unit",
            _("The client was guided to {unit}; {actor} holds no post there.").format(
                unit=unit, actor=actor
            ),
            _("An officer of that unit accepts or declines."),
        )
    return unit
