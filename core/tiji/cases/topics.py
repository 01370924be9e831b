"""Cases on a plugin's list: those that a viewer may see, shown as all lists show them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, select

from tiji.accounts.rules import Viewer
from tiji.cases.inbox import listed
from tiji.cases.lanes import shown_query
from tiji.cases.model import CaseRow
from tiji.cases.sight import visible
from tiji.db import db, rows

_ID = CaseRow.__table__.c.id
_SHOWN = shown_query(
    select(_ID).where(_ID.in_(bindparam("ids", expanding=True))).subquery("wanted")
)


def only_seen(query: Select[Any], case_id: ColumnElement[int], viewer: Viewer) -> Select[Any]:
    """Narrow a query over rows of cases to the cases that a viewer may see (S2)."""
    return query.join(CaseRow, case_id == _ID).where(visible(viewer))


def shown_cases(ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Give cases as lists show them, by id, in three statements however many they are."""
    found = rows(db.session.execute(_SHOWN, {"ids": list(ids)}))
    return {row["id"]: shown for row, shown in zip(found, listed(found), strict=True)}
