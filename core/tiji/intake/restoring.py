"""Bring a bureau's own rows back, for cases that were there before its tables."""

from __future__ import annotations

from sqlalchemy import insert, select

from tiji.cases.model import CaseRow, SettingRow
from tiji.cases.queries import case_views
from tiji.cases.state import UNDONE
from tiji.db import db, transaction
from tiji.plugins.types import Bureau, RestoredCase
from tiji.runtime import runtime

BATCH = 500


def restore_bureaus() -> dict[str, int]:
    """Restore each active bureau that has not been since its tables were made.

    Return the number of cases of each. An interrupted restoration begins anew.
    """
    restored: dict[str, int] = {}
    for bureau in runtime().plugins.bureaus().values():
        name = f"restored.{bureau.name}"
        if bureau.restore and db.session.get(SettingRow, name) is None:
            restored[bureau.name] = _restore(bureau)
            with transaction() as session:
                session.execute(insert(SettingRow).values(name=name, value="yes"))
    db.session.rollback()
    return restored


def _restore(bureau: Bureau) -> int:
    """Hand a bureau all cases of its matters, a batch in a transaction."""
    assert bureau.restore
    count, after = 0, 0
    while True:
        with transaction():
            found = db.session.execute(
                select(CaseRow.id, CaseRow.form, CaseRow.channel)
                .where(
                    CaseRow.matter.startswith(f"{bureau.name}."),
                    CaseRow.id > after,
                    CaseRow.outcome.is_distinct_from(UNDONE),
                )
                .order_by(CaseRow.id)
                .limit(BATCH)
            ).all()
            if not found:
                return count
            views = case_views(row.id for row in found)
            bureau.restore([RestoredCase(views[row.id], row.form, row.channel) for row in found])
        count, after = count + len(found), found[-1].id
