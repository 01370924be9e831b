"""Start other processes at the same database, hold them at a point, let them go, lose them."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from sqlalchemy import text
from tests.scenarios.invariants import check_case

from tiji.app import create_app
from tiji.cases.queries import heads
from tiji.db import connected, db
from tiji.events.queries import all_links
from tiji.events.rules import verify_chains
from tiji.testing.databases import Databases

CHILD = Path(__file__).with_name("child.py")
HEADINGS = (
    "序号",
    "信访人",
    "信访事项",
    "问题属地",
    "首次信访时间",
    "次数",
    "责任单位",
    "化解状态",
)
OFFICES = ("市住建局", "人社局", "城管局", "自然资源局、住建局", "交通局")


class Place(NamedTuple):
    """A home, and where its database is."""

    databases: Databases
    home: Path

    def copied_to(self, home: Path) -> Place:
        """Make another home as this one is."""
        return Place(self.databases, self.databases.copy_home(self.home, home))


class Child:
    """Another process of the program."""

    def __init__(self, place: Place, moment: datetime, batch: int = 500) -> None:
        command = [sys.executable, str(CHILD), str(batch)]
        environment = {
            **os.environ,
            **place.databases.environment(place.home),
            "TIJI_CLOCK": moment.isoformat(),
            "TIJI_LANG": "en",
            "PYTHONIOENCODING": "utf-8",
        }
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
            env=environment,
        )  # fmt: skip

    def __enter__(self) -> Child:
        assert self.hear() == {"at": "ready"}
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.communicate()

    def order(self, do: str, **order: Any) -> None:
        """Say what to do, without waiting for it."""
        self.tell(json.dumps({"do": do, **order}))

    def tell(self, line: str = "go") -> None:
        """Send a line."""
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self) -> Any:
        """Wait for what the process says next; None if it died."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        return json.loads(line) if line else None

    def kill(self) -> None:
        """Kill the process as if the power went, and wait until it is gone."""
        self.process.kill()
        self.process.wait()


@contextmanager
def looking(place: Place, moment: datetime) -> Iterator[None]:
    """Look at a home's database from this process."""
    app = create_app(place.databases.settings(place.home, moment))
    with app.app_context(), connected():
        yield


def check_whole(place: Place, moment: datetime, every: int = 1) -> None:
    """Assert that the file is sound, every log verifies, and the law holds for every nth case."""
    with looking(place, moment):
        if db.engine.dialect.name == "sqlite":
            assert db.session.execute(text("PRAGMA integrity_check")).scalar() == "ok"
        found = list(heads())
        assert verify_chains(found, all_links()).bad == ()
        for head in found[::every]:
            check_case(head.number)


def rows_of(place: Place, moment: datetime, query: str) -> list[tuple[Any, ...]]:
    """Ask the database of a home."""
    with looking(place, moment):
        return [tuple(row) for row in db.session.execute(text(query))]


def write_ledger(path: Path, rows: int) -> Path:
    """Write a backlog of invented petitions; every 50th names an office that nobody knows."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        for no in range(1, rows + 1):
            office = "市虚构局" if no % 50 == 0 else OFFICES[no % len(OFFICES)]
            state = "已化解" if no % 7 == 0 else "化解中"
            subject = f"第{no}号楼入住多年未办证"
            writer.writerow(
                [no, f"张某{no}", subject, "铜官区", "2019.3", no % 9 + 1, office, state]
            )
    return path
