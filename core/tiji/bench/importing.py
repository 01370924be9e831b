"""What an import costs beside its floor: the same rows, indexes and events, written raw.

The floor takes the rows that the import wrote, in all its tables, and writes them with
``sqlite3.executemany`` into a database with the same tables and indexes, in one transaction. What
a workbook costs besides stands beside calamine's reading alone.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tiji.bench import places
from tiji.bench.figures import Bench, Figure, Taken, taken
from tiji.demo.backlog import LEDGER, write_ledger
from tiji.intake.actions import import_ledger
from tiji.runtime import runtime

ROWS = 20_000
MOST_SEARCHED, MOST_CALAMINE = 5.0, 2.5


def measure(bench: Bench) -> None:
    """Import the same ledger as text and as a workbook, in rounds, each in a new city."""
    if _lacks_ledger():
        bench.say("import: left out, the plugin of the ledger is not active")
        return
    count = bench.amount(ROWS)
    found = {"csv": Taken(), "xlsx": Taken(), "floor": Taken(), "calamine": Taken()}
    for kind in ["csv", "xlsx"] * bench.rounds:
        with places.folder() as folder:
            for name, one in _round(bench, folder, count, kind).items():
                found[name] = found[name].least(one)
    each = {name: one.cpu_ms / count * 1000 for name, one in found.items()}
    name = f"a row of {count:,}, .csv, search index and all"
    times = each["csv"] / each["floor"]
    bench.add(Figure("import", name, each["csv"], "us CPU", each["floor"], times, MOST_SEARCHED))
    besides = each["xlsx"] - each["csv"]
    name, floor = "what a row of .xlsx costs besides, floor calamine", each["calamine"]
    bench.add(Figure("import", name, besides, "us CPU", floor, besides / floor, MOST_CALAMINE))


def _lacks_ledger() -> bool:
    """Tell whether no active plugin has the ledger that is imported."""
    with places.folder() as folder, places.city(folder / "home"):
        return runtime().plugins.ledger(LEDGER) is None


def _round(bench: Bench, folder: Path, count: int, kind: str) -> dict[str, Taken]:
    ledger = folder / f"ledger.{kind}"
    write_ledger(ledger, count)
    with (
        places.city(folder / "home") as settings,
        bench.profiled(f"import, {count:,} rows of {kind}"),
    ):
        found = {kind: taken(lambda: import_ledger(LEDGER, ledger))}
    database = settings.home / "tiji.db"
    found["floor"] = min((_floor(database, folder) for _ in range(2)), key=lambda t: t.cpu_ms)
    if kind == "xlsx":
        found["calamine"] = taken(lambda: _calamine(ledger))
    return found


def _floor(database: Path, folder: Path) -> Taken:
    """Write the same rows raw: tables and indexes as they are, one transaction."""
    source = sqlite3.connect(database)
    schema = source.execute(
        "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE "
        "'tj_search_%' AND name NOT LIKE 'sqlite_%' ORDER BY type = 'index'"
    ).fetchall()
    tables = [name for name, sql in schema if sql.startswith("CREATE TABLE")]
    few = ("tj_case", "tj_stay", "tj_event")
    written = [n for n in tables if n in few or not n.startswith(("tj_", "alembic", "plugin_"))]
    rows = {}
    for name in written:
        query = f"SELECT * FROM {name}"  # noqa: S608 - a table's own name
        rows[name] = source.execute(query).fetchall()
    search = source.execute("SELECT rowid, grams FROM tj_search").fetchall()
    source.close()
    target = folder / "floor.db"
    target.unlink(missing_ok=True)
    base = sqlite3.connect(target, isolation_level=None)
    base.execute("PRAGMA synchronous=FULL")
    for _name, sql in schema:
        base.execute(sql)

    def write() -> None:
        base.execute("BEGIN")
        for name, found in rows.items():
            if found:
                marks = ",".join("?" * len(found[0]))
                statement = f"INSERT INTO {name} VALUES ({marks})"  # noqa: S608
                base.executemany(statement, found)
        base.executemany("INSERT INTO tj_search (rowid, grams) VALUES (?, ?)", search)
        base.execute("COMMIT")

    result = taken(write)
    base.close()
    return result


def _calamine(ledger: Path) -> object:
    from python_calamine import CalamineWorkbook

    return CalamineWorkbook.from_path(ledger).get_sheet_by_index(0).to_python()
