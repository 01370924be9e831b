"""One commit in ten stands, but its answer is lost: nothing is done twice, nothing lost (T6)."""

from __future__ import annotations

import logging
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from tests.integration.cases import FIO, WORDS, opened
from tests.scenarios.clients import wait_until
from tests.scenarios.crash_points import install_effects
from tests.scenarios.doses import Figure, dose
from tests.scenarios.faults import losing
from tests.scenarios.invariants import check_case, snapshot
from tests.scenarios.processes import write_ledger

import tiji.intake.actions
from tiji.app import create_app
from tiji.cases import actions
from tiji.cases.actions.sweeping import sweep
from tiji.cases.model import CaseRow
from tiji.cases.verifying import verify_log
from tiji.clock import FixedClock
from tiji.db import connected, db
from tiji.duties import new_worker
from tiji.errors import ConflictError, RuleError
from tiji.intake.actions import import_ledger
from tiji.jobs.model import JobRow
from tiji.matters.actions import publish_matters
from tiji.runtime import runtime
from tiji.testing.databases import Databases, wait_for_no_disk
from tiji.testing.pytest_plugin import START

COMMANDS = dose(250, 100_000)
CHANCE = 0.1
SEED = 7
#: So many cases are in motion at a time; each is looked over whole when its place is needed.
CASES = 20
ROWS = 6
KINDS = ("case_opened", "case_taken", "case_escalated", "case_commented", "deadline_missed")


