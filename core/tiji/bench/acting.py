"""Actions a second, by officers in processes of their own, beside the same writes raw."""

from __future__ import annotations

import multiprocessing
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import make_url, select
from sqlalchemy.exc import OperationalError

from tiji import signals
from tiji.app import create_app
from tiji.bench import places
from tiji.bench.dataset import some_title
from tiji.bench.figures import Bench, Figure, quantile, statements
from tiji.cases import actions
from tiji.cases.actions.opening import case_id
from tiji.clock import SystemClock
from tiji.config import Settings
from tiji.db import connected, db
from tiji.errors import ConflictError
from tiji.events.rules import make_link
from tiji.people.model import Post
from tiji.runtime import runtime
from tiji.stations.rules import SEAT

CASES = 60
LIFE: tuple[tuple[str, dict[str, str]], ...] = (
    ("take", {}),
    ("comment", {"text": "已约周三面谈"}),
    ("escalate", {"why": "缺备案", "judgement": "unsure", "suggestion": "会同核验"}),
)
STARTS_S = 120


@dataclass(slots=True)
class Acted:
    """What one client noted: seconds of each action, its processor time, and what went wrong."""

    seconds: list[float]
    cpu: float
    whole: float
    lock_errors: int = 0
    conflicts: int = 0


def measure(bench: Bench, name: str, settings: Settings, here: bool) -> None:
    """Let 1 and 8 officers act, events delivered by whoever acts or left to workers; and raw."""
    count = bench.amount(CASES)
    deliver = "here" if here else "worker"
    for clients in (1, 8):
        settled = places.delivering(settings, deliver)
        lots = [_open(count) for _client in range(clients)]
        db.session.rollback()
        raws = [_open(count) for _client in range(clients)]
        db.session.rollback()
        raw = _together(_raw_client, settled, raws)
        acted = _together(_client, settled, lots)
        _report(bench, f"{name}, {clients} clients, deliver={deliver}", acted, raw)


def _report(bench: Bench, name: str, acted: Sequence[Acted], raw: Sequence[Acted]) -> None:
    cpu, floor = _cpu_ms(acted), _cpu_ms(raw)
    every = [one for client in acted for one in client.seconds]
    bench.add(Figure("actions", f"{name}: CPU an action", cpu, "ms CPU", floor, cpu / floor))
    bench.add(Figure("actions", f"{name}: actions a second", _rate(acted), "/s", _rate(raw),
                     _rate(acted) / _rate(raw)))  # fmt: skip
    for label, part in (("p50", 0.5), ("p99", 0.99), ("most", 1.0)):
        bench.add(Figure("actions", f"{name}: {label}", quantile(every, part) * 1000, "ms"))
    failed = sum(client.lock_errors for client in acted)
    bench.add(Figure("actions", f"{name}: lock errors", failed, "errors", most=0))


def _cpu_ms(acted: Sequence[Acted]) -> float:
    count = sum(len(client.seconds) for client in acted)
    return 1000 * sum(client.cpu for client in acted) / max(1, count)


def _rate(acted: Sequence[Acted]) -> float:
    count = sum(len(client.seconds) for client in acted)
    return count / max(client.whole for client in acted)


def _open(count: int) -> list[tuple[str, str]]:
    """Open cases to act on; give number and officer of each."""
    first = select(Post.officer).where(Post.station == SEAT["first"]).distinct()
    officers = list(db.session.scalars(first.order_by(Post.officer)))
    matter = places.some_matter()
    made = []
    for no in range(count):
        officer = officers[no % len(officers)]
        number = actions.open_case(
            matter_code=matter, title=some_title(no), content="多次反映未果", client_name="张某某",
            client_kind="citizen", actor=officer,
        ).number  # fmt: skip
        assert number
        made.append((number, officer))
    return made


def _together(
    client: Callable[..., None], settings: Settings, lots: Sequence[list[tuple[str, str]]]
) -> list[Acted]:
    """Run a client for each lot, all of them beginning at one moment."""
    spawn = multiprocessing.get_context("spawn")
    barrier, answers = spawn.Barrier(len(lots)), spawn.Queue()
    processes = [
        spawn.Process(target=client, args=(settings, lot, barrier, answers), daemon=True)
        for lot in lots
    ]
    for process in processes:
        process.start()
    found = [answers.get(timeout=STARTS_S + 300) for _process in processes]
    for process in processes:
        process.join()
    return found


