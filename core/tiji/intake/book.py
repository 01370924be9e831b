"""The book of imports: each that wrote something stands in it under its number."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from tiji.cases.model import SequenceRow
from tiji.clock import local
from tiji.intake.model import ImportRow

#: 导入; what people call an import by.
PREFIX = "DR"


def enter(session: Session, ledger: str, file: str, actor: str, now: datetime) -> str:
    """Enter an import in the caller's transaction, and give its number: DR-20261123-01.

    The caller holds the lock under which cases get their numbers.
    """
    day = f"{PREFIX}-{local(now):%Y%m%d}"
    last = session.scalar(select(SequenceRow.value).where(SequenceRow.name == day))
    if last is None:
        session.execute(insert(SequenceRow).values(name=day, value=1))
    else:
        session.execute(update(SequenceRow).where(SequenceRow.name == day).values(value=last + 1))
    number = f"{day}-{(last or 0) + 1:02d}"
    values = {"number": number, "ledger": ledger, "file": file[:200], "actor": actor}
    none = {"imported": 0, "updated": 0, "withdrawn": 0}
    session.execute(insert(ImportRow).values({**values, **none, "begun_at": now, "last_at": now}))
    return number


def count(session: Session, number: str, imported: int, updated: int, now: datetime) -> None:
    """Count what a transaction of an import wrote, in that transaction."""
    session.execute(
        update(ImportRow)
        .where(ImportRow.number == number)
        .values(
            imported=ImportRow.imported + imported,
            updated=ImportRow.updated + updated,
            last_at=now,
        )
    )
