"""Read estates: their progress by building and unit, their grid, and what blocks them.

Progress is counted over the households of the estates asked for, from one index.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import case, func, select

from tiji.api import BadInputError, CaseView, case_views, db, iso
from tiji_natural_resources.models import Blocker, Estate, Hold, Household
from tiji_natural_resources.rules import (
    BLOCKER,
    ESTATE,
    OVER,
    code_of,
    count_up,
    natural_order,
    read_code,
    shown_state,
)
from tiji_natural_resources.words import say

MOST = 500


class Tally(NamedTuple):
    """Count the households of one unit of an estate that stand in one state."""

    estate_id: int
    building: str
    unit: str
    state: str
    households: int


def tallies(estate_ids: Collection[int]) -> list[Tally]:
    """Count households by estate, building, unit and shown state, buildings as people count."""
    place = (Household.estate_id, Household.building, Household.unit)
    columns = (*place, Household.state, Household.blockers)
    found = db.session.execute(
        select(*columns, func.count()).where(Household.estate_id.in_(estate_ids)).group_by(*columns)
    )
    counted = [
        Tally(estate, building, unit, shown_state(state, blockers > 0), households)
        for estate, building, unit, state, blockers, households in found
    ]
    return sorted(
        counted, key=lambda t: (t.estate_id, natural_order(t.building), natural_order(t.unit))
    )


def estates(limit: int = 50, after: str | None = None, wanted: str = "") -> dict[str, Any]:
    """Give a page of estates by code with their progress, and the last code as next.

    ``wanted`` is a part of the name. Raises BadInputError for an ``after`` that is no estate's
    code.
    """
    limit = max(1, min(limit, MOST))
    query = select(Estate.__table__).order_by(Estate.id).limit(limit + 1)
    if after:
        query = query.where(Estate.id > _id_of(ESTATE, after))
    if wanted:
        query = query.where(Estate.name.contains(wanted, autoescape=True))
    found = [dict(row) for row in db.session.execute(query).mappings()]
    page = found[:limit]
    ids = [row["id"] for row in page]
    counted = {key: list(group) for key, group in groupby(tallies(ids), lambda t: t.estate_id)}
    unsolved = _unsolved(ids)
    shown = [
        {
            **_estate(row),
            **progress(counted.get(row["id"], ())),
            "blockers": unsolved.get(row["id"], 0),
        }
        for row in page
    ]
    return {"estates": shown, "next": shown[-1]["code"] if len(found) > limit else None}


def count_estates() -> int:
    """Count the estates."""
    return db.session.scalar(select(func.count()).select_from(Estate)) or 0


def estate(code: str) -> dict[str, Any]:
    """Give one estate by code or exact name: progress and grid by building and unit, blockers.

    Raises BadInputError for an unknown one.
    """
    row = _find_estate(code)
    counted = tallies([row["id"]])
    rooms = _rooms(row["id"])
    return {
        **_estate(row),
        **progress(counted),
        "buildings": [
            {
                "building": building,
                **progress(own := list(group)),
                "units": [
                    {"unit": unit, **progress(list(part)), "rooms": rooms[building, unit]}
                    for unit, part in groupby(own, lambda t: t.unit)
                ],
            }
            for building, group in groupby(counted, lambda t: t.building)
        ],
        "blockers": list(_blockers(row["id"])),
    }


def progress(counted: Sequence[Tally]) -> dict[str, Any]:
    """Say how many households there are, how many have their papers, and how the rest stand."""
    by_state = count_up((tally.state, tally.households) for tally in counted)
    households = sum(by_state.values())
    return {"households": households, "issued": by_state["issued"], "progress": by_state}


def blocker(code: str) -> dict[str, Any]:
    """Give one blocker with its estate's name, and how many households it still holds.

    Raises BadInputError for an unknown one.
    """
    found = (
        db.session.execute(
            select(Blocker.__table__, Estate.name.label("estate"))
            .join(Estate, Estate.id == Blocker.estate_id)
            .where(Blocker.id == _id_of(BLOCKER, code))
        )
        .mappings()
        .first()
    )
    if found is None:
        raise _unknown(code)
    held = select(func.count()).where(Hold.blocker_id == found["id"], Hold.released_at.is_(None))
    return {
        "id": found["id"],
        "code": code_of(BLOCKER, found["id"]),
        "title": found["title"],
        "kind": found["kind"],
        "estate": found["estate"],
        "solved_at": iso(found["solved_at"]),
        "solved_by": found["solved_by"],
        "held": db.session.scalar(held) or 0,
    }


def household(case_id: int) -> dict[str, Any] | None:
    """Give a case's household with its estate and open blockers; None where there is none."""
    found = (
        db.session.execute(
            select(Household.__table__, Estate.name.label("estate"))
            .join(Estate, Estate.id == Household.estate_id)
            .where(Household.case_id == case_id)
        )
        .mappings()
        .first()
    )
    if found is None:
        return None
    held = db.session.execute(
        select(Blocker.id, Blocker.title)
        .join(Hold, Hold.blocker_id == Blocker.id)
        .where(Hold.case_id == case_id, Hold.released_at.is_(None))
        .order_by(Blocker.id)
    )
    named = [f"{code_of(BLOCKER, id_)} {title}" for id_, title in held]
    state = shown_state(found["state"], found["blockers"] > 0)
    return {**found, "state": state, "blocked_by": [] if state in OVER else named}