@contextmanager
def _begun(barrier: Any, answers: Any) -> Iterator[Acted]:
    acted = Acted([], 0, 0)
    barrier.wait(STARTS_S)
    cpu, wall = time.process_time(), time.perf_counter()
    yield acted
    acted.cpu, acted.whole = time.process_time() - cpu, time.perf_counter() - wall
    answers.put(acted)


def _client(settings: Settings, lot: list[tuple[str, str]], barrier: Any, answers: Any) -> None:
    """Take, comment and escalate each case of a lot, by the program's own actions."""
    for all_of in signals.SIGNALS.values():
        for signal in all_of:
            signal.connect(_hear)
    with create_app(settings).app_context(), connected():
        runtime().clock = SystemClock()
        with _begun(barrier, answers) as acted:
            for number, officer in lot:
                for action, words in LIFE:
                    _timed(acted, lambda n=number, o=officer, a=action, w=words:  # type: ignore[misc]
                           getattr(actions, a)(n, o, **w))  # fmt: skip


def _timed(acted: Acted, work: Callable[[], object]) -> None:
    begun = time.perf_counter()
    try:
        work()
    except OperationalError:
        acted.lock_errors += 1
    except ConflictError:
        acted.conflicts += 1
    acted.seconds.append(time.perf_counter() - begun)


def _hear(_sender: object, **_more: object) -> None:
    """Receive a signal and do nothing."""


UPDATE = (
    "UPDATE tj_case SET version = version + 1, head = {0}, changed_at = {0} "
    "WHERE id = {0} AND version = {0}"
)
STAY = "UPDATE tj_stay SET taken_at = {0} WHERE case_id = {0} AND no = 1"
EVENT = "INSERT INTO tj_event VALUES ({0}, {0}, {0}, {0}, {0}, {0}, {0}, {0}, {0})"
JOB = (
    "INSERT INTO tj_job (target, key, lane, payload, outside, state, due_at, tries, made_at) "
    "VALUES ('raw', {0}, {0}, '{{}}', false, 'waiting', {0}, 0, {0})"
)
SEEN = "SELECT version, head FROM tj_case WHERE id = {0}"
CHANGE = '{"case":{"holder":"section_head","station":2,"status":"in_progress"}}'


def _raw_client(settings: Settings, lot: list[tuple[str, str]], barrier: Any, answers: Any) -> None:
    """Write the same with the driver alone: compare-and-set, chained event, one delivery."""
    connection, mark, begin = _raw_connection(settings.database_url)
    seen, update, stay, event, job = (
        text.format(mark) for text in (SEEN, UPDATE, STAY, EVENT, JOB)
    )
    with _begun(barrier, answers) as acted:
        for number, officer in lot:
            own = case_id(number)
            for action, _words in LIFE:
                started = time.perf_counter()
                connection.execute(begin)
                version, head = connection.execute(seen, (own,)).fetchone()
                at = "2026-11-23T01:00:00.000000Z"
                link = make_link(own, version + 1, action, at, officer, "{}", CHANGE, head)
                now = at.replace("T", " ").removesuffix("Z")
                connection.execute(update, (link.hash, now, own, version))
                connection.execute(stay, (now, own))
                connection.execute(event, tuple(link))
                key = f"{number}/{version + 1}"
                connection.execute(job, (key, f"{own}:raw", now, now))
                connection.execute("COMMIT")
                acted.seconds.append(time.perf_counter() - started)
    connection.close()


def _raw_connection(url: str) -> tuple[Any, str, str]:
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        raw = sqlite3.connect(str(address.database), isolation_level=None, timeout=30)
        for pragma in ("foreign_keys=ON", "synchronous=FULL", "secure_delete=ON"):
            raw.execute(f"PRAGMA {pragma}")
        return raw, "?", "BEGIN IMMEDIATE"
    import psycopg

    plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True), "%s", "BEGIN"


def statements_of_life(bench: Bench) -> None:
    """Count the statements of each action of the program."""
    ((number, officer),) = _open(1)
    for action, words in LIFE:
        with statements() as seen:
            getattr(actions, action)(number, officer, **words)
        bench.add(Figure("actions", f"statements to {action}", len(seen), "statements"))
