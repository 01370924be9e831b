"""What a delivery costs and how long it takes, beside claiming and deleting rows raw."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import current_app
from sqlalchemy import delete, func, select

from tiji import signals
from tiji.app import create_app
from tiji.bench import places
from tiji.bench.acting import _hear, _open, _raw_connection
from tiji.bench.figures import Bench, Figure, Taken, quantile, taken
from tiji.cases import actions
from tiji.clock import SystemClock
from tiji.config import Settings
from tiji.db import db, transaction
from tiji.duties import new_worker
from tiji.jobs.actions import enqueue
from tiji.jobs.model import JobRow
from tiji.jobs.rules import NewJob
from tiji.jobs.worker import AHEAD, Worker
from tiji.runtime import runtime

JOBS, TOLD = 2000, 60
WAITS_S = 60


def measure(bench: Bench, name: str, settings: Settings) -> None:
    """Measure how many trivial deliveries a worker makes, and when the first one arrives."""
    runtime().clock = SystemClock()
    _throughput(bench, name, settings)
    count = bench.amount(TOLD)
    with _other_worker(places.delivering(settings, "worker")) as heard:
        _latency(bench, f"{name}, a worker", count, heard)
    runtime().settings = places.delivering(settings, "here")
    with _listening() as told:
        _latency(bench, f"{name}, deliver=here", count, told)


def _throughput(bench: Bench, name: str, settings: Settings) -> None:
    count, worker, raw = bench.amount(JOBS), Taken(), Taken()
    for _round in range(bench.rounds):
        _fill(count)
        raw = raw.least(_raw(settings.database_url))
        _fill(count)
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        one = Worker(app, {"bench": _nothing}, {})
        with bench.profiled(f"deliveries, {name}"):
            worker = worker.least(taken(lambda one=one: one.run(once=True)))  # type: ignore[misc]
        _check_empty()
    cpu, floor = worker.cpu_ms / count, raw.cpu_ms / count
    bench.add(Figure("delivery", f"{name}: CPU a delivery", cpu, "ms CPU", floor, cpu / floor))
    rates = [count / one.wall_ms * 1000 for one in (worker, raw)]
    bench.add(
        Figure("delivery", f"{name}: deliveries a second", rates[0], "/s", rates[1],
               rates[0] / rates[1])
    )  # fmt: skip


def _nothing(_job: object) -> None:
    """Deliver."""


def _fill(count: int) -> None:
    with transaction() as session:
        session.execute(delete(JobRow))
        enqueue(session, [NewJob("bench", str(no), f"{no}:bench") for no in range(count)])


def _check_empty() -> None:
    left = db.session.scalar(select(func.count()).select_from(JobRow))
    db.session.rollback()
    if left:
        raise AssertionError(f"{left} deliveries are left")


DUE = "SELECT id, key FROM tj_job WHERE state = 'waiting' ORDER BY due_at, id LIMIT {0}"
CLAIM = "UPDATE tj_job SET owner = 'raw', lease_until = due_at WHERE id = {0}"
DONE = "DELETE FROM tj_job WHERE id = {0}"


def _raw(url: str) -> Taken:
    """Claim as many at a time as a worker, then delete them while claiming the next."""
    connection, mark, begin = _raw_connection(url)
    cursor = connection.cursor()
    due = DUE.format(AHEAD)
    claim, gone = CLAIM.format(mark), DONE.format(mark)

    def work() -> None:
        done: list[Any] = []
        while True:
            cursor.execute(begin)
            if done:
                cursor.executemany(gone, done)
            done = [(row[0],) for row in cursor.execute(due).fetchall()]
            if done:
                cursor.executemany(claim, done)
            cursor.execute("COMMIT")
            if not done:
                return

    found = taken(work)
    connection.close()
    return found


def _latency(bench: Bench, name: str, count: int, heard: Any) -> None:
    seconds = []
    for number, officer in _open_unheard(count, heard):
        begun = time.monotonic()
        actions.take(number, officer)
        seconds.append(heard.get(timeout=WAITS_S) - begun)
    for label, part in (("p50", 0.5), ("p99", 0.99)):
        bench.add(Figure("delivery", f"{name}: from the action's begin, {label}",
                         quantile(seconds, part) * 1000, "ms"))  # fmt: skip


def _open_unheard(count: int, heard: Any) -> list[tuple[str, str]]:
    made = _open(count)
    for _case in made:
        heard.get(timeout=WAITS_S)
    return made


@contextmanager
def _listening() -> Iterator[Any]:
    """Note when this process hears of cases."""
    from queue import SimpleQueue

    heard: SimpleQueue[float] = SimpleQueue()
    with _connected(heard):
        yield heard


@contextmanager
def _connected(heard: Any) -> Iterator[None]:
    def note(_sender: object, **_more: object) -> None:
        heard.put(time.monotonic())

    names = (signals.case_opened, signals.case_taken)
    for signal in names:
        signal.connect(note)
    try:
        yield
    finally:
        for signal in names:
            signal.disconnect(note)


@contextmanager
def _other_worker(settings: Settings) -> Iterator[Any]:
    """Run a worker in another process; it tells when it hears of cases."""
    spawn = multiprocessing.get_context("spawn")
    heard, stop, ready = spawn.Queue(), spawn.Event(), spawn.Event()
    process = spawn.Process(target=_work, args=(settings, heard, stop, ready), daemon=True)
    process.start()
    names = (signals.case_opened, signals.case_taken)
    for signal in names:
        signal.connect(_hear)  # so that this process enqueues for whoever delivers
    try:
        if not ready.wait(WAITS_S):
            raise AssertionError("the worker does not start")
        yield heard
    finally:
        for signal in names:
            signal.disconnect(_hear)
        stop.set()
        process.join(WAITS_S)


def _work(settings: Settings, heard: Any, stop: Any, ready: Any) -> None:
    worker = new_worker(create_app(settings))
    with _connected(heard):
        thread = worker.start()
        ready.set()
        stop.wait()
        worker.stop()
        thread.join()
