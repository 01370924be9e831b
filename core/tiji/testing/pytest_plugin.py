"""Fixtures: one migrated template database with the demo city, copied for each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

import tiji.demo
from tiji.app import create_app
from tiji.clock import LOCAL, FixedClock
from tiji.crypto import make_key
from tiji.db import connected
from tiji.organisation import adopt_organisation
from tiji.plugins import migrate
from tiji.runtime import runtime
from tiji.testing.databases import Databases, PostgresDatabases, SqliteFiles
from tiji.testing.postgres import (
    GIVEN,
    NoPostgresError,
    PostgresServer,
    bin_folder,
    private_server,
)

START = datetime(2026, 11, 23, 9, 0, tzinfo=LOCAL)
CITY = Path(tiji.demo.__file__).parent / "yunchuan.yaml"

SQLITE_ONLY = "sqlite(reason): what this tests is in SQLite alone"


class Server:
    """The PostgreSQL of a run: the caller's, or one that is started when it is first asked for."""

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._running = ExitStack()

    @property
    def url(self) -> str:
        """Give the address of a database from which others can be created."""
        if self._url is None:
            self._url = self._running.enter_context(private_server()).url()
        return self._url

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Lead the processes of pytest-xdist to the one server."""
        node.workerinput[GIVEN] = self.url

    def pytest_unconfigure(self) -> None:
        """Stop the server."""
        self._running.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the caller choose the database."""
    parser.addoption(
        "--database",
        choices=("sqlite", "postgresql"),
        default="sqlite",
        help="run on SQLite, or what uses a database on PostgreSQL: on a server that is "
        f"started for the run, or on the one that {GIVEN} names",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Find the server that the run needs."""
    config.addinivalue_line("markers", SQLITE_ONLY)
    if config.getoption("--database") == "postgresql":
        given: str | None = getattr(config, "workerinput", os.environ).get(GIVEN)
        try:
            if not given:
                bin_folder("pg_ctl")
        except NoPostgresError as error:
            raise pytest.UsageError(str(error)) from error
        config.pluginmanager.register(Server(given), "tiji-postgres")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL, run what uses a database and is not about SQLite."""
    if config.getoption("--database") == "postgresql":
        kept = [item for item in items if _uses_database(item)]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept


def _uses_database(item: pytest.Item) -> bool:
    fixtures: list[str] = getattr(item, "fixturenames", [])
    return "databases" in fixtures and item.get_closest_marker("sqlite") is None


@pytest.fixture
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the caller's TIJI_* settings out of a test; messages are English, faults are loud."""
    for name in [name for name in os.environ if name.startswith("TIJI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TIJI_LANG", "en")
    monkeypatch.setenv("TIJI_STRICT", "1")


@pytest.fixture(scope="session")
def databases(pytestconfig: pytest.Config) -> Iterator[Databases]:
    """Give where this run keeps databases, as ``--database`` says."""
    server: Server | None = pytestconfig.pluginmanager.get_plugin("tiji-postgres")
    if server is None:
        yield SqliteFiles()
        return
    found = PostgresDatabases(server.url)
    yield found
    found.close()


@pytest.fixture(scope="session")
def postgres_bin() -> Path:
    """Give the folder of ``pg_dump``, ``pg_restore``, ``psql``, ``pg_ctl``."""
    return bin_folder()


@pytest.fixture
def postgres_server() -> Iterator[PostgresServer]:
    """Give a PostgreSQL of the test's own, which it may stop, kill and start again."""
    with private_server() as server:
        yield server


@pytest.fixture(scope="session")
def template_home(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Make a home with key, migrated database and the demo city, once."""
    home = tmp_path_factory.mktemp("template")
    make_key(home)
    databases.make(home)
    with create_app(databases.settings(home, START, strict=True)).app_context(), connected():
        migrate.upgrade(runtime().plugins)
        adopt_organisation(CITY)
    yield home
    databases.drop(home)


@pytest.fixture
def home(
    databases: Databases, template_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Give a home of the test's own: a copy of the template, to which commands are led too."""
    home = databases.copy_home(template_home, tmp_path / "home")
    for name, value in databases.environment(home).items():
        monkeypatch.setenv(name, value)
    yield home
    databases.drop(home)


@pytest.fixture
def empty_home(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Give a home that is not there yet and a database with nothing in it."""
    home = tmp_path / "home"
    databases.make(home)
    for name, value in databases.environment(home).items():
        monkeypatch.setenv(name, value)
    yield home
    databases.drop(home)


@pytest.fixture
def app(home: Path, databases: Databases) -> Iterator[Flask]:
    """Give an application on a copy of the template, its clock fixed on a Monday at nine."""
    app = create_app(databases.settings(home, START, strict=True))
    with app.app_context(), connected():
        yield app


@pytest.fixture
def clock(app: Flask) -> FixedClock:
    """Give the application's clock, to be moved."""
    clock = runtime().clock
    assert isinstance(clock, FixedClock)
    return clock
