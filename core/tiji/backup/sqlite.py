"""Copy an embedded database while the program works.

The copy is made in one step. Step by step it would begin again whenever another process wrote,
and never end under load; in one step it waits for nobody, and where the rollback journal is used
a writer waits for it once, for as long as the copy takes (0.1 s for 100 MB, 1 to 3 s for 1 GB).
``VACUUM INTO`` holds writers up for twice as long.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import cast

import sqlalchemy as sa

from tiji.backup.rules import Survey
from tiji.backup.survey import survey
from tiji.db import db
from tiji.errors import RuleError, TijiError
from tiji.i18n import _


def take(copy: Path) -> Survey:
    """Copy the database as it is at one moment, check the copy, and say what it holds."""
    with closing(sqlite3.connect(copy, isolation_level=None)) as target:
        # Nobody needs a copy that was cut off: nothing is waited for, and no journal is kept.
        target.execute("PRAGMA synchronous=OFF")
        target.execute("PRAGMA journal_mode=OFF")
        with closing(db.engine.raw_connection()) as source:
            cast(sqlite3.Connection, source.driver_connection).backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
    return check(copy)


def check(path: Path) -> Survey:
    """Prove that a database file is sound and say what it holds."""
    engine = sa.create_engine(f"sqlite:///{path}")
    try:
        with engine.connect() as connection:
            if connection.exec_driver_sql("PRAGMA integrity_check").scalar() != "ok":
                raise TijiError(
                    _("The database is damaged: its integrity check fails. Restore a backup.")
                )
            return survey(connection)
    finally:
        engine.dispose()


def file_of(url: str) -> Path:
    """Give the file that the settings name."""
    return Path(sa.make_url(url).database or "")


def check_empty(url: str) -> None:
    """Raise RuleError where there is a database already."""
    if file_of(url).exists():
        raise RuleError(
            "restore_into_empty",
            _("There is a database already: {path}.").format(path=file_of(url)),
            _("Restore into another TIJI_HOME, or move this one away."),
        )
