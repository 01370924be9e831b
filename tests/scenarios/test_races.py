"""Several processes at one database: one winner, and a loser who is told by whom (T3)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from tests.scenarios.invariants import check_case
from tests.scenarios.processes import Child, Place, check_whole, looking, rows_of, write_ledger

from tiji.cases import actions
from tiji.crypto import make_key
from tiji.db import db
from tiji.intake.actions import import_ledger
from tiji.matters.queries import matter
from tiji.plugins import migrate
from tiji.runtime import runtime
from tiji.testing.databases import Databases
from tiji.testing.pytest_plugin import START

# Read here: inside a test the TIJI_* settings of the caller are gone.
ROUNDS = 250 if "TIJI_TEST_LONG" in os.environ else 8
LATER = START + timedelta(days=3)
UP = {"why": "缺竣工备案", "judgement": "unsure", "suggestion": "会同核验"}
DONE = {"result": "已办证", "outcome": "done", "feedback": "已送达"}


def open_cases(count: int) -> list[str]:
    numbers = []
    for _no in range(count):
        done = actions.open_case(
            matter_code="petitions.other", title="加装电梯", content="谈不拢",
            client_name="张某某", client_kind="citizen", actor="housing_fio",
        )  # fmt: skip
        assert done.number
        numbers.append(done.number)
    return numbers


@contextmanager
def two(place: Place, late: bool = False, batch: int = 500) -> Iterator[tuple[Child, Child]]:
    """Start two processes; ``late`` ones live when everything opened today is overdue."""
    moment = LATER if late else START
    with Child(place, moment, batch) as one, Child(place, moment, batch) as other:
        yield one, other


def test_of_two_officers_who_saw_the_same_case_one_wins(app: Flask, place: Place) -> None:
    numbers = open_cases(ROUNDS)
    with two(place) as (one, other):
        for number in numbers:
            one.order("act", action="escalate", case=number, actor="housing_fio", words=UP,
                      wait="read")  # fmt: skip
            other.order("act", action="complete", case=number, actor="housing_fio", words=DONE,
                        wait="read")  # fmt: skip
            assert one.hear() == other.hear() == {"at": "read"}
            one.tell()
            other.tell()
            heard = [one.hear(), other.hear()]
            losers = [said for said in heard if "error" in said]
            assert len(losers) == 1, heard
            assert losers[0]["error"] == "ConflictError"
            assert "孟望舒" in losers[0]["says"]
            assert len(check_case(number).told) == 2
    check_whole(place, START)


def test_the_same_action_at_the_same_time_counts_once(app: Flask, place: Place) -> None:
    numbers = open_cases(ROUNDS)
    with two(place) as children:
        for number in numbers:
            for child in children:
                child.order("act", action="take", case=number, actor="housing_fio", wait="start")
            assert [child.hear() for child in children] == [{"at": "start"}] * 2
            for child in children:
                child.tell()
            heard = [child.hear() for child in children]
            assert sorted(said.get("error", "") for said in heard) in (
                ["", "ConflictError"],
                ["", "RuleError"],  # the winner was through before the loser looked
            ), heard
            assert [told.kind for told in check_case(number).told] == ["case_opened", "case_taken"]


def test_an_officer_loses_against_a_sweeper_that_came_first(app: Flask, place: Place) -> None:
    (number,) = open_cases(1)
    with two(place, late=True) as (officer, sweeper):
        # The sweeper stands before its write when the officer has read the case as it was.
        sweeper.order("sweep", wait="store")
        assert sweeper.hear() == {"at": "store"}
        officer.order("act", action="complete", case=number, actor="housing_fio", words=DONE,
                      wait="read")  # fmt: skip
        assert officer.hear() == {"at": "read"}
        officer.tell()
        sweeper.tell()
        assert sweeper.hear()["done"]["escalated"] == 1
        lost = officer.hear()
        assert lost["error"] == "ConflictError"
        assert "system, escalated" in lost["says"]
    check_whole(place, LATER)


def test_a_sweeper_finds_nothing_where_an_officer_came_first(app: Flask, place: Place) -> None:
    (number,) = open_cases(1)
    with two(place, late=True) as (officer, sweeper):
        officer.order("act", action="complete", case=number, actor="housing_fio", words=DONE)
        sweeper.order("sweep")
        said, swept = officer.hear(), sweeper.hear()["done"]
    # Whoever came first: one of the two moved the case, and the breach is on record once.
    assert ("error" in said) == (swept["escalated"] == 1)
    with looking(place, LATER):
        kinds = [told.kind for told in check_case(number).told]
    assert kinds.count("deadline_missed") == 1


@pytest.mark.parametrize("batch", [3, 500])
def test_two_sweepers_escalate_each_case_once(
    app: Flask, place: Place, tmp_path: Path, batch: int
) -> None:
    import_ledger("petitions.backlog", write_ledger(tmp_path / "积案.csv", 240))
    db.session.remove()
    is_open = "SELECT id, 1 FROM tj_case WHERE status = 'open' ORDER BY id"
    due = rows_of(place, LATER, is_open)
    assert len(due) >= 200
    with two(place, late=True, batch=batch) as children:
        for child in children:
            child.order("sweep", wait="start")
        assert [child.hear() for child in children] == [{"at": "start"}] * 2
        for child in children:
            child.tell()
        swept = [child.hear()["done"] for child in children]
    assert sum(result["escalated"] for result in swept) == len(due)
    assert [result["quarantined"] for result in swept] == [[], []]
    ups = (
        "SELECT case_id, count(*) FROM tj_event WHERE kind = 'case_escalated' "
        "GROUP BY case_id ORDER BY case_id"
    )
    assert rows_of(place, LATER, ups) == due
    check_whole(place, LATER, every=20)


def at_once(children: Iterable[Child], do: str, **order: Any) -> list[Any]:
    """Let all do the same at the same time; give what each says."""
    children = list(children)
    for child in children:
        child.order(do, **order, wait="start")
    assert [child.hear() for child in children] == [{"at": "start"}] * len(children)
    for child in children:
        child.tell()
    return [child.hear() for child in children]


def test_who_asks_at_two_counters_at_once_has_one_case(app: Flask, place: Place) -> None:
    """The first pair also opens the year's first case."""
    with two(place) as children:
        for no in range(ROUNDS):
            words = {
                "matter_code": "petitions.other", "title": "加装电梯", "content": "谈不拢",
                "client_name": f"张某{no}", "client_kind": "citizen", "actor": "housing_fio",
                "data": {"id_number": f"3407051900010100{no:02d}"},
            }  # fmt: skip
            heard = [said["done"] for said in at_once(children, "open", words=words)]
            assert len({done["number"] for done in heard}) == 1, heard
            assert sorted(done["repeated"] for done in heard) == [False, True]
    check_whole(place, START)


