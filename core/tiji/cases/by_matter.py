"""How many open cases each matter has, and at which station they stand."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import func, select

from tiji.accounts.rules import Viewer
from tiji.cases.model import CaseRow
from tiji.cases.sight import visible
from tiji.cases.state import END_OF_DAYS
from tiji.db import db

_CASE = CaseRow.__table__


def open_by_matter(viewer: Viewer, code: str | None = None) -> dict[str, dict[int, int]]:
    """Count the open cases that a viewer may see, by matter and station; ``code`` names one.

    It costs what the open cases are, not what the archive holds.
    """
    query = (
        select(_CASE.c.matter, _CASE.c.station, func.count())
        .where(_CASE.c.order_at < END_OF_DAYS, _CASE.c.station.is_not(None), visible(viewer))
        .group_by(_CASE.c.matter, _CASE.c.station)
    )
    if code is not None:
        query = query.where(_CASE.c.matter == code)
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for matter, station, count in db.session.execute(query):
        found[matter][station] = count
    return found
