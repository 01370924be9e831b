"""Take a case up: by judgement at stations 1 to 3, by proposal from the principal."""

from __future__ import annotations

from tiji.cases.move import Move
from tiji.cases.moving import moving, require_holder
from tiji.cases.rules import (
    JUDGEMENTS,
    Landing,
    check_escalation,
    check_proposal,
    require_words,
)
from tiji.errors import RuleError
from tiji.i18n import _


def escalate(
    number: str,
    actor: str,
    *,
    why: str,
    judgement: str,
    suggestion: str,
    seen: int | None = None,
) -> None:
    """Pass a case up exactly one station with the holder's analysis (requirements 14 to 21)."""
    with moving(number, "escalate", actor, seen) as move:
        check_escalation(move.ladder, move.current.station)
        require_holder(move, actor)
        require_words(_("requirement 2"), why=why, judgement=judgement, suggestion=suggestion)
        if judgement not in JUDGEMENTS:
            raise RuleError(
                "judgement",
                _("A judgement is one of: {names}.").format(names=", ".join(JUDGEMENTS)),
            )
        go_up(move, actor, "judgement", why=why, judgement=judgement, suggestion=suggestion)


def go_up(move: Move, actor: str, reason: str, **analysis: str) -> Landing:
    """Move a case one station up and record it; ``reason`` is ``judgement`` or ``timeout``."""
    here = move.current.station
    landing = move.land(here + 1)
    move.leave(
        "escalated" if reason == "judgement" else "timeout",
        judgement=analysis.get("judgement"),
        note=analysis.get("why"),
    )
    move.climb(landing)
    move.record(
        "case_escalated",
        actor,
        reason=reason,
        **analysis,
        from_station=here,
        to_station=landing.station,
        passed=landing.passed_json(),
        holder=landing.seat.officer,
    )
    return landing


def propose(number: str, actor: str, *, proposal: str, seen: int | None = None) -> None:
    """Take a feasibility proposal to the city's leaders (requirement 27)."""
    with moving(number, "propose", actor, seen) as move:
        check_proposal(move.ladder, move.current.station)
        require_holder(move, actor)
        require_words(_("requirement 27"), proposal=proposal)
        landing = move.land(move.current.station + 1)
        move.leave("proposed", note=proposal)
        move.climb(landing)
        move.record(
            "case_proposed",
            actor,
            proposal=proposal,
            to_station=landing.station,
            passed=landing.passed_json(),
            holder=landing.seat.officer,
        )
