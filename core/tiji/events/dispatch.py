"""What a writing transaction does before it begins and after its commit stands."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tiji.events.deliveries import targets
from tiji.jobs.doing import do_here
from tiji.logs import Log
from tiji.runtime import runtime

log = Log(__name__)


def before_begin() -> None:
    """Ask the plugins what they want to hear, before a transaction that they could spoil."""
    runtime().plugins.subscribers()


def after_commit(session: Session) -> None:
    """Deliver what the commit enqueued: here, or by waking whoever does; else a worker finds it."""
    jobs, lanes = session.info.pop("deliveries", ()), session.info.pop("lanes", ())
    here = runtime()
    if lanes and here.worker:
        here.worker.wake()
    elif lanes and here.delivers_itself():
        try:
            do_here(jobs, lanes, targets())
        except SQLAlchemyError as error:
            # The action stands: whoever acted must not be told that it failed. A worker goes on.
            log.error("deliveries are left to a worker", error=error)
