"""Where a test run keeps its databases: a file in each home, or a PostgreSQL database for each."""

from __future__ import annotations

import shutil
import sqlite3
from abc import ABC, abstractmethod
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Engine,
    create_engine,
    event,
    inspect,
    make_url,
    select,
    table,
    text,
)
from sqlalchemy.pool import NullPool

from tiji.config import Settings


class Databases(ABC):
    """Give each home a database of its own; a test asks here and names none itself."""

    @abstractmethod
    def url(self, home: Path) -> str:
        """Give the address of a home's database."""

    @abstractmethod
    def make(self, home: Path) -> None:
        """Make a home's database, with nothing in it; what was there is gone."""

    @abstractmethod
    def copy(self, source: Path, home: Path) -> None:
        """Make a home's database as another's is; nobody may be connected to either."""

    @abstractmethod
    def drop(self, home: Path) -> None:
        """Remove a home's database, whoever is connected to it."""

    @abstractmethod
    def contents(self, home: Path) -> bytes:
        """Give all that a home's database keeps, to search it."""

    def settings(self, home: Path, fixed_at: datetime | None = None, **more: Any) -> Settings:
        """Give the settings of an application on a home's database."""
        return Settings(home, self.url(home), fixed_at, **more)

    def environment(self, home: Path) -> dict[str, str]:
        """Give the settings that lead a program to a home and its database."""
        return {"TIJI_HOME": str(home)}

    def copy_home(self, source: Path, home: Path) -> Path:
        """Make a home as another is, its database included."""
        shutil.copytree(source, home, ignore=shutil.ignore_patterns("tiji.db*"))
        self.copy(source, home)
        return home


class SqliteFiles(Databases):
    """Keep each database as a file in its home, as the program does if nothing else is said."""

    def url(self, home: Path) -> str:
        """Give the address of the file."""
        return f"sqlite:///{home / 'tiji.db'}"

    def make(self, home: Path) -> None:
        """Have no file: the program makes it."""
        self.drop(home)

    def copy(self, source: Path, home: Path) -> None:
        """Copy the file, whose journal ended with its last connection."""
        self.drop(home)
        shutil.copyfile(source / "tiji.db", home / "tiji.db")

    def drop(self, home: Path) -> None:
        """Remove the file and its journals."""
        for path in home.glob("tiji.db*"):
            path.unlink()

    def contents(self, home: Path) -> bytes:
        """Read the file, deleted pages and journals included."""
        return b"".join(path.read_bytes() for path in home.glob("tiji.db*"))


class PostgresDatabases(Databases):
    """Keep each database on one server, named after its home."""

    def __init__(self, url: str) -> None:
        self._server = make_url(url)
        self._engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        self._made: set[str] = set()

    def url(self, home: Path) -> str:
        """Give the address of a home's database."""
        named = self._server.set(database=_name(home))
        return named.render_as_string(hide_password=False)

    def environment(self, home: Path) -> dict[str, str]:
        """Name the database too."""
        return super().environment(home) | {"TIJI_DATABASE_URL": self.url(home)}

    def make(self, home: Path) -> None:
        """Create an empty database."""
        self._create(_name(home), "template0")

    def copy(self, source: Path, home: Path) -> None:
        """Let the server copy the files of the other database."""
        self._create(_name(home), _name(source))

    def drop(self, home: Path) -> None:
        """Drop the database."""
        self._drop(_name(home))

    def contents(self, home: Path) -> bytes:
        """Read the rows of all tables."""
        engine = create_engine(self.url(home), poolclass=NullPool)
        with engine.connect() as connection:
            values = (
                value
                for name in inspect(connection).get_table_names()
                for row in connection.execute(select(text("*")).select_from(table(name)))
                for value in row
            )
            return b"\n".join(v if isinstance(v, bytes) else str(v).encode() for v in values)

    def close(self) -> None:
        """Drop what is left."""
        for name in sorted(self._made):
            self._drop(name)

    def _create(self, name: str, template: str) -> None:
        self._drop(name)
        # A server that waits for no disk copies files in a sixth of the time of writing pages.
        self._do(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        self._made.add(name)

    def _drop(self, name: str) -> None:
        self._do(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._made.discard(name)

    def _do(self, command: str) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(command)


def wait_for_no_disk(engine: Engine) -> None:
    """Make SQLite faster in tests that pull no plug; the tests' PostgreSQL waits for none."""
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def settings(connection: sqlite3.Connection, _record: object) -> None:
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute("PRAGMA journal_mode=MEMORY")


def _name(home: Path) -> str:
    return f"tiji_test_{sha256(str(home).encode()).hexdigest()[:16]}"
