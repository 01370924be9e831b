"""Real workers, killed, stopped or slow, and a peer with bad habits: each message counts once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from tests.scenarios.doses import LONG, dose
from tests.scenarios.peers import (
    FAILS,
    HANGS,
    OK,
    RESETS,
    Peer,
    install_bell,
    listening,
)

from tiji.app import create_app
from tiji.cases import actions
from tiji.db import connected, db
from tiji.jobs.model import JobRow, WorkerRow
from tiji.jobs.rules import LEASE
from tiji.matters.actions import publish_matters
from tiji.testing.databases import Databases

#: Each case has two messages for the peer.
CASES = dose(15, 5000)
SEED = 11


@pytest.fixture
def city(
    tmp_path: Path, home: Path, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """Give an application that leaves deliveries to workers, with a plugin that tells a peer."""
    install_bell(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    app = create_app(databases.settings(home, deliver="worker"))
    with app.app_context(), connected():
        publish_matters()
        yield app
    sys.modules.pop("bell_bureau")


class Workers:
    """Start workers as an administrator does, and lose them."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self._settings = {**os.environ, **settings, "PYTHONPATH": str(folder), "TIJI_LANG": "en"}
        self.running: list[subprocess.Popen[str]] = []

    def start(self, *words: str, peer: Peer, patience: str = "0.5") -> subprocess.Popen[str]:
        """Start a worker that tells this peer, and waits so many seconds for its answer."""
        command = [sys.executable, "-c", "from tiji.cli import main; main()", "worker", *words]
        environment = {**self._settings, "PEER_URL": peer.url, "PEER_PATIENCE": patience}
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        self.running.append(process)
        return process


@pytest.fixture
def workers(city: Flask, tmp_path: Path, home: Path, databases: Databases) -> Iterator[Workers]:
    """Give a way to start workers; none of them outlives the test."""
    found = Workers(tmp_path, {**databases.environment(home), "TIJI_DELIVER": "worker"})
    yield found
    for process in found.running:
        process.kill()
        process.communicate()


def make_cases(count: int) -> list[str]:
    """Open cases and take each: two events a case for the peer."""
    made = []
    for no in range(count):
        number = actions.open_case(
            matter_code="bell.other",
            title=f"第 {no} 件",
            content=f"第 {no} 号楼入住多年未办证",
            client_name="张某某",
            client_kind="citizen",
            actor="housing_fio",
        ).number
        assert number
        actions.take(number, "housing_fio")
        made.append(number)
    return made


def wanted(numbers: list[str]) -> set[object]:
    return {f"{number}/{seq}" for number in numbers for seq in (1, 2)}


def left() -> int:
    """Count the deliveries to the peer that are not made."""
    count = select(func.count()).select_from(JobRow).where(JobRow.target == "bell.push")
    found = db.session.scalar(count)
    db.session.rollback()
    return found or 0


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for a condition; fail if it does not come."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it never came"
        time.sleep(0.05)


def check_order(peer: Peer, numbers: list[str]) -> None:
    """Assert that every case's events first arrived in their order."""
    first = list(dict.fromkeys(peer.ids))
    for number in numbers:
        assert first.index(f"{number}/1") < first.index(f"{number}/2")


def test_a_peer_that_fails_hangs_and_forgets_has_each_message_in_the_end(
    city: Flask, workers: Workers
) -> None:
    chance = random.Random(SEED)
    few = {2: FAILS, 5: RESETS, 8: HANGS, 11: FAILS}

    def habit(n: int) -> str:
        if not LONG:
            return few.get(n, OK)
        return chance.choices([OK, FAILS, RESETS, HANGS], [80, 10, 7, 3])[0]

    numbers = make_cases(CASES)
    with listening(habit) as peer:
        for _no in range(2):
            workers.start(peer=peer)
        wait_until(lambda: set(peer.ids) == wanted(numbers) and left() == 0, 120 + CASES)
        check_order(peer, numbers)
        twice = sum(count - 1 for count in Counter(peer.ids).values())
        assert twice <= peer.tried - len(wanted(numbers)), "only a lost answer comes again"


def test_another_worker_takes_over_what_a_killed_one_was_doing(
    city: Flask, workers: Workers
) -> None:
    numbers = make_cases(3)
    with listening(lambda n: HANGS if n <= 2 else OK) as peer:
        first = workers.start(peer=peer, patience="60")
        wait_until(lambda: peer.tried >= 2)
        first.send_signal(signal.SIGKILL)
        first.wait()
        killed = time.monotonic()
        workers.start(peer=peer)
        wait_until(lambda: left() == 0)
        assert time.monotonic() - killed < LEASE.total_seconds() + 10
        assert set(peer.ids) == wanted(numbers)
        check_order(peer, numbers)


def test_a_worker_that_is_told_to_stop_finishes_what_it_began(
    city: Flask, workers: Workers
) -> None:
    numbers = make_cases(2)
    with listening(lambda n: HANGS if n == 1 else OK) as peer:
        worker = workers.start(peer=peer, patience="20")
        wait_until(lambda: peer.tried >= 1)
        worker.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            worker.wait(1)
        peer.released.set()
        assert worker.wait(30) == 0
        done = peer.tried
        assert db.session.scalar(select(func.count()).select_from(WorkerRow)) == 0
        claimed = select(func.count()).select_from(JobRow).where(JobRow.owner.is_not(None))
        assert db.session.scalar(claimed) == 0, "nothing is left claimed"
        db.session.rollback()
        assert left() == 2 * len(numbers) - done, "what it began is done, and settled"
        assert workers.start("--once", peer=peer).wait(60) == 0
        assert len(peer.ids) == 2 * len(numbers) - 1, "the one that hung took nothing in"


def test_a_worker_for_cron_does_what_is_due_and_ends(city: Flask, workers: Workers) -> None:
    numbers = make_cases(CASES)
    with listening() as peer:
        worker = workers.start("--once", peer=peer)
        assert worker.wait(60 + CASES) == 0
        assert set(peer.ids) == wanted(numbers)
        assert Counter(peer.ids).most_common(1)[0][1] == 1
        assert left() == 0
