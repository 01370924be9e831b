"""Dump and fill a PostgreSQL database with PostgreSQL's own programs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from tiji.backup.rules import Survey
from tiji.backup.survey import survey
from tiji.db import db
from tiji.errors import RuleError, TijiError
from tiji.i18n import _

_TIMEOUTS = (
    # The transaction lends its snapshot to pg_dump, and says nothing for as long as that takes.
    sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"),
    sa.text("SET LOCAL statement_timeout = 0"),
)
#: What SQLAlchemy's driver is given and libpq does not know.
_NOT_LIBPQ = ("context", "password", "prepare_threshold")


def take(dump: Path, programs: Path | None) -> Survey:
    """Dump the database as it is at one moment, check the dump, and say what it holds.

    Raises TijiError where pg_dump is missing or older than the server.
    """
    engine = db.engine
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection:
        for timeout in _TIMEOUTS:
            connection.execute(timeout)
        snapshot = connection.scalar(sa.text("SELECT pg_export_snapshot()"))
        schema = connection.scalar(sa.text("SELECT current_schema()"))
        _check_version(programs, int((connection.dialect.server_version_info or (0,))[0]))
        found = survey(connection)
        # Only what is in our schema: extensions belong to whoever runs the server.
        what = [f"--snapshot={snapshot}", f'--table="{schema}".*', "--no-owner", "--no-privileges"]
        _run(programs, "pg_dump", engine, "--format=custom", *what, f"--file={dump}")
    _run(programs, "pg_restore", None, "--list", str(dump))
    return found


def fill(engine: Engine, dump: Path, programs: Path | None) -> None:
    """Restore a dump into an empty database, in one transaction."""
    how = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
    _run(programs, "pg_restore", engine, *how, str(dump))


def check_empty(engine: Engine) -> None:
    """Raise RuleError where there are tables already."""
    if tables := sa.inspect(engine).get_table_names():
        raise RuleError(
            "restore_into_empty",
            _("The database that TIJI_DATABASE_URL names has tables already: {table}, …").format(
                table=tables[0]
            ),
            _("Create an empty one with `createdb` and name that."),
        )


def clear(engine: Engine) -> None:
    """Remove all tables: only for a database that was empty before."""
    found = sa.MetaData()
    found.reflect(engine)
    found.drop_all(engine)


def _check_version(programs: Path | None, server: int) -> None:
    said = _run(programs, "pg_dump", None, "--version")
    found = re.search(r"\d+", said)
    if found and int(found[0]) < server:
        raise TijiError(
            _(
                "pg_dump is of version {version}, the server of {server}: install the server's "
                "client programs and name their folder in TIJI_PG_BIN."
            ).format(version=found[0], server=server)
        )


def _run(programs: Path | None, program: str, engine: Engine | None, *words: str) -> str:
    """Run a program of PostgreSQL; the password never stands in its arguments."""
    command = [_find(programs, program), *words]
    environment = dict(os.environ)
    if engine is not None:
        command.append(f"--dbname={_address(engine)}")
        if engine.url.password:
            environment["PGPASSWORD"] = str(engine.url.password)
    done = subprocess.run(  # noqa: S603
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stderr.splitlines() or [str(done.returncode)]
        lines = [line for line in said if "error" in line] or said
        # What follows in its text may quote a row (S36).
        raise TijiError(
            _("{program} failed: {error}").format(program=program, error=lines[0].strip())
        )
    return done.stdout


def _find(programs: Path | None, program: str) -> str:
    found = shutil.which(program, path=str(programs) if programs else None)
    if found is None:
        raise TijiError(
            _(
                "{program} is not here: install PostgreSQL's client programs, or name their "
                "folder in TIJI_PG_BIN."
            ).format(program=program)
        )
    return found


def _address(engine: Engine) -> str:
    from psycopg.conninfo import make_conninfo

    _words, options = engine.dialect.create_connect_args(engine.url)
    return make_conninfo(**{k: v for k, v in options.items() if k not in _NOT_LIBPQ})
