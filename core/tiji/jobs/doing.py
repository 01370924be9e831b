"""Do a job, guarded; and do at once what the acting process has just enqueued."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence

from tiji.db import let_go, transaction
from tiji.jobs.actions import claim, release, settle
from tiji.jobs.rules import Job, Outcome, fault
from tiji.logs import Log

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
    begun = time.perf_counter()
    try:
        handlers[job.target](job)
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        # Its message may quote personal words: the log and the job's row get none of them (S36).
        log.error("job failed", target=job.target, key=job.key, tries=job.tries + 1, error=error)
        return Outcome(job, fault(error), time.perf_counter() - begun)
    finally:
        let_go()
    return Outcome(job, None, time.perf_counter() - begun)


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
