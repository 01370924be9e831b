"""Cases about the same: one takes another in, or one answer serves many."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from tiji.cases.model import CaseRow
from tiji.cases.move import Move
from tiji.cases.moving import moving_all, require_seat
from tiji.cases.rules import require_words
from tiji.db import db
from tiji.errors import RuleError
from tiji.i18n import _
from tiji.people import queries as people


def merge(number: str, actor: str, *, into: str, reason: str, seen: int | None = None) -> None:
    """Let a case be taken in by another that is about the same; both stay readable.

    Its client gets the other's answer. Only a superior of both holders may. Its parties, its
    bureau's records and its log stay with it, and are found through the case that took it in.
    """
    require_words(_("a merger gives its reason"), into=into, reason=reason)
    final = last_of(into)
    if final == number.strip().upper():
        raise RuleError("merge", _("A case cannot be taken in by itself."))
    with moving_all([number, final], "merge", actor, seen) as (move, other):
        _require_superior(move, actor)
        _require_superior(other, actor)
        move.leave("merged", note=reason)
        move.state.status, move.state.merged_into = "closed", other.id
        move.state.station = move.state.holder = move.state.request = None
        move.state.guided_to = move.state.paused_from = None
        move.state.closed_at = move.now
        move.record("case_merged", actor, into=other.number, reason=reason)
        other.record("case_took_in", actor, number=move.number, reason=reason)


def group(
    number: str, actor: str, *, cases: Sequence[str], reason: str = "", seen: int | None = None
) -> None:
    """Let one answer serve many cases: when this one is answered, so are they (every client).

    Only a superior of every holder may. A case that may not be refused at its station is not
    refused with the others: it stays where it is.
    """
    if not cases:
        raise RuleError("group", _("Name the cases that share the answer."))
    wanted = list(dict.fromkeys(case.strip().upper() for case in cases))
    if number.strip().upper() in wanted:
        raise RuleError("group", _("A case shares its own answer already."))
    with moving_all([number, *wanted], "group", actor, seen) as moves:
        lead, *others = moves
        for move in moves:
            _require_superior(move, actor)
        if lead.state.grouped_with:
            raise RuleError("group", _("{case} follows another case.").format(case=lead.number))
        for move in others:
            move.state.grouped_with = lead.id
            move.record("case_grouped", actor, **{"with": lead.number, "reason": reason})


def _require_superior(move: Move, actor: str) -> None:
    """Pass who sits above the case's station in its line; a city leader for the highest."""
    here = move.current.station
    message = _("Only a superior of who holds {case} may join it.").format(case=move.number)
    if here == move.ladder.top:
        if actor in {seat.officer for seat in people.city_leaders(move.now)}:
            return
        raise RuleError("not-superior", message)
    require_seat(move, actor, range(here + 1, move.ladder.top + 1), "not-superior", message)


def last_of(number: str) -> str:
    """Follow a case through those that took it in, to the one that stands for all."""
    wanted = number.strip().upper()
    columns = (CaseRow.number, CaseRow.merged_into)
    row = db.session.execute(select(*columns).where(CaseRow.number == wanted)).first()
    while row and row.merged_into:
        row = db.session.execute(select(*columns).where(CaseRow.id == row.merged_into)).first()
    db.session.rollback()
    return row.number if row else wanted
