"""Cases that a new one may repeat: the same person's, and those about the same subject (S6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, or_, select

from tiji.accounts.rules import Viewer
from tiji.cases.entry import person_key
from tiji.cases.model import CaseRow
from tiji.cases.queries import summaries
from tiji.cases.resemblance import Subject, likeness, subject_of
from tiji.cases.sight import visible
from tiji.cases.state import OPEN
from tiji.db import db, rows
from tiji.search.queries import matching_cases

Why = Literal["person", "subject", "place"]
RANK: tuple[Why, ...] = ("person", "subject", "place")

#: So many are shown, and so many of one place compared.
MOST = 6
MOST_COMPARED = 200
_CASE = CaseRow.__table__
_COLUMNS = [_CASE.c[name] for name in ("id", "number", "title", "content", "matter", "status")]


@dataclass(frozen=True, slots=True)
class Similar:
    """Show a case that a new one may repeat, as lists do, and ``why``.

    ``person``: the same client brought it; ``subject``: it says the same of the same place;
    ``place``: the same matter at the same place.
    """

    case: Mapping[str, Any]
    why: Why
    open: bool


def similar_cases(
    viewer: Viewer,
    *,
    title: str,
    content: str,
    matter: str = "",
    client_name: str = "",
    personal: Mapping[str, Any] | None = None,
) -> list[Similar]:
    """Find what a case that is about to be registered may repeat, among what a viewer may see.

    Open ones come before closed ones, the same person's first. A confidential case is found by
    its client only by who was asked first or holds it: to others that would tell who asked.
    """
    key = person_key(client_name, personal or {}) if client_name.strip() else None
    found = _of_person(viewer, key) if key else []
    about = subject_of(title, subject_of(content).places)
    found += _about(viewer, about, matter, {row["id"] for row in found})
    return _shown(found)


def _shown(found: list[dict[str, Any]]) -> list[Similar]:
    found.sort(key=lambda row: (not row["open"], RANK.index(row["why"]), -row["id"]))
    shown = {row["number"]: row for row in found[:MOST]}
    views = {view["number"]: view for view in summaries(row["id"] for row in shown.values())}
    return [Similar(views[number], row["why"], row["open"]) for number, row in shown.items()]


def similar_to(viewer: Viewer, row: Mapping[str, Any]) -> list[Similar]:
    """Find what else is like a case that is here, from the columns of its row."""
    known = not row["confidential"] or {row["fio"], row["holder"]} & viewer.holders
    key = row["person_key"] if known else None
    found = [one for one in _of_person(viewer, key) if one["id"] != row["id"]] if key else []
    about = subject_of(row["title"], subject_of(row["content"]).places)
    found += _about(viewer, about, row["matter"], {row["id"], *(one["id"] for one in found)})
    return _shown(found)


def _of_person(viewer: Viewer, key: str) -> list[dict[str, Any]]:
    query = (
        select(*_COLUMNS)
        .where(_CASE.c.person_key == key, visible(viewer), _knows(viewer))
        .order_by(_CASE.c.id.desc())
        .limit(MOST_COMPARED)
    )
    return [_said(row, "person") for row in rows(db.session.execute(query))]


def _knows(viewer: Viewer) -> ColumnElement[bool]:
    """Select the cases whose client a viewer may know: all but other people's confidential ones."""
    own = or_(_CASE.c.fio.in_(viewer.holders), _CASE.c.holder.in_(viewer.holders))
    return or_(_CASE.c.confidential.is_(False), own)


def _said(row: dict[str, Any], why: Why) -> dict[str, Any]:
    return row | {"why": why, "open": row["status"] in OPEN}


def _about(viewer: Viewer, about: Subject, matter: str, known: set[int]) -> list[dict[str, Any]]:
    """Compare with the newest cases whose words name the same place."""
    near = {case for place in about.places for case in matching_cases(place, MOST_COMPARED)}
    if not near - known:
        return []
    query = select(*_COLUMNS).where(_CASE.c.id.in_(near - known), visible(viewer))
    found = []
    for row in rows(db.session.execute(query)):
        other = subject_of(row["title"], subject_of(row["content"]).places)
        if likeness(about, other):
            found.append(_said(row, "subject"))
        elif row["matter"] == matter and about.places & other.places:
            found.append(_said(row, "place"))
    return found
