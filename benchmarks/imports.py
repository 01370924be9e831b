"""What an import costs beside its floor: the same rows, indexes and events, written raw.

    python benchmarks/imports.py [--rows 20000] [--rounds 3] [--profile]

The same rows are imported from .csv and from .xlsx; what the workbook costs besides stands beside
calamine's reading alone.

CPU seconds of one process, the floor measured before and after in the same run. The floor takes
the rows that the import wrote, in all its tables, and writes them with ``sqlite3.executemany``
into a database with the same tables and indexes, in one transaction.
"""

from __future__ import annotations

import argparse
import cProfile
import csv
import json
import pstats
import random
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import tiji.demo
from tiji.app import create_app
from tiji.config import Settings
from tiji.crypto import make_key
from tiji.intake.actions import import_ledger
from tiji.organisation import adopt_organisation
from tiji.plugins import migrate
from tiji.runtime import runtime

HEADER = [
    "序号",
    "信访人",
    "身份证号",
    "联系电话",
    "住址",
    "信访事项",
    "问题属地",
    "首次信访时间",
    "信访形式",
    "次数",
    "人数",
    "责任单位",
    "包案领导",
    "化解措施",
    "化解时限",
    "化解状态",
    "备注",
]
PLACES = ["幸福里二期", "滨江花园", "矿工新村", "铜都名苑", "老棉纺厂宿舍", "城北集贸市场"]
SUBJECTS = (
    "安置房未通过规划核实，二百余户无法办证",
    "征地补偿款差额至今未发放，原经办人员已调离",
    "两区交界道路路灯与排水无人管养，雨季多次内涝",
    "外摆经营申请因没有明确依据被多次退回",
)
OFFICES = ["自然资源局", "住建局", "人社局", "城管局", "市场监管局", "交通局"]


def write_ledger(path: Path, rows: int) -> None:
    """Write a ledger of invented petitions, the same for the same number of rows."""
    chance = random.Random(7)  # noqa: S311 - invented data, nothing secret
    lines = [_row(no, chance) for no in range(1, rows + 1)]
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEADER, *lines])
        return
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("台账")
        for at, line in enumerate([HEADER, *lines]):
            sheet.write_row(at, 0, line)


def _row(no: int, chance: random.Random) -> list[str]:
    place = chance.choice(PLACES)
    return [
        str(no),
        f"{chance.choice('赵钱孙李周吴郑王')}某某",
        _identity(no),
        f"139{no % 100_000_000:08d}",
        f"铜官区{place}{no % 40 + 1}栋{no % 1800}室",
        f"{place}{chance.choice(SUBJECTS)}（第 {no} 号事项）",
        "铜官区",
        f"{chance.randint(2008, 2025)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
        chance.choice(["来信", "来访", "网上", "电话"]),
        str(chance.randint(1, 40)),
        str(chance.choice([1, 1, 1, 3, 6])),
        chance.choice(OFFICES),
        "甲副市长",
        "召开协调会",
        "2027-09-08",
        chance.choice(["未化解", "化解中", "已化解", "反弹"]),
        "",
    ]


def _identity(no: int) -> str:
    """Give an identity number that nobody has (born in 1900), its check digit right."""
    digits = f"3407051900{no // 999 % 12 + 1:02d}{no % 28 + 1:02d}{no % 999:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
    return digits + "10X98765432"[total % 11]


def cpu(work: Callable[[], object]) -> float:
    """Give the CPU seconds that some work takes."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def floor(database: Path, folder: Path, with_search: bool) -> float:
    """Write the same rows raw: tables and indexes as they are, one transaction."""
    source = sqlite3.connect(database)
    schema = source.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE "
        "'tj_search_%' ORDER BY type = 'index'"
    ).fetchall()
    tables = ["tj_case", "tj_stay", "tj_event", "petitions_petition"]
    rows = {
        name: source.execute(f"SELECT * FROM {name}").fetchall()  # noqa: S608 - names above
        for name in tables
    }
    search = source.execute("SELECT rowid, grams FROM tj_search").fetchall() if with_search else []
    source.close()
    target = folder / "floor.db"
    target.unlink(missing_ok=True)
    base = sqlite3.connect(target, isolation_level=None)
    base.execute("PRAGMA synchronous=FULL")
    for _type, _name, sql in schema:
        base.execute(sql)

    def write() -> None:
        base.execute("BEGIN")
        for name, found in rows.items():
            marks = ",".join("?" * len(found[0]))
            base.executemany(f"INSERT INTO {name} VALUES ({marks})", found)  # noqa: S608
        base.executemany("INSERT INTO tj_search (rowid, grams) VALUES (?, ?)", search)
        base.execute("COMMIT")

    taken = cpu(write)
    base.close()
    return taken


def main() -> None:
    """Import once, write the same raw, print both as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", action="store_true")
    wanted = parser.parse_args()
    rounds: dict[str, list[dict[str, float]]] = {"csv": [], "xlsx": []}
    for kind in ["csv", "xlsx"] * wanted.rounds:
        with tempfile.TemporaryDirectory() as name:
            rounds[kind].append(measure(Path(name), wanted.rows, kind, wanted.profile))
    # The least of the rounds: what else runs on the machine only adds.
    text, workbook = (
        {name: min(found[name] for found in every) for name in every[0]}
        for every in rounds.values()
    )
    text["times_floor"] = round(text["import_us_per_row"] / text["floor_us_per_row"], 2)
    besides = workbook["import_us_per_row"] - text["import_us_per_row"]
    text["xlsx_besides_us_per_row"] = round(besides, 1)
    text["calamine_us_per_row"] = workbook["calamine_us_per_row"]
    text["xlsx_besides_times_calamine"] = round(besides / workbook["calamine_us_per_row"], 2)
    print(json.dumps(text, indent=2))


def measure(folder: Path, rows: int, kind: str, profile: bool) -> dict[str, float]:
    """Import a ledger of so many rows and compare."""
    ledger = folder / f"ledger.{kind}"
    write_ledger(ledger, rows)
    make_key(folder)
    database = folder / "tiji.db"
    app = create_app(Settings(folder, f"sqlite:///{database}", plugins=("petitions",)))
    with app.app_context():
        migrate.upgrade(runtime().plugins)
        adopt_organisation(Path(tiji.demo.__file__).parent / "yunchuan.yaml")
        profiler = cProfile.Profile()
        if profile:
            profiler.enable()
        taken = cpu(lambda: import_ledger("petitions.backlog", ledger))
        profiler.disable()
    if profile:
        pstats.Stats(profiler).sort_stats("tottime").print_stats(25)
    plain, with_search = (min(floor(database, folder, s) for _ in range(2)) for s in (False, True))
    reading = _calamine(ledger) if kind == "xlsx" else 0.0
    return {
        "rows": rows,
        "import_us_per_row": round(taken / rows * 1e6, 1),
        "floor_us_per_row": round(with_search / rows * 1e6, 1),
        "floor_without_search_index_us_per_row": round(plain / rows * 1e6, 1),
        "calamine_us_per_row": round(reading / rows * 1e6, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _calamine(ledger: Path) -> float:
    from python_calamine import CalamineWorkbook

    return cpu(lambda: CalamineWorkbook.from_path(ledger).get_sheet_by_index(0).to_python())


if __name__ == "__main__":
    main()
