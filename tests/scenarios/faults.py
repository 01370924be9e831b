"""A database that fails: its nth call raises, or its answer to a commit gets lost now and then."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

#: How each database says that it is busy, full, failing, or gone.
SAYINGS: dict[str, tuple[Callable[[], Exception], ...]] = {
    "sqlite": (
        lambda: sqlite3.OperationalError("database is locked"),
        lambda: sqlite3.OperationalError("database or disk is full"),
        lambda: sqlite3.OperationalError("disk I/O error"),
    ),
    "postgresql": (
        lambda: psycopg.errors.DeadlockDetected("deadlock detected"),
        lambda: psycopg.errors.DiskFull("could not extend file"),
        lambda: psycopg.errors.IoError("could not read block 7"),
        lambda: psycopg.OperationalError("server closed the connection unexpectedly"),
    ),
}


class Faults:
    """Let an engine's calls to its driver fail: connecting, statements, commits, rollbacks."""

    def __init__(self, engine: Engine) -> None:
        self._sayings = SAYINGS[engine.dialect.name]
        self._left = 0
        self._for_ever = False
        self._error = self._sayings[0]
        self.fired = 0
        for call in ("do_execute", "do_executemany", "do_execute_no_params"):
            event.listen(engine, call, self._before_statement)
        event.listen(engine, "do_connect", lambda *_args: self._call(None))
        commit, rollback = engine.dialect.do_commit, engine.dialect.do_rollback

        def do_commit(connection: Any) -> None:
            self._call(connection)
            commit(connection)

        def do_rollback(connection: Any) -> None:
            # What fails here is a connection that is gone.
            self._call(connection, gone=True)
            rollback(connection)

        setattr(engine.dialect, "do_commit", do_commit)  # noqa: B010
        setattr(engine.dialect, "do_rollback", do_rollback)  # noqa: B010

    def arm(self, nth: int, for_ever: bool) -> None:
        """Let the nth call from now on fail, once or with all that follow; how, goes round."""
        self._left, self._for_ever, self.fired = nth, for_ever, 0
        self._error = self._sayings[nth % len(self._sayings)]

    def disarm(self) -> None:
        """Let everything work."""
        self._left, self._for_ever = 0, False

    def _before_statement(self, cursor: Any, *_args: Any) -> None:
        self._call(cursor.connection)

    def _call(self, connection: Any, gone: bool = False) -> None:
        if self._left > 0:
            self._left -= 1
            if self._left:
                return
        elif not (self._for_ever and self.fired):
            return
        self.fired += 1
        error = self._error()
        if (gone or "closed the connection" in str(error)) and connection is not None:
            getattr(connection, "dbapi_connection", connection).close()
        raise error


@contextmanager
def losing(chance: float, seed: int) -> Iterator[list[int]]:
    """Commit, and then now and then lose the answer; give a list that grows with each loss."""
    commit, dice, lost = Session.commit, random.Random(seed), list[int]()

    def commit_and_break(self: Session) -> None:
        writes = self.connection().get_execution_options().get("tiji_write")
        commit(self)
        if writes and dice.random() < chance:
            lost.append(1)
            raise OperationalError("COMMIT", {}, ConnectionError("the answer was lost"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "commit", commit_and_break)
        yield lost
