"""The database handle: naming, UTC times, SQLite settings and the one writing transaction."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import RLock
from typing import TYPE_CHECKING, Any, cast

from flask import g
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    DDL,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    Executable,
    MetaData,
    Table,
    event,
)
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

#: SQLite from 3.7.0 to 3.51.2 can corrupt a database in WAL mode, but for these repaired ones.
WAL_REPAIRED = frozenset({(3, 44, 6), (3, 50, 7)})
WAL_SAFE_FROM = (3, 51, 3)
BUSY_SECONDS = 30
#: Details of an error: a commit raised it, or what was asked was committed before it.
AT_COMMIT, AFTER_COMMIT = "at the commit", "after the commit"


class Base(DeclarativeBase):
    """The declarative base of core and plugins."""

    metadata = MetaData(naming_convention=NAMING)


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False, "autoflush": False})

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


class UTCDateTime(TypeDecorator[datetime]):
    """Keep aware times in UTC, to the microsecond; a naive time is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware time into what the database keeps."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time must carry its zone")
        if value.tzinfo is not UTC:
            value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the stored time as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def wal_is_safe(version: str = sqlite3.sqlite_version) -> bool:
    """Tell whether this SQLite may use write-ahead logging without the risk of corruption."""
    number = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
    return number >= WAL_SAFE_FROM or number in WAL_REPAIRED or number < (3, 7, 0)


def prepare_engine(engine: Engine) -> None:
    """Give SQLite connections the house's settings; PostgreSQL needs none."""
    if engine.dialect.name != "sqlite":
        return
    journal = "WAL" if wal_is_safe() else "DELETE"

    @event.listens_for(engine, "connect")
    def settings(connection: sqlite3.Connection, _record: object) -> None:
        # Reads outside a transaction: each statement is one by itself, as PostgreSQL reads, and no
        # lock outlives it. Without the write-ahead log a commit waits for every reader: one who
        # reads the first lines of a list in a pager would make the whole office wait. What writes
        # all the same begins with taking the lock.
        connection.isolation_level = "IMMEDIATE"
        for pragma in (
            "foreign_keys=ON",
            f"busy_timeout={BUSY_SECONDS * 1000}",
            f"journal_mode={journal}",
            "synchronous=FULL",
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes the lock at once: a transaction that reads first and writes later
        # loses updates without an error (libraries: hazard 2). Readers take none.
        options = connection.get_execution_options()
        if options.get("tiji_write"):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        elif options.get("tiji_snapshot"):
            connection.exec_driver_sql("BEGIN")


_LOCK = DDL("LOCK TABLE %(fullname)s IN SHARE ROW EXCLUSIVE MODE")  # type: ignore[no-untyped-call]


#: Threads that write to SQLite wait here for their turn. Waiting for the file itself is sleeping
#: for ever longer, whether it is free meanwhile or not.
_turn = RLock()


@contextmanager
def _taking_turns(session: Session) -> Iterator[None]:
    if session.get_bind().dialect.name != "sqlite":
        yield
        return
    # Who waits too long tries the file, which says what is wrong.
    taken = _turn.acquire(timeout=BUSY_SECONDS)
    try:
        yield
    finally:
        if taken:
            _turn.release()


@contextmanager
def transaction() -> Iterator[Session]:
    """Run one writing transaction: all of it stands after the block, or none of it.

    What was read before it in the same session is read anew. Events appended inside are
    delivered once the commit stands.
    """
    from tiji.events import dispatch

    dispatch.before_begin()
    session: Session = db.session()
    session.rollback()
    session.info.clear()
    with _taking_turns(session):
        try:
            session.connection(execution_options={"tiji_write": True})
            yield session
            _commit(session)
        except BaseException:
            let_go()
            session.info.clear()
            raise
    g.tiji_wrote = True
    dispatch.after_commit(session)


def let_go() -> None:
    """End what the session is at, also where the database went away in this very moment."""
    try:
        db.session.rollback()
    except SQLAlchemyError:
        db.session().invalidate()


def _commit(session: Session) -> None:
    try:
        session.commit()
    except DBAPIError as error:
        error.add_detail(AT_COMMIT)
        raise


@contextmanager
def noting_what_stands() -> Iterator[None]:
    """Note on a database error that something was committed in this application context."""
    try:
        yield
    except StatementError as error:
        if "tiji_wrote" in g:
            error.add_detail(AFTER_COMMIT)
        raise


def may_stand(error: BaseException) -> bool:
    """Tell whether a transaction may stand although it raised: its commit's answer was lost."""
    if not isinstance(error, DBAPIError) or AT_COMMIT not in error.detail:
        return False
    refused = isinstance(error.orig, sqlite3.Error) and "I/O" not in str(error.orig)
    state: str = getattr(error.orig, "sqlstate", None) or ""
    # The server's own "no" is an answer, unless it says that it is going away.
    return not (refused or state[:2] not in ("", "08", "57"))


@contextmanager
def snapshot() -> Iterator[Session]:
    """Read as of one moment, however many statements it takes; keep the block short.

    On SQLite a commit may have to wait for its end.
    """
    session: Session = db.session()
    session.rollback()
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    one_moment = {"tiji_snapshot": True} if on_sqlite else {"isolation_level": "REPEATABLE READ"}
    try:
        session.connection(execution_options=one_moment)
        yield session
    finally:
        session.rollback()


def lock_table(session: Session, model: type[Base]) -> None:
    """Let nobody else write a table until the transaction ends; on SQLite nobody does anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(_LOCK.against(cast(Table, model.__table__)))


def disconnect() -> None:
    """Close the application's connections: its database can then be copied or dropped."""
    let_go()
    db.session.remove()
    db.engine.dispose()


@contextmanager
def connected() -> Iterator[None]:
    """Let a block use the database; no connection outlives it."""
    try:
        yield
    finally:
        disconnect()


def ask(
    statement: Executable, values: Mapping[str, Any] | None = None
) -> CursorResult[*tuple[Any, ...]]:
    """Ask by a statement of columns that was made once: cheaper than through the session."""
    return db.session.connection().execute(statement, values)


def rows(result: Any) -> list[dict[str, Any]]:
    """Give a result as a list of plain mappings."""
    return [dict(row) for row in result.mappings()]
