"""Change the working calendar of a year: what it would do to open cases is seen before."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tiji.cases.model import CaseRow
from tiji.cases.moving import load_moves, new_desk
from tiji.cases.state import OPEN
from tiji.clock import iso
from tiji.db import db
from tiji.errors import BadInputError
from tiji.i18n import _
from tiji.logs import Log
from tiji.runtime import runtime
from tiji.stations.calendar import WorkCalendar

log = Log(__name__)

BATCH = 500
#: So many open cases are looked at before the change, and so many of those that move are named.
LOOKED_AT, NAMED = 5000, 10


@dataclass(frozen=True, slots=True)
class YearDays:
    """Hold a year's days as somebody writes them; ``published`` is the State Council's list."""

    year: int
    rest: tuple[str, ...] = ()
    work: tuple[str, ...] = ()
    published: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """Say which open case would be due at another time."""

    number: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Effect:
    """Say what a change of the calendar would do; ``partial`` if not all cases were looked at."""

    moved: int
    looked_at: int
    named: tuple[Moved, ...]
    partial: bool


def folder() -> Path:
    """Give the folder of the calendar's own files."""
    return runtime().settings.home / "calendars"


def file_of(year: int) -> str:
    """Name the file that holds what was changed for a year in the pages."""
    return f"pages-{year}.toml"


def foresee(days: YearDays) -> Effect:
    """Say what the change would do to open cases; raise BadInputError for days that cannot be read.

    Nothing is changed.
    """
    calendar = _with(days)
    moved: list[Moved] = []
    count = looked_at = after = 0
    while looked_at < LOOKED_AT:
        desk = new_desk(db.session())
        some = CaseRow.status.in_(OPEN) & (CaseRow.id > after)
        moves = load_moves(desk, some, BATCH, by_id=True, to_write=False)
        for move in moves:
            before = move.state.due_at
            move.desk.calendar = calendar
            move.settle()
            if move.state.due_at != before:
                count += 1
                if len(moved) < NAMED:
                    moved.append(Moved(move.number, iso(before), iso(move.state.due_at)))
        looked_at += len(moves)
        db.session.rollback()
        if len(moves) < BATCH:
            return Effect(count, looked_at, tuple(moved), partial=False)
        after = moves[-1].id
    return Effect(count, looked_at, tuple(moved), partial=True)


def put_calendar(days: YearDays, by: str) -> None:
    """Put a year's days in force; the next sweep moves open cases, each with an event."""
    here, kept = runtime(), folder()
    fresh = _with(days)
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=kept, prefix=".", delete=False
    ) as f:
        f.write(_text(days))
    Path(f.name).chmod(0o644)
    Path(f.name).replace(kept / file_of(days.year))
    here.calendar = fresh
    log.info("calendar changed", year=days.year, version=fresh.version, by=by)


def _with(days: YearDays) -> WorkCalendar:
    """Read the calendar as it would be."""
    if not 2000 <= days.year <= 2100:
        raise BadInputError(_("Give a year like 2027."))
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place)
        for path in folder().glob("*.toml"):
            if path.name != file_of(days.year) and not path.name.startswith("."):
                shutil.copy(path, copy / path.name)
        (copy / file_of(days.year)).write_text(_text(days), encoding="utf-8")
        return WorkCalendar.load(copy)


def _text(days: YearDays) -> str:
    table = f"years.{days.year}" if days.published else "days"
    return f"[{table}]\nrest = {_listed(days.rest)}\nwork = {_listed(days.work)}\n"


def _listed(days: Sequence[str]) -> str:
    """Write days as a list; what could leave its quotes is no day and is refused here."""
    for day in days:
        if set(day) - set("0123456789-. "):
            raise BadInputError(
                _("{day} is no day; write it like 2027-02-05.").format(day=day[:40])
            )
    return "[" + ", ".join(f'"{day.strip()}"' for day in days) + "]"
