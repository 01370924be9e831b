"""What a page of cases costs among very many, beside the same statements given to the driver."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from tiji.bench.dataset import NOW, City
from tiji.bench.figures import Bench, Figure, Statement, Taken, statements, taken_each
from tiji.bench.places import go_to
from tiji.cases.queries import Filter, case_page
from tiji.db import db
from tiji.people.queries import officer

TIMES = 40
FLAT, STATEMENTS = 1.2, 6


@dataclass(frozen=True, slots=True)
class Page:
    """What one page took, its statements given raw, and how many there were."""

    done: Taken
    raw: Taken
    statements: int
    rows: int


def pages(city: City) -> dict[str, Filter]:
    """Give the pages that are measured, by name."""
    code = city.officers[len(city.officers) // 2]
    found = officer(code)
    department = found.department if found else None
    return {
        "of an officer": Filter(holder=code),
        "of a department": Filter(department=department),
        "of a department, open": Filter(department=department, status="open"),
        "of a department, paused (none)": Filter(department=department, status="paused"),
        "of a department, answered (none)": Filter(department=department, status="answered"),
        "overdue": Filter(overdue=True),
        "at station 4 (none)": Filter(station=4),
    }


def measure(bench: Bench, city: City, raw_file: str) -> dict[tuple[str, int], Page]:
    """Read each page of 25 and of 100 many times."""
    go_to(NOW)
    found = {}
    for name, wanted in pages(city).items():
        for limit in (25, 100):
            found[name, limit] = _page(bench, wanted, limit, raw_file, f"{name}, {city.cases:,}")
    return found


def _page(bench: Bench, wanted: Filter, limit: int, raw_file: str, name: str) -> Page:
    def read() -> int:
        shown = len(case_page(wanted, limit)["cases"])
        db.session.rollback()
        return shown

    rows = read()
    with statements() as seen:
        read()
    times = max(3, min(TIMES, round(400 / max(1.0, taken_each(read, 2).cpu_ms))))
    done, raw = Taken(), _raw(raw_file, seen, times)
    with bench.profiled(f"list {name}, {limit} rows"):
        for _round in range(bench.rounds):
            done = done.least(taken_each(read, times))
    raw = raw.least(_raw(raw_file, seen, times))
    # BEGIN is no question to the database.
    asked = [one for one in seen if not one[0].startswith("BEGIN")]
    return Page(done, raw, len(asked), rows)


def _raw(file: str, seen: Sequence[Statement], times: int) -> Taken:
    raw = sqlite3.connect(file, isolation_level=None)

    def read() -> None:
        for text, values in seen:
            raw.execute(text, values).fetchall()
        raw.rollback()

    read()
    found = taken_each(read, times)
    raw.close()
    return found


def figures(bench: Bench, measured: dict[tuple[int, str, int], Page]) -> None:
    """Report pages by (cases, name, rows)."""
    sizes = sorted({cases for cases, _name, _limit in measured})
    for (cases, name, _limit), page in measured.items():
        if cases in (sizes[0], sizes[-1]):
            bench.add(Figure(
                "list", f"{name}, {page.rows} of {cases:,}", page.done.cpu_ms, "ms CPU",
                page.raw.cpu_ms, page.done.cpu_ms / page.raw.cpu_ms, None, page.done.wall_ms,
                page.statements,
            ))  # fmt: skip
    for name in dict.fromkeys(name for _cases, name, _limit in measured):
        few, many = measured[sizes[0], name, 25], measured[sizes[-1], name, 25]
        bench.add(Figure(
            "list", f"{name}, {sizes[-1]:,} against {sizes[0]:,}", many.done.cpu_ms, "ms CPU",
            few.done.cpu_ms, many.done.cpu_ms / few.done.cpu_ms, FLAT,
        ))  # fmt: skip
    most = max(page.statements for page in measured.values())
    bench.add(Figure("list", "most statements of a page", most, "statements", most=STATEMENTS))
