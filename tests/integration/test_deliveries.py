"""Deliveries: in the action's commit, in order, tried again, parked, never lost."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select
from tests.integration.cases import FIO, HEAD, do, opened, refused
from tests.scenarios.peers import install_bell
from tests.scenarios.rogue import losing_answers

from tiji.app import create_app
from tiji.cli import main
from tiji.clock import FixedClock
from tiji.db import connected, db, transaction
from tiji.duties import new_worker
from tiji.errors import TijiError
from tiji.jobs.actions import beat, claim, enqueue, hold_outside, keep_periodic, retry, settle
from tiji.jobs.model import JobRow
from tiji.jobs.queries import failing_jobs, is_due, living_workers, stopped_jobs
from tiji.jobs.rules import LEASE, TRIES, NewJob, Outcome
from tiji.matters.actions import publish_matters
from tiji.plugins.types import Event
from tiji.runtime import runtime
from tiji.testing.databases import Databases, wait_for_no_disk
from tiji.testing.pytest_plugin import START

PUSH = "bell.push"


@pytest.fixture
def bell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Give a plugin whose HANDLE a test sets."""
    install_bell(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("bell_bureau")
    sys.modules.pop("bell_bureau")


@pytest.fixture(params=["here", "worker"])
def who(request: pytest.FixtureRequest) -> str:
    """Say who delivers: whoever acts, or a worker."""
    return str(request.param)


@pytest.fixture
def belled(bell: ModuleType, home: Path, databases: Databases, who: str) -> Iterator[Flask]:
    """Give an application with that plugin."""
    app = create_app(databases.settings(home, START, strict=True, deliver=who))
    with app.app_context(), connected():
        wait_for_no_disk(db.engine)
        db.engine.dispose()
        publish_matters()
        yield app


@pytest.fixture
def work(belled: Flask) -> Callable[[], None]:
    """Let a worker do what is due."""

    def run() -> None:
        assert new_worker(belled, threads=2).run(once=True)

    return run


@pytest.fixture
def heard(bell: ModuleType) -> list[Event]:
    """Keep what the plugin hears; it fails while ``bell.FAULT`` is set."""
    found: list[Event] = []

    def handle(event: Event) -> None:
        if fault := getattr(bell, "FAULT", None):
            raise fault
        found.append(event)

    bell.HANDLE = handle  # type: ignore[attr-defined]
    return found


def later(by: timedelta) -> None:
    """Move the clock on."""
    clock = runtime().clock
    assert isinstance(clock, FixedClock)
    clock.move(by)


def rows() -> list[JobRow]:
    """Read the deliveries that are not done."""
    found = db.session.scalars(select(JobRow).where(JobRow.every_s.is_(None)).order_by(JobRow.id))
    waiting = list(found)
    db.session.expunge_all()
    db.session.rollback()
    return waiting


def waiting() -> list[str]:
    """Name the bell's events that are not delivered."""
    return [row.key for row in rows() if row.target == PUSH]


def test_a_delivery_is_made_once_and_is_gone(
    belled: Flask, heard: list[Event], work: Callable[[], None]
) -> None:
    number = opened()
    do(number, "take")
    work()
    assert [(event.id, event.kind) for event in heard] == [
        (f"{number}/1", "case_opened"),
        (f"{number}/2", "case_taken"),
    ]
    assert rows() == []
    work()
    assert len(heard) == 2


@pytest.mark.parametrize("who", ["worker"])
def test_a_worker_gives_the_event_as_the_log_keeps_it(
    belled: Flask, heard: list[Event], work: Callable[[], None]
) -> None:
    number = opened()
    do(number, "escalate", why="张某某缺竣工备案")
    assert heard == []
    assert waiting() == [f"{number}/1", f"{number}/2"]
    work()
    event = heard[-1]
    assert (event.case, event.seq, event.actor) == (number, 2, FIO)
    assert event.data["why"] == "张某某缺竣工备案"
    with pytest.raises(TypeError):
        event.data["why"] = "x"  # type: ignore[index]
    assert event.at == START


def test_who_wants_its_own_matters_alone_hears_of_no_other(
    databases: Databases, home: Path
) -> None:
    apart = create_app(databases.settings(home, START, strict=True, deliver="worker"))
    with apart.app_context(), connected():
        opened(matter_code="petitions.other")
        waiting = {*db.session.scalars(select(JobRow.target))}
    assert "petitions.register" in waiting
    assert not {"natural_resources.register", "data_bureau.register"} & waiting


def test_what_is_refused_enqueues_nothing(belled: Flask, heard: list[Event]) -> None:
    number = opened()
    before = [row.key for row in rows()]
    refused("not-holder", number, "take", HEAD)
    assert [row.key for row in rows()] == before


def test_a_lost_answer_delivers_once(
    belled: Flask, heard: list[Event], work: Callable[[], None]
) -> None:
    number = opened()
    with losing_answers(), pytest.raises(Exception, match="lost"):
        do(number, "take")
    later(LEASE + timedelta(seconds=1))  # whoever acted here never came to deliver
    work()
    assert [event.id for event in heard] == [f"{number}/1", f"{number}/2"]


def test_a_failed_delivery_is_tried_after_doubling_pauses_and_then_parked(
    belled: Flask, bell: ModuleType, heard: list[Event], work: Callable[[], None]
) -> None:
    bell.FAULT = ConnectionError("张某某")  # type: ignore[attr-defined]
    number = opened()
    work()
    pauses = []
    while failing := [job for job in failing_jobs() if job["target"] == PUSH]:
        (row,) = [row for row in rows() if row.target == PUSH]
        pauses.append((row.due_at - runtime().clock.now()).total_seconds())
        assert "张某某" not in json.dumps(failing, ensure_ascii=False), "no word that was said"
        later(row.due_at - runtime().clock.now())
        work()
    assert pauses[:4] == [10, 20, 40, 80]
    assert pauses[-1] == 3600
    assert len(pauses) == TRIES - 1
    (parked,) = stopped_jobs()
    assert (parked["state"], parked["event"], parked["tries"]) == ("parked", f"{number}/1", TRIES)
    assert parked["error"].startswith("ConnectionError")
    later(timedelta(days=30))
    work()
    assert heard == [], "what is parked is left alone"
    del bell.FAULT
    assert retry(target=PUSH) == 1
    work()
    assert heard[0].id == f"{number}/1"
    assert waiting() == [], "and what waited behind it arrived too"


def test_one_cases_events_keep_their_order_and_hold_up_no_other_case(
    belled: Flask, bell: ModuleType, heard: list[Event], work: Callable[[], None]
) -> None:
    bell.FAULT = ConnectionError()  # type: ignore[attr-defined]
    first = opened()
    work()
    del bell.FAULT
    do(first, "take")
    do(first, "comment", FIO)
    other = opened(title="路灯无人管养")
    work()
    assert [event.id for event in heard] == [f"{other}/1"], "it waits for what failed before it"
    later(timedelta(seconds=11))
    work()
    assert [event.id for event in heard] == [f"{other}/1", *(f"{first}/{n}" for n in (1, 2, 3))]


def test_a_parked_delivery_says_what_waits_behind_it(
    belled: Flask, bell: ModuleType, heard: list[Event], work: Callable[[], None]
) -> None:
    number = opened()
    bell.FAULT = ConnectionError()  # type: ignore[attr-defined]
    do(number, "take")
    do(number, "comment", FIO)
    for _time in range(TRIES):
        work()
        later(timedelta(hours=1, seconds=1))
    (parked,) = stopped_jobs()
    assert parked["behind"] == len(waiting()) - 1 > 0


@pytest.mark.parametrize("who", ["worker"])
def test_a_target_that_keeps_failing_is_tried_with_one_job_at_a_time(
    belled: Flask, bell: ModuleType, work: Callable[[], None]
) -> None:
    tried: list[str] = []

    def handle(event: Event) -> None:
        tried.append(event.id)
        raise ConnectionError

    bell.HANDLE = handle  # type: ignore[attr-defined]
    for _no in range(30):
        opened(content=f"第 {_no} 件")
    work()
    assert len(tried) < 15, "the other deliveries wait until one try succeeds"
    assert len(waiting()) == 30


@pytest.mark.parametrize("who", ["worker"])
def test_a_dead_workers_job_is_taken_over_and_its_late_word_counts_nothing(
    belled: Flask, heard: list[Event]
) -> None:
    number = opened()
    with transaction() as session:
        (job,) = claim(session, "dead", [PUSH], 9)
    with transaction() as session:
        assert claim(session, "other", [PUSH], 9) == []
    later(LEASE + timedelta(seconds=1))
    with transaction() as session:
        (again,) = claim(session, "other", [PUSH], 9)
    assert again.key == job.key == f"{number}/1"
    with transaction() as session:
        settle(session, "dead", [Outcome(job)])
    assert waiting() == [f"{number}/1"]
    with transaction() as session:
        settle(session, "other", [Outcome(again)])
    assert waiting() == []


@pytest.mark.parametrize("who", ["worker"])
def test_a_living_worker_keeps_its_jobs(belled: Flask, heard: list[Event]) -> None:
    opened()
    with transaction() as session:
        claim(session, "alive", [PUSH], 9)
    for _time in range(3):
        later(LEASE - timedelta(seconds=1))
        with transaction() as session:
            beat(session, "alive", START)
            assert claim(session, "other", [PUSH], 9) == []
    assert [worker["id"] for worker in living_workers()] == ["alive"]
    later(LEASE + timedelta(seconds=1))
    assert living_workers() == []


@pytest.mark.parametrize("who", ["worker"])
def test_after_a_restore_what_reaches_outside_is_held_until_somebody_frees_it(
    belled: Flask, heard: list[Event], work: Callable[[], None]
) -> None:
    inside, outside = NewJob("core:x", "1", "a"), NewJob(PUSH, "TJ2026000001/1", "1:bell.push")
    with transaction() as session:
        enqueue(session, [inside], "a worker of before")
        enqueue(session, [NewJob(outside.target, outside.key, outside.lane, outside=True)])
    with transaction() as session:
        assert hold_outside(session) == 1
    assert {(row.target, row.state, row.owner) for row in rows()} == {
        ("core:x", "waiting", None), (PUSH, "held", None),
    }  # fmt: skip
    work()
    assert heard == []
    assert [job["state"] for job in stopped_jobs()] == ["held"]
    assert retry() == 1
    assert not stopped_jobs()


@pytest.mark.parametrize("who", ["worker"])
def test_a_delivery_for_a_plugin_that_is_away_waits_for_it(
    belled: Flask, heard: list[Event]
) -> None:
    opened()
    assert not is_due(["petitions.follow", "signals"]), "who does not know a target leaves it"
    assert is_due([PUSH])


def test_periodic_work_has_its_turns_and_a_failed_turn_is_tried_again_soon(
    belled: Flask, bell: ModuleType, work: Callable[[], None]
) -> None:
    turns: list[object] = []
    bell.TURN = lambda: turns.append(runtime().clock.now())  # type: ignore[attr-defined]
    work()
    work()
    assert len(turns) == 1
    later(timedelta(seconds=599))
    work()
    assert len(turns) == 1
    later(timedelta(seconds=1))
    work()
    assert len(turns) == 2
    bell.TURN = lambda: 1 / 0  # type: ignore[attr-defined]
    for _time in range(TRIES + 3):
        later(timedelta(seconds=600))
        work()
    assert stopped_jobs() == [], "it is never given up"
    bell.TURN = lambda: turns.append(0)  # type: ignore[attr-defined]
    later(timedelta(seconds=600))
    work()
    assert len(turns) == 3


def test_periodic_work_changes_its_turn_with_the_program(belled: Flask) -> None:
    for seconds in (60, 60, 30):
        keep_periodic({"core:round": seconds})
    made = select(JobRow.every_s).where(JobRow.target == "core:round")
    assert db.session.scalars(made).all() == [30]
    db.session.rollback()


def test_the_worker_sweeps(belled: Flask, heard: list[Event], work: Callable[[], None]) -> None:
    number = opened()
    later(timedelta(days=2))
    work()
    work()
    assert "case_escalated" in [event.kind for event in heard if event.case == number]


def test_a_hanging_database_error_leaves_the_delivery_to_a_worker(
    belled: Flask, heard: list[Event], work: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    number = opened()
    heard.clear()
    commit, left = db.session.session_factory.class_.commit, [1]

    def fail_second(self: Any) -> None:
        if self.connection().get_execution_options().get("tiji_write"):
            left[0] -= 1
            if left[0] < 0:
                from sqlalchemy.exc import OperationalError

                raise OperationalError("COMMIT", {}, ConnectionError("disk full"))
        commit(self)

    with monkeypatch.context() as patch:
        patch.setattr(db.session.session_factory.class_, "commit", fail_second)
        do(number, "take")  # the action stands, and says so
    later(LEASE + timedelta(seconds=1))
    work()
    assert f"{number}/2" in [event.id for event in heard]
    assert waiting() == []


@pytest.mark.parametrize("who", ["worker"])
def test_the_command_line_shows_and_frees_what_failed(
    belled: Flask,
    bell: ModuleType,
    heard: list[Event],
    work: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tiji.app.create_app", lambda *_settings: belled)

    def tiji(*args: str, code: int = 0) -> Result:
        result = CliRunner().invoke(main, ["events", *args])
        assert result.exit_code == code, result.output
        return result

    assert "Everything arrived" in tiji("failed").stdout
    bell.FAULT = ConnectionError()  # type: ignore[attr-defined]
    number = opened()
    work()
    assert f"{number}/1" in tiji("failed").stdout
    for _time in range(TRIES):
        later(timedelta(hours=1, seconds=1))
        work()
    told = json.loads(tiji("failed", "--json").stdout)
    (parked,) = told["stopped"]
    assert parked["target"] == PUSH
    assert "tiji events retry" in tiji("failed").stdout
    assert "--all" in tiji("retry", code=2).stderr
    assert tiji("retry", "999999", code=2).stderr
    del bell.FAULT
    assert json.loads(tiji("retry", str(parked["id"]), "--json").stdout) == {"freed": 1}
    result = CliRunner().invoke(main, ["worker", "--once"])
    assert result.exit_code == 0, result.output
    assert [event.id for event in heard] == [f"{number}/1"]


def test_a_setting_that_nobody_knows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from tiji.config import read_settings

    monkeypatch.setenv("TIJI_DELIVER", "later")
    with pytest.raises(TijiError, match="TIJI_DELIVER"):
        read_settings()
