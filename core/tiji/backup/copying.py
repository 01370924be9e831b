"""Move from one file to PostgreSQL: copy every row of the embedded database, and prove the copy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError

from tiji.app import create_app
from tiji.backup import postgres, sqlite
from tiji.backup.actions import workshop
from tiji.backup.archive import Tell
from tiji.backup.rules import DATABASES, Survey
from tiji.backup.survey import survey
from tiji.cases.verifying import verify_log
from tiji.db import connected, db
from tiji.errors import BadInputError, TijiError
from tiji.i18n import _
from tiji.plugins import migrate
from tiji.runtime import runtime

#: So many rows are read and written together.
BATCH = 2000
#: SQLite's own index of words, and the tables that it keeps it in; its words are copied apart.
SEARCH = "tj_search"
_WORDS = sa.text("SELECT rowid, grams FROM tj_search ORDER BY rowid")
_INDEX = sa.text(
    "INSERT INTO tj_search (case_id, grams) VALUES (:id, to_tsvector('simple', :grams))"
)


def copy_database(url: str, tell: Tell) -> Survey:
    """Copy the embedded database into an empty PostgreSQL one; all of it is there, or nothing.

    The copy is of one moment: what is written meanwhile stays behind, so nobody should work.
    Raises BadInputError for a database of another kind, RuleError for one that is not empty,
    TijiError where revisions are pending or the copy is not the same.
    """
    here = runtime()
    if db.engine.dialect.name != "sqlite" or sa.make_url(url).get_backend_name() != "postgresql":
        raise BadInputError(_("This copies from SQLite to PostgreSQL; no other way."))
    if migrate.pending(here.plugins):
        raise TijiError(_("Revisions are pending: run `tiji init` first, then copy."))
    target = create_app(replace(here.settings, database_url=url))
    with workshop(here.settings.home) as place:
        file = place / DATABASES["sqlite"]
        tell(_("Copying the database…"))
        held = sqlite.take(file)
        with target.app_context(), connected(), _emptied(db.engine):
            migrate.upgrade(runtime().plugins)
            with _reading(file) as source, db.engine.begin() as connection:
                _copy_rows(source, connection, tell)
            tell(_("Verifying the log…"))
            _prove(held)
    return held


@contextmanager
def _emptied(engine: Engine) -> Iterator[None]:
    """Begin with an empty database, and leave it empty when something fails."""
    try:
        postgres.check_empty(engine)
    except OperationalError:
        raise TijiError(_("That database does not answer; is it there?")) from None
    try:
        yield
    except BaseException:
        postgres.clear(engine)
        raise


@contextmanager
def _reading(file: Path) -> Iterator[Connection]:
    engine = sa.create_engine(f"sqlite:///{file}")
    with closing(engine.connect()) as connection:
        yield connection
    engine.dispose()


def _copy_rows(source: Connection, target: Connection, tell: Tell) -> None:
    """Copy all tables, those first to which others point; what revisions put there goes."""
    made = set(sa.inspect(target).get_table_names())
    _check_known(source, made)
    tables = [table for table in db.metadata.sorted_tables if table.name in made]
    for table in reversed(tables):
        target.execute(sa.delete(table))
    for table in tables:
        tell(_("Copying {table}…").format(table=table.name))
        _copy_table(source, target, table)
    words = source.execution_options(yield_per=BATCH).execute(_WORDS)
    for part in words.partitions():
        target.execute(_INDEX, [{"id": row.rowid, "grams": row.grams} for row in part])


def _check_known(source: Connection, made: set[str]) -> None:
    """Raise TijiError for a table of a plugin that is not active: it would be left behind."""
    for name in sa.inspect(source).get_table_names():
        if name not in made and not name.startswith(SEARCH):
            raise TijiError(
                _(
                    "Nobody here knows the table {table}: enable its plugin, or remove its "
                    "tables with `tiji db downgrade`."
                ).format(table=name)
            )


def _copy_table(source: Connection, target: Connection, table: sa.Table) -> None:
    rows = source.execution_options(yield_per=BATCH).execute(
        sa.select(table).order_by(*table.primary_key)
    )
    for part in rows.partitions():
        target.execute(sa.insert(table), [dict(row._mapping) for row in part])
    column = table.autoincrement_column
    if column is not None:
        # The next number follows the highest that is there.
        following = sa.func.coalesce(sa.func.max(column), 0) + 1
        sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
        target.execute(sa.select(sa.func.setval(sequence, following, False)).select_from(table))


def _prove(held: Survey) -> None:
    with db.engine.connect() as connection:
        copied = survey(connection)
    found = verify_log()
    if copied != held or found.bad or found.broken:
        raise TijiError(_("The copy is not what was copied; it was removed again."))