def test_who_opens_at_the_same_time_has_numbers_without_a_gap(app: Flask, place: Place) -> None:
    words = {
        "matter_code": "petitions.other", "title": "加装电梯", "content": "谈不拢",
        "client_name": "张某某", "client_kind": "citizen", "actor": "housing_fio",
    }  # fmt: skip
    with two(place) as children:
        heard = [said for _no in range(ROUNDS) for said in at_once(children, "open", words=words)]
    numbers = sorted(said["done"]["number"] for said in heard)
    assert numbers == [f"TJ2026{no:06d}" for no in range(1, 2 * ROUNDS + 1)]


def test_a_ledger_that_two_import_at_once_enters_once(
    app: Flask, place: Place, tmp_path: Path
) -> None:
    ledger = write_ledger(tmp_path / "积案.csv", 240)
    with two(place, batch=20) as children:
        heard = [said["done"] for said in at_once(children, "import", file=str(ledger))]
    clean = 240 - len(heard[0]["rejected"])
    assert sum(report["imported"] for report in heard) == clean
    assert sum(report["unchanged"] for report in heard) == clean
    check_whole(place, START, every=20)


def test_two_that_upgrade_at_once_find_the_work_done(
    databases: Databases, empty_home: Path
) -> None:
    make_key(empty_home)
    place = Place(databases, empty_home)
    with two(place) as children:
        heard = [said["done"] for said in at_once(children, "upgrade")]
    with looking(place, START):
        assert sum(heard) >= len(migrate.current(runtime().plugins))
        assert migrate.pending(runtime().plugins) == []
        assert matter("petitions.other").version == 1
