"""Do a job, guarded; and do at once what the acting process has just enqueued."""

from __future__ import annotations

import os
import secrets
import socket
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence

from tiji import metrics
from tiji.db import let_go, transaction
from tiji.jobs.actions import claim, release, settle
from tiji.jobs.rules import Job, Outcome, fault, is_parked_after
from tiji.logs import Log, bound
from tiji.runtime import runtime

Handlers = Mapping[str, Callable[[Job], None]]

log = Log(__name__)

_ONCE = secrets.token_hex(4)
#: So many outcomes are written together.
BATCH = 100


def this_process() -> str:
    """Name this process among all that do jobs."""
    return f"{socket.gethostname()}:{os.getpid()}:{_ONCE}"


def do(job: Job, handlers: Handlers) -> Outcome:
    """Do a job and tell how it went; nothing that its handler does reaches anybody else (I30)."""
    with bound(target=job.target, key=job.key):
        try:
            handlers[job.target](job)
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:
            # Its message may quote personal words: neither log nor row get any of them (S36).
            log.error("job failed", tries=job.tries + 1, error=error)
            _count(job, "parked" if is_parked_after(job) else "failed")
            return Outcome(job, fault(error))
        finally:
            let_go()
        log.debug("job done", tries=job.tries)
        _count(job, "done")
    return Outcome(job)


def _count(job: Job, outcome: str) -> None:
    """Count a delivery with its delay; periodic work has figures of its own."""
    if job.every_s is None and job.made_at:
        delay = runtime().clock.now() - job.made_at
        metrics.delivered(job.target, outcome, delay.total_seconds())


def do_here(jobs: Sequence[Job], lanes: Collection[str], handlers: Handlers) -> None:
    """Do claimed jobs in their order, then what else is due in these lanes.

    A job behind one that failed is given back, for it must not overtake it.
    """
    owner = this_process()
    waiting = deque(jobs)
    outcomes: list[Outcome] = []
    given_back: list[Job] = []
    while True:
        while waiting and len(outcomes) < BATCH:
            job = waiting.popleft()
            outcomes.append(outcome := do(job, handlers))
            if outcome.error:
                given_back += [other for other in waiting if other.lane == job.lane]
                waiting = deque(other for other in waiting if other.lane != job.lane)
        with transaction() as session:
            settle(session, owner, outcomes)
            release(session, owner, given_back)
            if not waiting:
                waiting.extend(claim(session, owner, tuple(handlers), BATCH, lanes))
        outcomes.clear()
        given_back.clear()
        if not waiting:
            return
