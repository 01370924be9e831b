"""Which cases somebody may see, and which he or she handles: one filter for pages and lists (S6).

A case is seen in the departments that it passed through, by who was asked first, by its holder,
by the city's leaders and the efficiency office. What may not be seen looks as if it were not there.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select, true

from tiji.accounts.rules import Viewer
from tiji.cases.model import CaseRow, StayRow
from tiji.cases.queries import plain_number, whole_case
from tiji.db import ask, rows
from tiji.errors import AbsentError
from tiji.i18n import _

_CASE = CaseRow.__table__
_STAY = StayRow.__table__


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """Select the cases that a viewer may see."""
    if viewer.sees_all:
        return true()
    offices, holders = viewer.departments, viewer.holders
    passed = exists(
        select(1).where(
            _STAY.c.case_id == _CASE.c.id,
            or_(_STAY.c.department.in_(offices), _STAY.c.holder.in_(holders)),
        )
    )
    return or_(
        _CASE.c.department.in_(offices),
        _CASE.c.fio_department.in_(offices),
        _CASE.c.fio.in_(holders),
        _CASE.c.guided_to.in_(offices),
        passed,
    )


def seen_case(number: str, viewer: Viewer) -> dict[str, Any]:
    """Give a case that a viewer may see, as case_row does; AbsentError for any other."""
    found = rows(ask(_seen_query(viewer), {"number": plain_number(number)}))
    if not found:
        raise AbsentError(_("There is no case {number} for you.").format(number=number))
    return found[0]


@lru_cache(maxsize=512)
def _seen_query(viewer: Viewer) -> Select[Any]:
    return whole_case().where(visible(viewer))


def handles(viewer: Viewer, case: dict[str, Any]) -> bool:
    """Tell whether a viewer handles a case: holds it, was asked first, or heads its department."""
    return (
        case["holder"] in viewer.holders
        or case["fio"] in viewer.holders
        or viewer.heads(case["department"])
    )
