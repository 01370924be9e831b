"""Load the city's organisation: one file replaces what is there, history stays."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from tiji.clock import LOCAL
from tiji.db import Model, rows, transaction
from tiji.people.model import Department, Leave, Officer, Post, Section
from tiji.people.organisation import Entry, LeaveEntry, Organisation, PostEntry, off_duty
from tiji.people.organisation_file import read_organisation
from tiji.runtime import runtime

Row = dict[str, Any]
What = Literal["added", "changed", "ended"]

#: What a post or a leave says; two rows that say the same differ only in their dates.
POST = (
    *("officer", "department", "station", "sections"),
    *("duty", "acting", "portfolio", "default_leader"),
)
LEAVE = ("officer", "acting")


@dataclass(frozen=True, slots=True)
class Change:
    """One row that a load added, changed or ended; posts are named officer@department/station."""

    kind: str
    code: str
    what: What


@dataclass(frozen=True, slots=True)
class LoadResult:
    """Tell how much the file holds and what it changed.

    ``off_duty`` names departments with first-inquiry officers of whom none is on duty.
    """

    departments: int
    sections: int
    officers: int
    posts: int
    leaves: int
    changes: tuple[Change, ...]
    off_duty: tuple[str, ...]

    @property
    def officers_left(self) -> tuple[str, ...]:
        """Codes of the officers whom this file no longer lists."""
        return tuple(c.code for c in self.changes if (c.kind, c.what) == ("officer", "ended"))


def load_organisation(path: str | Path, at: datetime | None = None) -> LoadResult:
    """Replace the organisation by the file's; what the file no longer lists ends now.

    The same file again changes nothing. Raises BadInputError with a line for each fault;
    then nothing was changed.
    """
    organisation = read_organisation(Path(path))
    now = at or runtime().clock.now()
    with transaction() as session:
        changes = _Load(session, organisation, now).run()
    return LoadResult(
        departments=len(organisation.departments),
        sections=len(organisation.sections),
        officers=len(organisation.officers),
        posts=len(organisation.posts),
        leaves=len(organisation.leaves),
        changes=tuple(changes),
        off_duty=tuple(off_duty(organisation)),
    )


class _Load:
    """One load: the tables are read whole, compared with the file, and written in bulk."""

    def __init__(self, session: Session, organisation: Organisation, now: datetime) -> None:
        self.session = session
        self.file = organisation
        self.now = now
        self.changes: list[Change] = []

    def run(self) -> list[Change]:
        # The lock makes a second load on PostgreSQL wait and then see what this one wrote.
        locked = select(Department.__table__).with_for_update()
        departments = rows(self.session.execute(locked))
        # A city's first file says what has long been so; what a later one adds begins now.
        self.begin = self.now if departments else None
        file = self.file
        listed = [
            {**_row(entry), "position": no} for no, entry in enumerate(file.departments, start=1)
        ]
        self._by_code(Department, departments, listed)
        self._by_code(Section, self._stored(Section), [_row(entry) for entry in file.sections])
        self._by_code(Officer, self._stored(Officer), [_row(entry) for entry in file.officers])
        self._by_value(Post, POST, [self._clipped(entry) for entry in file.posts])
        self._by_value(Leave, LEAVE, [self._clipped(entry) for entry in file.leaves])
        return self.changes

    def _stored(self, table: type[Model]) -> list[Row]:
        return rows(self.session.execute(select(table.__table__)))

    def _clipped(self, entry: PostEntry | LeaveEntry) -> Row:
        """End a post or leave no later than its officer and its department."""
        row = _row(entry)
        ends = [self.officers_end[entry.officer], row["ends_at"]]
        if isinstance(entry, PostEntry):
            ends.append(self.departments_end[entry.department])
        row["ends_at"] = min((end for end in ends if end), default=None)
        return row

    @cached_property
    def officers_end(self) -> dict[str, datetime | None]:
        return {entry.code: _end(entry) for entry in self.file.officers}

    @cached_property
    def departments_end(self) -> dict[str, datetime | None]:
        return {entry.code: _end(entry) for entry in self.file.departments}

    def _by_code(self, table: type[Model], stored: list[Row], listed: list[Row]) -> None:
        """Match rows by their code, which stays the same through every change."""
        before = {row["code"]: row for row in stored}
        pairs = [(before.pop(row["code"], None), row) for row in listed]
        self._write(table, pairs, before.values())

    def _by_value(self, table: type[Model], identity: Sequence[str], listed: list[Row]) -> None:
        """Match rows by all that they say but their dates: a changed one ends, another begins."""

        def said(row: Row) -> tuple[Any, ...]:
            return tuple(_frozen(row[name]) for name in identity)

        before: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        for row in self._stored(table):
            before[said(row)].append(row)
        pairs = [(self._same(before[said(row)], row), row) for row in listed]
        self._write(table, pairs, (row for left in before.values() for row in left))

    def _same(self, stored: list[Row], listed: Row) -> Row | None:
        """Take the stored row that means the listed one, if there is one."""

        def likeness(row: Row) -> tuple[bool, bool, bool]:
            starts = listed["starts_at"] is not None and row["starts_at"] == listed["starts_at"]
            return starts, row["ends_at"] == listed["ends_at"], self._open(row)

        best = max(stored, key=likeness, default=None)
        if best is None or not any(likeness(best)):
            return None
        stored.remove(best)
        return best

    def _open(self, row: Row) -> bool:
        return row["ends_at"] is None or row["ends_at"] > self.now

    def _write(
        self,
        table: type[Model],
        pairs: Iterable[tuple[Row | None, Row]],
        left: Iterable[Row],
    ) -> None:
        """Write what is new or differs, and end now what the file no longer lists."""
        inserts, updates = [], []
        for old, new in pairs:
            if old is None:
                inserts.append({**new, "starts_at": new["starts_at"] or self.begin})
                self._note(table, new, "added")
                continue
            new = {**old, **new, "starts_at": new["starts_at"] or old["starts_at"]}
            if new != old:
                updates.append(new)
                self._note(table, new, "changed")
        for old in left:
            if self._open(old):
                updates.append({**old, "ends_at": self.now})
                self._note(table, old, "ended")
        if inserts:
            self.session.execute(insert(table), inserts)
        if updates:
            self.session.execute(update(table), updates)

    def _note(self, table: type[Model], row: Row, what: What) -> None:
        code = row.get("code") or row["officer"]
        if table is Post:
            code = f"{code}@{row['department']}/{row['station']}"
        self.changes.append(Change(table.__tablename__.removeprefix("tj_"), code, what))


def _row(entry: Entry) -> Row:
    """Give an entry as the columns of its table."""
    row = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(entry).items()
        if name not in ("place", "starts", "until")
    }
    if "overrides" in row:
        # Compared with what comes back from the database, where every key is text.
        row["overrides"] = json.loads(json.dumps(row["overrides"]))
    starts_at = _midnight(entry.starts) if entry.starts else None
    return {**row, "starts_at": starts_at, "ends_at": _end(entry)}


def _end(entry: Entry) -> datetime | None:
    return _midnight(entry.until + timedelta(days=1)) if entry.until else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, LOCAL)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
