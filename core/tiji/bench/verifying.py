"""How fast the whole log is verified, beside reading and hashing it raw."""

from __future__ import annotations

import sqlite3
from hashlib import sha256

from tiji.bench.dataset import FIRST, City
from tiji.bench.figures import Bench, Figure, Taken, taken
from tiji.cases.actions.opening import case_id
from tiji.cases.verifying import verify_log

ALL = (
    "SELECT prev, case_id, seq, kind, at, actor, data, change, hash FROM tj_event "
    "ORDER BY case_id, seq"
)


def measure(bench: Bench, city: City, raw_file: str) -> None:
    """Verify all chains, between two raw readings."""
    events = 0

    def verify() -> None:
        nonlocal events
        found = verify_log()
        # Between the first cases and their copies numbers are left out: that fault is meant.
        if bad := [fault for fault in found.bad if case_id(fault.case) % 10**9 >= FIRST]:
            raise AssertionError(f"{bad[0].case}: {bad[0].why}")
        events = found.events

    raw, done = taken(lambda: _raw(raw_file)), Taken()
    for _round in range(bench.rounds):
        with bench.profiled(f"verify, {city.cases:,} cases"):
            done = done.least(taken(verify))
    raw = raw.least(taken(lambda: _raw(raw_file)))
    cpu, floor = done.cpu_ms / events * 1000, raw.cpu_ms / events * 1000
    bench.add(Figure("verify", f"an event, {events:,} events", cpu, "us CPU", floor, cpu / floor,
                     wall_ms=done.wall_ms))  # fmt: skip
    bench.add(Figure("verify", "events a second of CPU", 1e6 / cpu, "/s", 1e6 / floor, floor / cpu))


def _raw(file: str) -> None:
    connection = sqlite3.connect(file)
    for prev, case, seq, kind, at, actor, data, change, digest in connection.execute(ALL):
        said = f"{prev}\x1e{case}\x1e{seq}\x1e{kind}\x1e{at}\x1e{actor}\x1e{data}\x1e{change}"
        if sha256(said.encode()).hexdigest() != digest:
            raise AssertionError(f"event {seq} of {case} does not hold")
    connection.close()
