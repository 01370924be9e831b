"""Cases on a plugin's list: those that a viewer may see, shown as all lists show them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, select

from tiji.accounts.rules import Viewer
from tiji.cases.inbox import listed
from tiji.cases.lanes import shown_query
from tiji.cases.model import CaseRow
from tiji.cases.sight import visible
from tiji.db import db, rows

_ID = CaseRow.__table__.c.id
_SHOWN = shown_query(
    select(_ID).where(_ID.in_(bindparam("seen", expanding=True))).subquery("wanted")
)


def seen_cases(ids: Iterable[int], viewer: Viewer) -> dict[int, dict[str, Any]]:
    """Give those of some cases that a viewer may see, by id, as lists show them.

    A few statements however many they are.
    """
    seen = db.session.scalars(select(_ID).where(_ID.in_(list(ids)), visible(viewer)))
    found = rows(db.session.execute(_SHOWN, {"seen": list(seen)}))
    return {row["id"]: shown for row, shown in zip(found, listed(found), strict=True)}
