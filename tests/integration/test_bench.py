"""The benchmarks run, stand beside their floors, and touch no home; pages ask little."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import event
from tests.integration.cases import FIO, opened
from tests.integration.cli import Run

from tiji.bench.dataset import FIRST, fill
from tiji.bench.figures import Bench
from tiji.bench.places import START, city
from tiji.bench.running import run
from tiji.cases.actions.opening import case_id
from tiji.cases.queries import Filter, case_page
from tiji.cases.verifying import verify_log
from tiji.clock import FixedClock
from tiji.db import db
from tiji.runtime import runtime


def test_figures_stand_beside_their_floors_and_the_home_is_left_alone(
    tiji: Run, home: Path
) -> None:
    before = {path: path.stat().st_mtime_ns for path in sorted(home.rglob("*"))}
    words = ("--sizes", "300,400", "--rounds", "1", "--scale", "0.02", "--json")
    result = tiji("bench", "sweep", "list", "verify", *words)
    found = json.loads(result.stdout)
    assert found["machine"]["cores"] >= 1
    figures = {f"{one['measure']}: {one['name']}": one for one in found["figures"]}
    swept = figures["sweep: 20 due among 400"]
    assert swept["value"] > 0
    assert swept["floor"] > 0
    assert swept["statements"] > 0
    assert {one["measure"] for one in found["figures"]} == {"sweep", "list", "verify"}
    assert {path: path.stat().st_mtime_ns for path in sorted(home.rglob("*"))} == before


def test_pages_ask_little_and_the_search_misses_nothing(plain_environment: None) -> None:
    bench = Bench([300], rounds=1, scale=0.02)
    run(bench, ["pages"])
    figures = {one.name: one for one in bench.figures}
    for name in ("desk: statements", "case: statements"):
        assert figures[name].reached, name
    (missed,) = (one for one in bench.figures if one.name.startswith("search: missed"))
    assert missed.value == 0
    assert not missed.name.startswith("search: missed of 0 ")
    assert figures["desk, 25 of 300"].floor


@pytest.mark.parametrize(
    "words", [["nothing"], ["list", "--sizes", "few"], ["list", "--sizes", "3"]]
)
def test_what_cannot_be_measured_is_said(tiji: Run, words: list[str]) -> None:
    tiji("bench", *words, code=2)


def test_a_data_set_holds_what_it_says_and_its_log_is_whole(tmp_path: Path) -> None:
    with city(tmp_path / "city"):
        made = fill(300, 40)
        found = verify_log()
        assert found.cases >= made.cases
        assert [fault for fault in found.bad if case_id(fault.case) % 10**9 >= FIRST] == []


def _statements(limit: int) -> int:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    shown = case_page(Filter(holder=FIO), limit)
    event.remove(db.engine, "before_cursor_execute", note)
    assert len(shown["cases"]) == limit
    return len(seen)


@pytest.mark.usefixtures("city")
def test_a_page_asks_the_same_few_statements_however_long_it_is() -> None:
    runtime().clock = FixedClock(START)
    for _no in range(12):
        opened()
    assert _statements(2) == _statements(12) <= 6