@pytest.fixture(params=["here", "worker"])
def app(
    request: pytest.FixtureRequest,
    home: Path,
    databases: Databases,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Flask]:
    """Give an application whose one subscriber writes each event's id into a file."""
    install_effects(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("EFFECTS", str(tmp_path / "effects"))
    monkeypatch.setattr("tiji.jobs.worker.PAUSE_S", 0.001)
    monkeypatch.setattr(tiji.intake.actions, "BATCH", 2)
    app = create_app(databases.settings(home, START, deliver=request.param))
    with app.app_context(), connected():
        wait_for_no_disk(db.engine)
        publish_matters()
        yield app
    sys.modules.pop("effects_bureau")


class Office:
    """Act at random, as people who are not sure whether it was done: they look, and try again."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.app, self.folder = app, folder
        self.dice = random.Random(SEED)
        self.wanted: list[str] = []
        self.seen: set[str] = set()
        self.ledgers = 0
        self.done: Counter[str] = Counter()

    def step(self) -> None:
        """Do one thing, and let half a minute go by: the claims of whoever lost an answer end."""
        runtime().clock = FixedClock(runtime().clock.now() + timedelta(seconds=30))
        if len(self.seen) < CASES:
            self.open()
            return
        kinds = ("take", "comment", "escalate", "complete", "sweep", "import", "deliver")
        kind = self.dice.choices(kinds, [5, 12, 6, 3, 1, 1, 3])[0]
        self.done[kind] += 1
        if kind in ("sweep", "import", "deliver"):
            getattr(self, kind)()
        else:
            self.act(kind, self.dice.choice(sorted(self.seen)))

    def open(self) -> None:
        """Open a case; where no number came back, whoever opened it finds it as the newest."""
        self.done["open"] += 1
        before, _newest = self.mine()
        with suppress(OperationalError):
            actions.open_case(
                matter_code="effects.other", title="加装电梯", content="谈不拢",
                client_name="张某某", client_kind="citizen", actor=FIO,
            )  # fmt: skip
        after, newest = self.mine()
        assert after == before + 1
        self.seen.add(newest)

    def mine(self) -> tuple[int, str]:
        """Count the officer's cases, and give the newest."""
        query = select(func.count(), func.max(CaseRow.number)).where(CaseRow.fio == FIO)
        count, newest = db.session.execute(query).one()
        db.session.rollback()
        return count, str(newest)

    def act(self, kind: str, number: str) -> None:
        """Act on what was seen; after a lost answer the same again must be refused."""
        before = snapshot(number)
        if before.state.holder is None:  # with the leaders, or answered
            self.retire(number)
            return
        version, actor = before.head.seq, before.state.holder
        do: Callable[[], None] = lambda: getattr(actions, kind)(  # noqa: E731
            number, actor, **WORDS[kind], seen=version
        )
        try:
            do()
        except OperationalError:
            after = snapshot(number)
            assert after.head.seq > version
            with pytest.raises((ConflictError, RuleError)):
                do()
            assert snapshot(number) == after, "the second try had an effect of its own"
        except RuleError:
            assert snapshot(number).head.seq == version

    def sweep(self) -> None:
        """Sweep three days on, as often as it takes."""
        runtime().clock = FixedClock(runtime().clock.now() + timedelta(hours=3))
        while True:
            with suppress(OperationalError):
                assert sweep().quarantined == []
                return

    def import_(self) -> None:
        """Import a ledger, as often as it takes."""
        file = self.folder / "积案.csv"
        if self.ledgers < 3:
            self.ledgers += 1
            write_ledger(file, ROWS * self.ledgers)
        while True:
            with suppress(OperationalError):
                import_ledger("petitions.backlog", file)
                return

    def deliver(self) -> None:
        """Let a worker deliver what there is, as often as it takes."""
        while True:
            with suppress(OperationalError):
                assert new_worker(self.app).run(once=True)
                return

    def retire(self, number: str) -> None:
        """Look a case over, and what was told of it, and leave it."""
        told = check_case(number).told
        self.wanted += [f"{number}/{event.link.seq}" for event in told if event.kind in KINDS]
        self.seen.remove(number)


setattr(Office, "import", Office.import_)


def test_lost_answers_do_nothing_twice(
    app: Flask, tmp_path: Path, caplog: pytest.LogCaptureFixture, figure: Figure
) -> None:
    caplog.set_level(logging.CRITICAL, "tiji")
    office = Office(app, tmp_path)
    with losing(CHANCE, SEED) as lost:
        for _no in range(COMMANDS // 2):  # the other half where the other one delivers
            office.step()
    runtime().clock = FixedClock(runtime().clock.now() + timedelta(seconds=30))
    office.deliver()
    for number in sorted(office.seen):
        office.retire(number)
    found = verify_log()
    assert found.bad == ()
    assert db.session.scalar(select(func.count()).where(JobRow.every_s.is_(None))) == 0
    lines = (tmp_path / "effects").read_text(encoding="utf-8").split()
    effects = [line for line in lines if not line.startswith("petitions.backlog")]
    assert len(lost) > COMMANDS / 40
    assert Counter(effects).most_common(1)[0][1] == 1, "a lost answer is no second delivery"
    check_order(effects, office.wanted)
    figure(f"{COMMANDS // 2} commands, {len(lost)} answers lost, {found.events} events, 0 wrong")


@pytest.mark.parametrize("app", ["worker"], indirect=True)
def test_a_worker_whose_claim_was_not_answered_takes_it_up_again(
    app: Flask, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "tiji")
    worker = new_worker(app)
    thread = worker.start()
    try:
        wait_until(lambda: (tmp_path / "effects").exists() or opened())
        with losing(1, SEED) as lost:
            with suppress(OperationalError):
                opened()
            wait_until(lambda: len(lost) > 2)
        # Its clock stands still: no claim ever runs out.
        wait_until(lambda: waiting() == 0)
    finally:
        worker.stop()
        thread.join(30)
    lines = (tmp_path / "effects").read_text(encoding="utf-8").split()
    assert len(lines) == len(set(lines)) >= 2


def waiting() -> int:
    found = db.session.scalar(select(func.count()).where(JobRow.every_s.is_(None)))
    db.session.rollback()
    return found or 0


def check_order(effects: list[str], wanted: list[str]) -> None:
    """Assert that all arrived, and each case's in their order."""
    last: Counter[str] = Counter()
    for effect in effects:
        case, _slash, seq = effect.partition("/")
        assert int(seq) > last[case], effect
        last[case] = int(seq)
    # What a sweep did to imported cases is told too.
    assert set(wanted) <= set(effects)
