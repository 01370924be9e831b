"""Killed anywhere and run again, an import and a sweep end as one clean run (T4, I16, I24)."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.scenarios.processes import Child, Place, check_whole, rows_of, write_ledger

from tiji.testing.databases import Databases
from tiji.testing.pytest_plugin import START

# Read here: inside a test the TIJI_* settings of the caller are gone.
LONG = "TIJI_TEST_LONG" in os.environ
ROWS = 1500 if LONG else 600
#: So many rows or cases in one transaction; the more transactions, the more places to die.
BATCH = 150 if LONG else 100
COMMITS = ROWS // BATCH
LATER = START + timedelta(days=3)

ALL_POINTS = [(when, nth) for nth in range(1, COMMITS + 1) for when in ("before", "after")]
POINTS = ALL_POINTS if LONG else [("before", 1), ("after", 2), ("before", 5)]
SEEDS = range(100 if LONG else 2)

#: All that an import or a sweep makes, but for the salts of the commitments.
CASES = """
    SELECT number, source_key, source_digest, status, outcome, department, station, holder, fio,
           due_at, client_due_at, title, version, wake_at FROM tj_case ORDER BY number
"""
STAYS = """
    SELECT case_id, no, station, holder, entered_at, due_at, left_at, missed_at, outcome
    FROM tj_stay ORDER BY case_id, no
"""
EVENTS = "SELECT case_id, seq, kind, at, actor, change FROM tj_event ORDER BY case_id, seq"
PETITIONS = "SELECT * FROM petitions_petition ORDER BY case_id"
HEADS = "SELECT number, version, head FROM tj_case ORDER BY number"
Rows = list[tuple[Any, ...]]
Result = tuple[Place, dict[str, Any]]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a ledger of many rows."""
    return write_ledger(tmp_path_factory.mktemp("ledger") / "积案.csv", ROWS)


@pytest.fixture(scope="module")
def imported(
    databases: Databases,
    template_home: Path,
    ledger: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Result:
    """Give a home into which one clean run imported the ledger, and its report."""
    place = Place(databases, template_home).copied_to(tmp_path_factory.mktemp("clean") / "home")
    with Child(place, START, BATCH) as child:
        child.order("import", file=str(ledger))
        report = child.hear()["done"]
    assert report["imported"] > ROWS * 0.9
    assert report["read"] == report["imported"] + len(report["rejected"])
    return place, report


@pytest.fixture(scope="module")
def swept(imported: Result, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Give a home in which one clean sweep escalated what was imported, and its counts."""
    place = imported[0].copied_to(tmp_path_factory.mktemp("swept") / "home")
    with Child(place, LATER, BATCH) as child:
        child.order("sweep")
        result = child.hear()["done"]
    assert result["escalated"] > ROWS / 2
    return place, result


def made_by_import(place: Place) -> list[Rows]:
    return [rows_of(place, START, query) for query in (CASES, STAYS, EVENTS, PETITIONS)]


def import_again(place: Place, ledger: Path, clean: dict[str, Any]) -> None:
    """Run an import to its end; what was in already is unchanged, nothing is lost or doubled."""
    with Child(place, START, BATCH) as child:
        child.order("import", file=str(ledger))
        report = child.hear()["done"]
    assert report["imported"] + report["unchanged"] == clean["imported"]
    assert (report["updated"], report["conflicts"]) == (0, 0)
    assert report["rejected"] == clean["rejected"]


def die_at_random(child: Child, seed: int, longest: float) -> None:
    """Kill at a moment that nobody chose, starting up or at work."""
    time.sleep(random.Random(seed).uniform(0, longest))
    child.kill()


@pytest.mark.parametrize(("when", "nth"), POINTS)
def test_an_import_killed_at_a_commit_is_simply_run_again(
    place: Place, ledger: Path, imported: Result, when: str, nth: int
) -> None:
    with Child(place, START, BATCH) as child:
        child.order("import", file=str(ledger), die=[when, nth])
        assert child.hear() is None
    import_again(place, ledger, imported[1])
    assert made_by_import(place) == made_by_import(imported[0])
    check_whole(place, START, every=100)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_import_killed_at_any_moment_is_simply_run_again(
    place: Place, ledger: Path, imported: Result, seed: int
) -> None:
    for again in range(2):
        with Child(place, START, BATCH) as child:
            child.order("import", file=str(ledger))
            die_at_random(child, seed * 2 + again, 0.8)
    import_again(place, ledger, imported[1])
    assert made_by_import(place) == made_by_import(imported[0])
    check_whole(place, START, every=100)


@pytest.fixture
def overdue(imported: Result, tmp_path: Path) -> Iterator[Place]:
    """Give a home of the test's own with what was imported."""
    place = imported[0].copied_to(tmp_path / "home")
    yield place
    place.databases.drop(place.home)


@pytest.mark.parametrize(("when", "nth"), POINTS)
def test_a_sweep_killed_at_a_commit_doubles_nothing(
    overdue: Place,
    swept: Result,
    when: str,
    nth: int,
) -> None:
    with Child(overdue, LATER, BATCH) as child:
        child.order("sweep", die=[when, nth])
        assert child.hear() is None
    sweep_again(overdue, swept)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_sweep_killed_at_any_moment_doubles_nothing(
    overdue: Place,
    swept: Result,
    seed: int,
) -> None:
    for again in range(2):
        with Child(overdue, LATER, BATCH) as child:
            child.order("sweep")
            die_at_random(child, seed * 2 + again, 1.0)
    sweep_again(overdue, swept)


def sweep_again(place: Place, swept: Result) -> None:
    """Sweep to the end: every log must be, to the last hash, that of the clean sweep."""
    with Child(place, LATER, BATCH) as child:
        child.order("sweep")
        assert child.hear()["done"]["quarantined"] == []
    for query in (HEADS, STAYS):
        assert rows_of(place, LATER, query) == rows_of(swept[0], LATER, query)
    check_whole(place, LATER, every=100)
