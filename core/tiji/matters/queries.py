"""Read the matter list."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from tiji.db import ask, db, rows
from tiji.errors import BadInputError
from tiji.i18n import _
from tiji.matters.model import LadderRow, MatterRow
from tiji.people import queries as people
from tiji.stations.rules import SEAT, Ladder, override_ladder


@dataclass(frozen=True, slots=True)
class MatterView:
    """Show the current version of a matter as it is published."""

    code: str
    version: int
    active: bool
    reason: str
    plugin: str
    title: str
    department: str
    category: str
    cause: str | None
    audience: list[str]
    fields_concerned: list[str]
    pain_points: list[list[str]]
    guidance: dict[str, str]
    ladder: dict[str, Any]
    routine: bool
    confidential: bool
    count_repeats: bool
    digest: str


_MATTER = MatterRow.__table__.c
_COLUMNS = [_MATTER[name] for name in MatterView.__slots__]
_CURRENT = select(*_COLUMNS).where(_MATTER.current, _MATTER.code == bindparam("code"))


def current_matters() -> list[MatterView]:
    """Give every matter of the list in its current version, by code."""
    found = db.session.execute(select(*_COLUMNS).where(MatterRow.current).order_by(MatterRow.code))
    return [MatterView(**row) for row in rows(found)]


def known_matter(code: str) -> MatterView | None:
    """Give the current version of one matter, if the list has it."""
    found = rows(ask(_CURRENT, {"code": code}))
    return MatterView(**found[0]) if found else None


def matter(code: str) -> MatterView:
    """Give the current version of one matter; BadInputError offers the closest codes."""
    if found := known_matter(code):
        return found
    codes = [view.code for view in current_matters()]
    near = ", ".join(difflib.get_close_matches(code, codes, n=3, cutoff=0.3) or codes[:3])
    raise BadInputError(
        _("No matter has the code {code}. Closest: {near}. See `tiji matters list`.").format(
            code=code, near=near or "-"
        )
    )


#: Ladders by the hash of their content: what a hash means never changes.
_known_ladders: dict[str, Ladder] = {}


def ladders(digests: set[str]) -> dict[str, Ladder]:
    """Give the ladders that cases stand on, by digest; one statement for those yet unknown."""
    if unknown := digests - _known_ladders.keys():
        found = db.session.execute(
            select(LadderRow.digest, LadderRow.ladder).where(LadderRow.digest.in_(unknown))
        )
        _known_ladders.update((digest, Ladder.from_json(ladder)) for digest, ladder in found)
    return {digest: _known_ladders[digest] for digest in digests}


def ladder_in(found: MatterView, department_code: str) -> Ladder:
    """Return a matter's ladder as a department runs it, its own limits and titles applied."""
    return ladder_under(found, people.department(department_code))


def ladder_under(found: MatterView, view: people.DepartmentView | None) -> Ladder:
    """Return a matter's ladder as a department runs it that was read before."""
    ladder = Ladder.from_json(found.ladder)
    for override in _overrides_of(found.code, view):
        ladder = override_ladder(ladder, override)
    return ladder


def guidance_in(found: MatterView, department_code: str) -> dict[str, str]:
    """Return a matter's guidance as a department gives it."""
    guidance = dict(found.guidance)
    for override in _overrides(found.code, department_code):
        guidance |= override.get("guidance", {})
    return guidance


def _overrides(code: str, department_code: str) -> list[dict[str, Any]]:
    return _overrides_of(code, people.department(department_code))


def _overrides_of(code: str, view: people.DepartmentView | None) -> list[dict[str, Any]]:
    return [view.overrides[key] for key in ("*", code) if key in view.overrides] if view else []


def holders(found: MatterView, ladder: Ladder, at: datetime) -> dict[int, dict[str, str] | None]:
    """Say who holds each station of a matter: at the first, the duty first-inquiry officer."""
    section: str | None = None
    held: dict[int, dict[str, str] | None] = {}
    for station in ladder.stations:
        seat = people.seat_holder(SEAT[station.role], found.department, section, at)
        held[station.no] = {"code": seat.officer, "name": seat.name} if seat else None
        if seat and station.role == "first":
            section = seat.section
    return held
