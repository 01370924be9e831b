"""A city that outgrows one file moves to PostgreSQL with every row, and with its words found."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.pool import NullPool
from tests.integration.cases import FIO
from tests.integration.cli import OPEN

import tiji.demo
from tiji.cli import main
from tiji.db import db
from tiji.testing.postgres import NoPostgresError, PostgresServer, private_server

BACKLOG = Path(tiji.demo.__file__).parent / "backlog.xlsx"
Tiji = Callable[..., Result]

pytestmark = pytest.mark.sqlite("it begins with a file")


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """Give a server to move to."""
    try:
        with private_server() as server:
            yield server
    except NoPostgresError as error:
        pytest.skip(str(error))


@pytest.fixture
def moved(server: PostgresServer) -> Iterator[str]:
    """Give the address of an empty database."""
    admin = sa.create_engine(server.url(), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE moved TEMPLATE template0")
        yield server.url("moved")
        connection.exec_driver_sql("DROP DATABASE moved WITH (FORCE)")


@pytest.fixture
def run(home: Path) -> Tiji:
    """Run a command on the home, with another database where one is given."""

    def run(*args: object, code: int = 0, **env: str) -> Result:
        env = {"TIJI_CLOCK": "2026-11-23T09:00", "TIJI_STRICT": "1", **env}
        result = CliRunner().invoke(main, [str(arg) for arg in args], env=env)
        assert result.exit_code == code, (args, result.output, result.exception)
        return result

    return run


def rows(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Read all tables that the models name, as the program reads them."""
    engine = sa.create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return {
            table.name: sorted(map(_comparable, connection.execute(sa.select(table))))
            for table in db.metadata.sorted_tables
            if sa.inspect(connection).has_table(table.name)
        }


def _comparable(row: Any) -> tuple[str, ...]:
    return tuple(
        str(value.astimezone(UTC)) if isinstance(value, datetime) else repr(value) for value in row
    )


def test_every_row_goes_along_and_work_goes_on(run: Tiji, home: Path, moved: str) -> None:
    run("import", "petitions.backlog", BACKLOG, code=3)
    before = rows(f"sqlite:///{home / 'tiji.db'}")
    said = json.loads(run("db", "copy", moved, "--json").stdout)
    assert rows(moved) == before
    assert said["cases"] == len(before["tj_case"]) > 200
    there = {"TIJI_DATABASE_URL": moved}
    assert "whole" in run("events", "verify", **there).output
    first = run("case", "list", "--limit", "1", "--json").stdout
    found = json.loads(first)["cases"][0]
    assert run("case", "list", "--limit", "1", "--json", **there).stdout == first
    for words in (found["title"], found["number"]):
        search = ("case", "search", words, "--json")
        assert run(*search, **there).stdout == run(*search).stdout
        assert found["number"] in run(*search).stdout
    run(*OPEN, "--as", FIO, **there)
    run("worker", "--once", **there)
    assert "whole" in run("events", "verify", **there).output


def test_what_cannot_be_copied_is_refused_and_leaves_nothing(
    run: Tiji, home: Path, moved: str
) -> None:
    assert "SQLite to PostgreSQL" in run("db", "copy", "sqlite:///other.db", code=2).stderr
    run("db", "copy", moved + "_not_there", code=1)
    assert "knows the table" in run("db", "copy", moved, code=1, TIJI_PLUGINS="").stderr
    engine = sa.create_engine(moved, poolclass=NullPool)
    assert sa.inspect(engine).get_table_names() == []
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE mine (id integer)")
    assert "already" in run("db", "copy", moved, code=4).stderr
    assert sa.inspect(engine).get_table_names() == ["mine"]
