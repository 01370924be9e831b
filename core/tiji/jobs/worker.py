"""A process's worker: claims what is due, does it in threads, settles, and tells that it lives."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tiji.db import let_go, transaction
from tiji.jobs.actions import beat, claim, keep_periodic, leave, release, release_but, settle
from tiji.jobs.doing import Handlers, do, this_process
from tiji.jobs.queries import is_due
from tiji.jobs.rules import BEAT, Breaker, Job, Outcome, fault
from tiji.logs import Log
from tiji.runtime import runtime

log = Log(__name__)

THREADS = 4
#: So many jobs are claimed ahead.
AHEAD = 40
#: An idle worker looks so often; one in the acting process is woken besides.
POLL_S = 0.2
#: After an error of the database a worker waits this long before it looks again.
PAUSE_S = 1.0
#: A worker that is told to stop waits this long for what it has begun.
GRACE_S = 20.0
#: A job that takes longer counts as failed, and its thread as lost.
LONGEST_S = 3600.0


@dataclass(slots=True)
class _Running:
    job: Job
    begun: float


class Worker:
    """Do jobs until told to stop: one loop talks to the queue, threads do the work.

    Of one target at most half of the threads are busy, and one thread is kept for periodic jobs,
    so that slow receivers hold up neither each other nor the sweep. ``turns`` are the periodic
    jobs with their seconds.
    """

    def __init__(
        self, app: Flask, handlers: Handlers, turns: Mapping[str, int], threads: int = THREADS
    ) -> None:
        # Another name than that of whoever acts in this process: each keeps its own jobs only.
        self.id = f"{this_process()}:worker"
        self._app, self._handlers, self._turns = app, handlers, turns
        self._threads = max(2, threads)
        self._woken, self._stopping = threading.Event(), False
        self._inbox: SimpleQueue[Job | None] = SimpleQueue()
        self._outbox: SimpleQueue[Outcome] = SimpleQueue()
        self._ready: deque[Job] = deque()
        self._running: dict[int, _Running] = {}
        self._unsettled: list[Outcome] = []
        self._breaker = Breaker()
        self._beat_at = float("-inf")
        self._prepared = self._in_doubt = False
        self._lost = 0

    def wake(self) -> None:
        """Look for work now."""
        self._woken.set()

    def stop(self) -> None:
        """Finish what is begun and end; may be called from a signal handler or another thread."""
        # No lock is taken here: a signal may come while this very thread holds it.
        self._stopping = True

    def run(self, once: bool = False) -> bool:
        """Work until told to stop, or ``once`` until nothing is due; tell if no thread is lost."""
        with self._app.app_context():
            runtime().worker = self
            self._started_at = runtime().clock.now()
            for _no in range(self._threads):
                threading.Thread(target=self._work, daemon=True, name="tiji-job").start()
            while not self._stopping and self._lost < self._threads - 1:
                self._woken.clear()
                busy = self._turn() if once and not self._prepared else self._guarded_turn()
                if once and not (self._running or self._ready or busy or self._unsettled):
                    break
                if not busy:
                    self._woken.wait(POLL_S)
            self._finish()
        return self._lost == 0

    def start(self) -> threading.Thread:
        """Run in a thread of its own, beside what else this process does."""
        thread = threading.Thread(target=self.run, name="tiji-worker", daemon=True)
        thread.start()
        return thread

    def _work(self) -> None:
        while (job := self._inbox.get()) is not None:
            outcome = None
            try:
                with self._app.app_context():
                    outcome = do(job, self._handlers)
            except Exception as error:  # the database went away while its session was closed
                log.error("job could not be ended well", target=job.target, error=error)
                outcome = outcome or Outcome(job, fault(error))
            self._outbox.put(outcome)
            self._woken.set()

    def _guarded_turn(self) -> bool:
        """Take one turn, and outlive a database that is away for a while; tell if it was busy."""
        try:
            return self._turn()
        except SQLAlchemyError as error:
            log.error("worker waits for the database", error=error)
            self._in_doubt = True
            let_go()
            time.sleep(PAUSE_S)
            return True

    def _turn(self) -> bool:
        """Collect, settle and claim in one transaction, start what may start; tell if any."""
        if not self._prepared:
            keep_periodic(self._turns)
            self._prepared = True
        self._collect()
        room = AHEAD - len(self._ready) - len(self._running)
        # What was done may have let something behind it become due.
        wants = room > 0 and not self._stopping and bool(self._unsettled or self._is_due())
        alive = time.monotonic() - self._beat_at < BEAT.total_seconds()
        if alive and not (self._unsettled or wants or self._in_doubt):
            return self._start_ready()
        with transaction() as session:
            if self._in_doubt:  # a commit whose answer was lost may have claimed
                release_but(session, self.id, self._known())
            if not alive:
                beat(session, self.id, self._started_at)
            settle(session, self.id, self._unsettled)
            if given_up := self._give_up():
                release(session, self.id, given_up)
            claimed = self._claim(session, room) if wants else []
        self._in_doubt = False
        self._unsettled.clear()
        if not alive:
            self._beat_at = time.monotonic()
        self._ready.extend(claimed)
        self._start_ready()
        return bool(claimed)

    def _give_up(self) -> list[Job]:
        """Give back what was claimed ahead for a target that has kept failing since."""
        now = runtime().clock.now()
        given_up = [job for job in self._ready if self._breaker.is_open(job.target, now)]
        self._ready = deque(job for job in self._ready if job not in given_up)
        return given_up

    def _known(self) -> set[int]:
        """Name the jobs that are this worker's."""
        unsettled = (outcome.job.id for outcome in self._unsettled)
        return {*self._running, *(job.id for job in self._ready), *unsettled}

    def _is_due(self) -> bool:
        return is_due(self._targets())

    def _targets(self) -> list[str]:
        """Name what may be claimed: a target that keeps failing gets one job at a time."""
        now, held = runtime().clock.now(), self._count()
        return [
            target
            for target in self._handlers
            if not self._breaker.is_open(target, now)
            and not (self._breaker.is_on_trial(target) and held[target])
        ]

    def _claim(self, session: Session, room: int) -> list[Job]:
        targets = self._targets()
        trial = [target for target in targets if self._breaker.is_on_trial(target)]
        sound = [target for target in targets if target not in trial]
        claimed = claim(session, self.id, sound, room) if sound else []
        for target in trial:
            claimed += claim(session, self.id, [target], 1)
        return claimed

    def _count(self) -> Counter[str]:
        running = [one.job.target for one in self._running.values()]
        return Counter([*running, *(job.target for job in self._ready)])

    def _start_ready(self) -> bool:
        """Give the threads what may begin; what may not yet stays ready."""
        begun = False
        for _no in range(len(self._ready)):
            job = self._ready.popleft()
            if self._may_start(job):
                self._running[job.id] = _Running(job, time.monotonic())
                self._inbox.put(job)
                begun = True
            else:
                self._ready.append(job)
        return begun

    def _may_start(self, job: Job) -> bool:
        running = [one.job for one in self._running.values()]
        free = self._threads - self._lost - len(running)
        if job.every_s is not None:
            return free > 0
        of_target = sum(one.target == job.target for one in running)
        return free > 1 and of_target < max(1, self._threads // 2)

    def _collect(self) -> None:
        """Take what the threads have done; give up on what takes far too long."""
        while True:
            try:
                outcome = self._outbox.get_nowait()
            except Empty:
                break
            if self._running.pop(outcome.job.id, None):
                self._note(outcome)
            else:
                self._lost -= 1  # it was given up, and came back after all
        for one in [*self._running.values()]:
            if time.monotonic() - one.begun > LONGEST_S:
                del self._running[one.job.id]
                self._lost += 1
                log.error("job gives no answer", target=one.job.target, key=one.job.key)
                self._note(Outcome(one.job, "no answer"))

    def _note(self, outcome: Outcome) -> None:
        now, failed = runtime().clock.now(), outcome.error is not None
        self._breaker.note(outcome.job.target, failed, now)
        self._unsettled.append(outcome)

    def _finish(self) -> None:
        """Wait for what is begun, settle it, give back the rest, and sign off."""
        runtime().worker = None
        deadline = time.monotonic() + GRACE_S
        while self._running and time.monotonic() < deadline:
            self._woken.wait(0.1)
            self._woken.clear()
            self._collect()
        for _no in range(self._threads):
            self._inbox.put(None)
        try:
            with transaction() as session:
                settle(session, self.id, self._unsettled)
                release(session, self.id, self._ready)
                leave(session, self.id)
        except SQLAlchemyError as error:
            log.error("worker could not sign off", error=error)
