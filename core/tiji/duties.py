"""What a worker does: deliveries, and the work that comes round by the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from flask import Flask

from tiji.attachments.actions import clear_attachments
from tiji.cases.actions.checkpointing import write_checkpoint_into
from tiji.cases.actions.sweeping import sweep
from tiji.cases.verification import VERIFY_TARGET, verify
from tiji.drafts.actions import clear_drafts
from tiji.errors import BadInputError
from tiji.events.deliveries import targets
from tiji.intake.uploads import TARGET
from tiji.intake.working import clear_uploads, work
from tiji.jobs.rules import Job
from tiji.jobs.worker import THREADS, Worker
from tiji.logs import Log
from tiji.notices.actions import MAIL_TARGET, clear_notices, tell_of_stopped
from tiji.notices.mail import send_notice
from tiji.runtime import runtime
from tiji.stations.calendar import WorkCalendar

log = Log(__name__)

SWEEP_EVERY_S = 60
CHECKPOINT_EVERY_S = 3600
CLEAR_EVERY_S = 3600
STOPPED_EVERY_S = 300


def new_worker(app: Flask, threads: int = THREADS) -> Worker:
    """Make the worker of this process, for all that core and its plugins have to do."""
    with app.app_context():
        periodic = {target: (every_s, run) for target, every_s, run in _periodic()}
        handlers = targets() | {target: _turn(run) for target, (_s, run) in periodic.items()}
    turns = {target: every_s for target, (every_s, _run) in periodic.items()}
    return Worker(
        app,
        handlers | {TARGET: work, MAIL_TARGET: send_notice, VERIFY_TARGET: verify},
        turns,
        threads,
    )


def _periodic() -> Iterator[tuple[str, int, Callable[[], object]]]:
    """Give target, seconds and work of each periodic job."""
    yield "core:sweep", SWEEP_EVERY_S, sweep_with_fresh_calendar
    if folder := runtime().settings.checkpoints:
        yield "core:checkpoint", CHECKPOINT_EVERY_S, partial(write_checkpoint_into, folder)
    yield "core:attachments", CLEAR_EVERY_S, clear_attachments
    yield "core:drafts", CLEAR_EVERY_S, clear_drafts
    yield "core:uploads", CLEAR_EVERY_S, clear_uploads
    yield "core:notices", CLEAR_EVERY_S, clear_notices
    yield "core:stopped", STOPPED_EVERY_S, tell_of_stopped
    for plugin, job in runtime().plugins.jobs():
        yield f"{plugin}:{job.name}", job.every_s, job.run


def _turn(run: Callable[[], object]) -> Callable[[Job], None]:
    def take(_job: Job) -> None:
        run()

    return take


def sweep_with_fresh_calendar() -> None:
    """Sweep; a year's list that was put in place since is read, and open cases follow it.

    A file that cannot be read stops no sweep: the calendar that is known goes on.
    """
    here = runtime()
    try:
        fresh = WorkCalendar.load(here.settings.home / "calendars")
    except BadInputError as error:
        log.error("calendar cannot be read", error=error)
    else:
        if fresh.version != here.calendar.version:
            here.calendar = fresh
    sweep()
