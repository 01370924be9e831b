"""The past as a stage: the clock is set to one moment after another, and the city acts in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import event

from tiji.cases.actions.sweeping import sweep
from tiji.clock import FixedClock
from tiji.db import db, disconnect
from tiji.runtime import runtime


@contextmanager
def the_past() -> Iterator[Callable[[datetime], None]]:
    """Give what sets the clock to a moment and does what is due by then; come back at the end.

    The city's own clock is the runtime's again afterwards, with all done that is due now.
    """
    here = runtime()
    present = here.clock
    now = present.now()

    def at(moment: datetime) -> None:
        here.clock = FixedClock(moment)
        sweep()

    try:
        yield at
        at(now)
    finally:
        here.clock = present


@contextmanager
def in_haste() -> Iterator[None]:
    """Let SQLite's commits not wait for the disk: thousands of them are only played.

    A process that is killed leaves the file whole; only a machine that loses its power may not.
    """
    engine = db.engine

    def settings(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    if engine.dialect.name != "sqlite":
        yield
        return
    disconnect()
    event.listen(engine, "connect", settings)
    try:
        yield
    finally:
        event.remove(engine, "connect", settings)
        disconnect()
