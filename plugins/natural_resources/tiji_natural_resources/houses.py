"""Households as the estate's page shows them: floor by floor, row by row, and one by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select

from tiji.api import BadInputError, case_view, db
from tiji.api.pages import seen_cases
from tiji_natural_resources import queries
from tiji_natural_resources.models import Household
from tiji_natural_resources.rules import ESTATE, floors, read_code
from tiji_natural_resources.words import say

#: So many households are accepted at a time.
MOST = 200


def place(building: str, unit: str, room: str) -> str:
    """Name a household's place inside its estate as people say it."""
    parts = [say("{name} 号楼", "Building {name}", name=building)]
    if unit:
        parts.append(say("{name} 单元", "unit {name}", name=unit))
    if room:
        parts.append(room)
    return " ".join(parts)


def floor_rows(unit: Mapping[str, Any]) -> list[list[dict[str, Any] | None]]:
    """Put a unit's households on their floors, the highest first, all rows of one length."""
    by_room: dict[str, list[dict[str, Any]]] = {}
    for cell in unit["rooms"]:
        by_room.setdefault(cell["room"], []).append(cell)
    found: list[list[dict[str, Any] | None]] = [
        [cell for room in rooms for cell in by_room[room]] for _floor, rooms in floors(by_room)
    ]
    widest = min(max((len(row) for row in found), default=0), 8)
    return [row + [None] * (widest - len(row)) for row in found]


def rows(estate: Mapping[str, Any], state: str = "", building: str = "") -> list[dict[str, Any]]:
    """Give an estate's households one by one, in a state or a building if one is named."""
    return [
        {"building": part["building"], "unit": unit["unit"], **cell}
        for part in estate["buildings"]
        if building in ("", part["building"])
        for unit in part["units"]
        for cell in unit["rooms"]
        if state in ("", cell["state"])
    ]


def house(estate: Mapping[str, Any], number: str) -> dict[str, Any]:
    """Give one household of an estate with what blocks it; ``case`` only if it may be seen.

    Raises BadInputError where the estate has no such household.
    """
    row = next((row for row in rows(estate) if row["case"] == number.strip().upper()), None)
    if row is None:
        raise BadInputError(
            say("{estate}没有这一户。", "{estate} has no such household.", estate=estate["name"])
        )
    case_id = case_view(row["case"]).id
    known = queries.household(case_id)
    return {
        **row,
        "blocked_by": known["blocked_by"] if known else [],
        "shown": seen_cases([case_id]).get(case_id),
    }


def acceptable(
    estate: Mapping[str, Any], chosen: Collection[str], holders: Collection[str]
) -> tuple[list[dict[str, Any]], list[tuple[dict[str, Any], str]]]:
    """Part households into those that can be accepted now, and others with the reason.

    Without any chosen, all that can apply and are held by ``holders`` are meant. No more than
    MOST at a time.
    """
    held = _held_ready(estate, holders)
    meant = set(chosen) or held
    wanted = [row for row in rows(estate) if row["case"] in meant][:MOST]
    ready = [row for row in wanted if row["case"] in held]
    return ready, [(row, _why_not(row["state"])) for row in wanted if row["case"] not in held]


def count_acceptable(estate: Mapping[str, Any], holders: Collection[str]) -> int:
    """Count the households that could be accepted at once."""
    return min(len(_held_ready(estate, holders)), MOST)


def _held_ready(estate: Mapping[str, Any], holders: Collection[str]) -> set[str]:
    """Give the cases of households that can apply, and that one of the officers holds."""
    ready = select(Household.case_id).where(
        Household.estate_id == read_code(ESTATE, estate["code"]),
        Household.state == "ready",
        Household.blockers == 0,
    )
    views = queries.views_of(db.session.scalars(ready).all())
    return {view.number for view in views.values() if view.holder in holders}


def _why_not(state: str) -> str:
    if state == "accepted":
        return say("已经受理", "accepted already")
    if state != "ready":
        return say("还不能申请", "cannot apply yet")
    return say("不在您手上，由经办人受理", "not yours: its holder accepts it")
