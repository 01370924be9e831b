"""Let a bureau record an event of its own in a case's log, with its own rows, in one commit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from tiji.cases.model import CaseRow
from tiji.cases.moving import load_moves, moving, new_desk, require_officer, store
from tiji.cases.state import OPEN
from tiji.plugins.types import CaseView


@contextmanager
def recording(number: str, actor: str, kind: str, **data: Any) -> Iterator[CaseView]:
    """Open the transaction in which a plugin writes its own rows, and record the event in it.

    ``kind`` and the names in ``data`` are those that the plugin's bureau declares as ``events``.
    The case itself does not change. Raises what every action raises: BadInputError,
    ConflictError, RuleError.
    """
    with moving(number, "record", actor) as move:
        yield move.view()
        move.record(kind, actor, **data)


def record_in_bulk(
    session: Session, case_ids: Sequence[int], actor: str, kind: str, **data: Any
) -> list[str]:
    """Record one event in each of many open cases, inside the caller's transaction.

    A few statements however many they are: take a hundred at a time. Cases that are over are
    passed by. Return the numbers of the cases that carry the event now.
    """
    require_officer(actor)
    condition = CaseRow.id.in_(case_ids) & CaseRow.status.in_(OPEN)
    moves = load_moves(new_desk(session), condition, max(1, len(case_ids)), by_id=True)
    for move in moves:
        move.record(kind, actor, **data)
    store(session, moves)
    # What a bureau records in many cases at once is no officer's work on one of them: a ledger
    # may still bring the untouched ones up to date.
    untouched = CaseRow.source_version == CaseRow.version - 1
    session.execute(
        update(CaseRow)
        .where(CaseRow.id.in_([move.id for move in moves]), untouched)
        .values(source_version=CaseRow.version)
    )
    return [move.number for move in moves]
