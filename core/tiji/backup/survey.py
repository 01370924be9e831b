"""What a database holds, asked of one connection and therefore of one moment."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tiji.backup.rules import Survey
from tiji.cases.model import CaseRow
from tiji.events.model import EventRow
from tiji.plugins.migrate import CORE

_CASE = CaseRow.__table__
_VERSION = "_alembic_version"


def survey(connection: Connection) -> Survey:
    """Count cases and events, and hash where the log of every case ends."""
    heads = connection.execution_options(yield_per=5000).execute(
        sa.select(_CASE.c.id, _CASE.c.number, _CASE.c.version, _CASE.c.head).order_by(_CASE.c.id)
    )
    digest, cases = hashlib.sha256(), 0
    for head in heads:
        digest.update(("\x1f".join(map(str, head)) + "\n").encode())
        cases += 1
    events = connection.scalar(sa.select(sa.func.count()).select_from(EventRow)) or 0
    return Survey(cases, events, digest.hexdigest(), _revisions(connection))


def _revisions(connection: Connection) -> dict[str, str]:
    """Give each owner's revision, also of plugins that are not installed here."""
    found = {}
    for name in sa.inspect(connection).get_table_names():
        if name.endswith(_VERSION):
            owner = name.removesuffix(_VERSION)
            column: sa.ColumnClause[str] = sa.column("version_num")
            version = sa.select(column).select_from(sa.table(name))
            found[CORE if owner == "tj" else owner] = connection.scalar(version) or ""
    return found
