"""One action on many cases, each in a transaction of its own: what goes wrong stops no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tiji.cases import actions
from tiji.db import db
from tiji.errors import BadInputError, ConflictError, RuleError

#: What may be done to many at once: nothing that one client alone is told.
TOGETHER = ("take", "escalate", "handover", "comment")


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one case: ``why`` says why nothing was done, if so."""

    number: str
    why: str = ""


def do_each(
    action: str, actor: str, cases: Sequence[tuple[str, int]], words: dict[str, Any]
) -> list[Done]:
    """Take an action of TOGETHER on cases, given with the version that was seen of each."""
    if action not in TOGETHER:
        raise BadInputError(action)
    return [Done(number, _do(action, actor, number, seen, words)) for number, seen in cases]


def _do(action: str, actor: str, number: str, seen: int, words: dict[str, Any]) -> str:
    try:
        getattr(actions, action)(number, actor, **words, seen=seen)
    except (RuleError, ConflictError, BadInputError) as error:
        db.session.rollback()
        return str(error)
    return ""
