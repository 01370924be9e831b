"""When a job is tried again, when it is parked, and when a failing target is left alone."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

#: A failed job waits this long, then twice as long each time, but never longer than an hour.
FIRST_DELAY = timedelta(seconds=10)
LONGEST_DELAY = timedelta(hours=1)
#: After so many tries (about a day) a job is parked: visible, and not tried again by itself.
TRIES = 32
#: A worker says so often that it lives; one that is silent for as long as a lease is dead.
BEAT = timedelta(seconds=5)
LEASE = timedelta(seconds=20)
#: After so many failures in a row a target is left alone, but for one try after each pause.
FAILURES = 5

WAITING, PARKED, HELD = "waiting", "parked", "held"


@dataclass(frozen=True, slots=True)
class NewJob:
    """Ask for work: ``target`` does it, once for each ``key``; those of one lane in order.

    ``outside`` tells that its effect leaves the database: after a restore it is held back, for it
    may have been done since the backup. It is not done before it has waited for ``wait``.
    ``payload`` is JSON.
    """

    target: str
    key: str
    lane: str
    payload: dict[str, Any] = field(default_factory=dict)
    outside: bool = False
    wait: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Job:
    """One job as whoever does it gets it; ``tries`` counts those that failed."""

    id: int
    target: str
    key: str
    lane: str
    payload: MappingProxyType[str, Any]
    tries: int = 0
    every_s: int | None = None
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Say how a job went: without an error it is done."""

    job: Job
    error: str | None = None


def delay_after(tries: int) -> timedelta:
    """Say how long a job waits after so many failed tries: doubling, up to an hour."""
    return min(FIRST_DELAY * (1 << min(tries - 1, 16)), LONGEST_DELAY)


def next_time(job: Job, failed: bool, now: datetime) -> datetime:
    """Say when a job is due again: a periodic one never later than its own next turn."""
    turn = timedelta(seconds=job.every_s or 0)
    if not failed:
        return now + turn
    delay = delay_after(job.tries + 1)
    return now + (min(delay, turn) if job.every_s else delay)


def is_parked_after(job: Job) -> bool:
    """Tell whether one more failure parks a job; a periodic one is tried for ever."""
    return job.every_s is None and job.tries + 1 >= TRIES


def fault(error: BaseException) -> str:
    """Name an error by its type and place; its message may quote personal words (S36)."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({frames[-1].name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}{where}"[:200]


class Breaker:
    """Leave targets alone that keep failing, so that a dead peer holds up nobody else's work."""

    def __init__(self) -> None:
        self._failures: dict[str, int] = {}
        self._until: dict[str, datetime] = {}

    def note(self, target: str, failed: bool, now: datetime) -> None:
        """Note how a try went."""
        if not failed:
            self._failures.pop(target, None)
            self._until.pop(target, None)
            return
        count = self._failures[target] = self._failures.get(target, 0) + 1
        if count >= FAILURES:
            self._until[target] = now + delay_after(count - FAILURES + 1)

    def is_open(self, target: str, now: datetime) -> bool:
        """Tell whether a target is left alone at this moment."""
        return target in self._until and now < self._until[target]

    def is_on_trial(self, target: str) -> bool:
        """Tell whether a target failed so often that it gets one job at a time."""
        return target in self._until
