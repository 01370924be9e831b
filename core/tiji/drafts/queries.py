"""Find what somebody has typed and not yet sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from tiji.db import ask, db, rows
from tiji.drafts.model import DraftRow
from tiji.runtime import runtime

_DRAFT = DraftRow.__table__
_ONE = select(_DRAFT).where(_DRAFT.c.owner == bindparam("owner"), _DRAFT.c.key == bindparam("key"))


@dataclass(frozen=True, slots=True)
class Draft:
    """Hold a form's fields as they were typed; ``seen`` is the case's version at that time."""

    key: str
    fields: dict[str, list[str]]
    seen: int | None
    saved_at: datetime


def draft_of(owner: str, key: str) -> Draft | None:
    """Give the draft of one form, if there is one."""
    found = rows(ask(_ONE, {"owner": owner, "key": key}))
    return _read(found[0]) if found else None


def drafts_of_case(owner: str, number: str) -> dict[str, Draft]:
    """Give somebody's drafts about a case, by action."""
    mine = select(_DRAFT).where(_own(owner), _DRAFT.c.key.startswith(f"{number}/", autoescape=True))
    return {row["key"].partition("/")[2]: _read(row) for row in rows(db.session.execute(mine))}


def _own(owner: str) -> Any:
    return _DRAFT.c.owner == owner


def _read(row: dict[str, Any]) -> Draft:
    fields = runtime().cipher.open(row["sealed"])["fields"]
    return Draft(row["key"], fields, row["seen"], row["saved_at"])
