"""What a sweep costs: so many cases due among very many, beside the same rows written raw."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.sql.dml import Delete, Insert, Update
from sqlalchemy.sql.selectable import Select

from tiji.bench.dataset import NOW, City
from tiji.bench.figures import Bench, Figure, Taken, statements, taken
from tiji.bench.places import go_to
from tiji.cases.actions.sweeping import BATCH, sweep
from tiji.cases.model import CaseRow, StayRow
from tiji.db import db, disconnect, rows, transaction
from tiji.events.model import EventRow
from tiji.jobs.model import JobRow
from tiji.notices.model import NoticeRow
from tiji.runtime import runtime

_CASE, _STAY, _EVENT = (model.__table__ for model in (CaseRow, StayRow, EventRow))
_JOB, _NOTICE = JobRow.__table__, NoticeRow.__table__
TARGET, FLAT, QUIET_MS, TENFOLD, STATEMENTS = 15, 1.5, 20, 11, 60


@dataclass(slots=True)
class Swept:
    """What sweeps of one city took, and the same rows written raw."""

    done: Taken = field(default_factory=Taken)
    raw: Taken = field(default_factory=Taken)
    quiet: Taken = field(default_factory=Taken)
    statements: int = 0
    due: int = 0


def measure(bench: Bench, city: City, raw_file: str) -> Swept:
    """Sweep the same due cases in rounds, each beside the raw work; afterwards all is as before."""
    go_to(NOW)
    found = Swept()
    for _round in range(bench.rounds):
        before = _Picture.of_due()
        with statements() as seen, bench.profiled(f"sweep, {city.cases:,} cases"):
            found.done = found.done.least(taken(lambda: _check(city.due)))
        found.statements, found.due = len(seen), city.due
        after = _Picture.of(before.ids)
        found.quiet = found.quiet.least(taken(lambda: _check(0)))
        before.put_back(after)
        disconnect()
        for _again in range(2):
            found.raw = found.raw.least(_raw(raw_file, before, after))
            before.put_back(after)
    return found


def _check(due: int) -> None:
    if (swept := sweep().due) != due:
        raise AssertionError(f"{swept} were due, not {due}")


def figures(bench: Bench, measured: dict[tuple[int, int], Swept]) -> None:
    """Report sweeps by (cases, due)."""
    sizes = sorted({cases for cases, _due in measured})
    usual = min(due for _cases, due in measured)
    for (cases, due), one in sorted(measured.items()):
        batches = due // BATCH + 2
        bench.add(Figure(
            "sweep", f"{due:,} due among {cases:,}", one.done.cpu_ms, "ms CPU", one.raw.cpu_ms,
            one.done.cpu_ms / one.raw.cpu_ms, TARGET, one.done.wall_ms, one.statements,
        ))  # fmt: skip
        bench.add(Figure(
            "sweep", f"statements a batch, {due:,} among {cases:,}", one.statements / batches,
            "statements", most=STATEMENTS,
        ))  # fmt: skip
    few, many = measured[sizes[0], usual], measured[sizes[-1], usual]
    bench.add(Figure("sweep", f"{sizes[-1]:,} against {sizes[0]:,}", many.done.cpu_ms, "ms CPU",
                     few.done.cpu_ms, many.done.cpu_ms / few.done.cpu_ms, FLAT))  # fmt: skip
    bench.add(Figure("sweep", f"none due among {sizes[-1]:,}", many.quiet.cpu_ms, "ms CPU",
                     most=QUIET_MS, wall_ms=many.quiet.wall_ms))  # fmt: skip
    for (cases, due), one in sorted(measured.items()):
        if due > usual:
            base = measured[cases, usual].done.cpu_ms
            bench.add(Figure("sweep", f"{due:,} due against {usual:,}", one.done.cpu_ms, "ms CPU",
                             base, one.done.cpu_ms / base, TENFOLD))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Picture:
    """The rows of some cases as they stand."""

    cases: list[dict[str, Any]]
    stays: list[dict[str, Any]]
    events: list[dict[str, Any]]
    jobs: list[dict[str, Any]]
    notices: list[dict[str, Any]]

    @property
    def ids(self) -> list[int]:
        return [case["id"] for case in self.cases]

    @classmethod
    def of_due(cls) -> _Picture:
        """Take the cases that a sweep would find."""
        due = select(_CASE.c.id).where(_CASE.c.wake_at < runtime().clock.now())
        return cls.of(list(db.session.scalars(due)))

    @classmethod
    def of(cls, ids: Sequence[int]) -> _Picture:
        """Take some cases."""

        def all_of(table: Any, key: Any) -> list[dict[str, Any]]:
            found = []
            for at in range(0, len(ids), BATCH):
                found += rows(db.session.execute(
                    select(table).where(key.in_(ids[at : at + BATCH]))
                ))  # fmt: skip
            return found

        jobs, notices = (rows(db.session.execute(select(table))) for table in (_JOB, _NOTICE))
        picture = cls(
            all_of(_CASE, _CASE.c.id), all_of(_STAY, _STAY.c.case_id),
            all_of(_EVENT, _EVENT.c.case_id), jobs, notices,
        )  # fmt: skip
        db.session.rollback()
        return picture

    def new_in(self, after: _Picture) -> list[tuple[Any, list[dict[str, Any]]]]:
        """Give by table the rows that came since."""
        found = []
        written = ((_STAY, "stays"), (_EVENT, "events"), (_JOB, "jobs"), (_NOTICE, "notices"))
        for table, name in written:
            keys = [column.name for column in table.primary_key]
            had = {tuple(row[k] for k in keys) for row in getattr(self, name)}
            new = [r for r in getattr(after, name) if tuple(r[k] for k in keys) not in had]
            found.append((table, new))
        return found

    def changed_in(self, after: _Picture) -> list[tuple[Any, list[dict[str, Any]]]]:
        """Give by table the rows that changed since, with their keys and what changed."""
        found = []
        for table, name in ((_CASE, "cases"), (_STAY, "stays")):
            keys = [column.name for column in table.primary_key]
            was = {tuple(row[k] for k in keys): row for row in getattr(self, name)}
            pairs = [(was[key], r) for r in getattr(after, name)
                     if (key := tuple(r[k] for k in keys)) in was and was[key] != r]  # fmt: skip
            names = {n for old, new in pairs for n in new if old[n] != new[n]}
            found.append((table, [{n: new[n] for n in (*keys, *names)} for _old, new in pairs]))
        return found

    def put_back(self, after: _Picture) -> None:
        """Make the rows as they were."""
        with transaction() as session:
            for table, new in self.new_in(after):
                if new:
                    session.connection().execute(_delete(table), [_keys(table, r) for r in new])
            for table, changed in after.changed_in(self):
                if changed:
                    session.connection().execute(_update(table, changed[0]), _bound(table, changed))


def _keys(table: Any, row: dict[str, Any]) -> dict[str, Any]:
    return {f"key_{column.name}": row[column.name] for column in table.primary_key}


def _bound(table: Any, changed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    keys = {column.name for column in table.primary_key}
    return [
        {**_keys(table, row), **{n: v for n, v in row.items() if n not in keys}} for row in changed
    ]


def _update(table: Any, row: dict[str, Any]) -> Update:
    keys = {column.name for column in table.primary_key}
    wanted = [c == bindparam(f"key_{c.name}", type_=c.type) for c in table.primary_key]
    named: Update = update(table).where(*wanted)
    return named.values({name: bindparam(name) for name in row if name not in keys})


def _delete(table: Any) -> Delete:
    wanted = [c == bindparam(f"key_{c.name}", type_=c.type) for c in table.primary_key]
    found: Delete = delete(table).where(*wanted)
    return found


def _raw(file: str, before: _Picture, after: _Picture) -> Taken:
    """Find the due by their index and write the same rows in one transaction, driver alone."""
    work: list[tuple[str, list[Any]]] = []
    for table, changed in before.changed_in(after):
        if changed:
            work.append(_compiled(_update(table, changed[0]), _bound(table, changed)))
    for table, new in before.new_in(after):
        if new:
            work.append(_compiled(insert(table), new))
    due = select(_CASE).where(_CASE.c.wake_at < runtime().clock.now()).order_by(_CASE.c.wake_at)
    query, (values,) = _compiled(due, [{}])
    raw = sqlite3.connect(file, isolation_level=None)
    for pragma in ("foreign_keys=ON", "synchronous=FULL", "secure_delete=ON"):
        raw.execute(f"PRAGMA {pragma}")

    def write() -> None:
        raw.execute("BEGIN IMMEDIATE")
        raw.execute(query, values).fetchall()
        for text, parameters in work:
            raw.executemany(text, parameters)
        raw.execute("COMMIT")

    found = taken(write)
    raw.close()
    return found


def _compiled(
    statement: Update | Insert | Select[Any], parameters: list[dict[str, Any]]
) -> tuple[str, list[Any]]:
    """Give a statement and its values as the driver takes them."""
    keys = list(parameters[0]) or None
    compiled = statement.compile(dialect=db.engine.dialect, column_keys=keys)
    bind: dict[str, Callable[[Any], Any]] = {}
    for name, parameter in compiled.binds.items():
        if processor := parameter.type.dialect_impl(db.engine.dialect).bind_processor(
            db.engine.dialect
        ):
            bind[name] = processor
    order = compiled.positiontup or []

    def values(row: dict[str, Any]) -> tuple[Any, ...]:
        given = compiled.construct_params(row)
        return tuple(bind[n](given[n]) if n in bind else given[n] for n in order)

    return str(compiled), [values(row) for row in parameters]