def _estate(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("name", "developer", "credit_code", "address")
    return {"code": code_of(ESTATE, row["id"]), **{name: row[name] for name in names}}


def _find_estate(text: str) -> dict[str, Any]:
    number = read_code(ESTATE, text)
    wanted = Estate.name == text.strip() if number is None else Estate.id == number
    found = db.session.execute(select(Estate.__table__).where(wanted)).mappings().first()
    if found is None:
        raise _unknown(text)
    return dict(found)


def _unsolved(estate_ids: Collection[int]) -> dict[int, int]:
    found = db.session.execute(
        select(Blocker.estate_id, func.count())
        .where(Blocker.estate_id.in_(estate_ids), Blocker.solved_at.is_(None))
        .group_by(Blocker.estate_id)
    )
    return {row[0]: row[1] for row in found}


def _rooms(estate_id: int) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Give the households of an estate by building and unit, rooms as people count."""
    columns = (Household.case_id, Household.building, Household.unit, Household.room)
    found = db.session.execute(
        select(*columns, Household.state, Household.blockers).where(
            Household.estate_id == estate_id
        )
    ).all()
    views = views_of([row.case_id for row in found])
    grid: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for case_id, building, unit, room, state, blockers in found:
        shown = shown_state(state, blockers > 0)
        cell = {"room": room, "case": views[case_id].number, "state": shown}
        grid.setdefault((building, unit), []).append(cell)
    for cells in grid.values():
        cells.sort(key=lambda cell: (natural_order(cell["room"]), cell["case"]))
    return grid


def views_of(case_ids: Sequence[int]) -> dict[int, CaseView]:
    """Give what the core shows of cases, however many they are."""
    views: dict[int, CaseView] = {}
    for start in range(0, len(case_ids), MOST):
        views |= case_views(case_ids[start : start + MOST])
    return views


def _blockers(estate_id: int) -> Iterator[dict[str, Any]]:
    """Give an estate's blockers, the one that frees the most households first.

    ``households`` are held by it; ``frees`` those that nothing else holds. Who has an answer
    already is not counted.
    """
    own = select(Blocker.__table__).where(Blocker.estate_id == estate_id)
    only = func.sum(case((Household.blockers == 1, 1), else_=0))
    counts = db.session.execute(
        select(Hold.blocker_id, Household.building, func.count(), only)
        .join(Household, Household.case_id == Hold.case_id)
        .join(Blocker, Blocker.id == Hold.blocker_id)
        .where(
            Blocker.estate_id == estate_id,
            Hold.released_at.is_(None),
            Household.state.not_in(OVER),
        )
        .group_by(Hold.blocker_id, Household.building)
    )
    held: dict[int, list[tuple[str, int, int]]] = {}
    for blocker_id, building, households, frees in counts:
        held.setdefault(blocker_id, []).append((building, households, int(frees)))
    found = [dict(row) for row in db.session.execute(own).mappings()]
    shown = [_blocker(row, held.get(row["id"], ())) for row in found]
    yield from sorted(
        shown,
        key=lambda b: (b["solved_at"] is not None, -b["frees"], -b["households"], b["code"]),
    )


def _blocker(row: Mapping[str, Any], held: Sequence[tuple[str, int, int]]) -> dict[str, Any]:
    return {
        "code": code_of(BLOCKER, row["id"]),
        "title": row["title"],
        "kind": row["kind"],
        "households": sum(households for _building, households, _frees in held),
        "frees": sum(frees for _building, _households, frees in held),
        "buildings": sorted((building for building, _h, _f in held), key=natural_order),
        "solved_at": iso(row["solved_at"]),
        "solved_by": row["solved_by"],
    }


def _id_of(kind: str, text: str) -> int:
    number = read_code(kind, text)
    if number is None:
        raise _unknown(text)
    return number


def _unknown(text: str) -> BadInputError:
    return BadInputError(
        say(
            "没有 {text}；小区见 `tiji natural-resources estates`，难点见 `estate`。",
            "There is no {text}; `tiji natural-resources estates` lists the estates, and `estate` "
            "their blockers.",
            text=text,
        )
    )
