"""Count how often somebody tries within an hour, for all processes together."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from tiji.db import lock_table, transaction
from tiji.portal.model import TryRow
from tiji.portal.rules import TRIES_WITHIN
from tiji.runtime import runtime


def key_of(kind: str, who: str) -> str:
    """Name who tries what, so that nobody can read it from the table."""
    return runtime().cipher.index("try", kind, who)


def spend(keys: Sequence[str], most: int) -> bool:
    """Count one try of each key; tell whether none of them went beyond ``most``.

    It is counted before it is known how it ends: those who try at once do not slip through.
    """
    with transaction() as session:
        lock_table(session, TryRow)
        _forget_old(session)
        return max(_add(session, key) for key in keys) <= most


def give_back(keys: Sequence[str]) -> None:
    """Take back one try of each key: it was right."""
    with transaction() as session:
        fewer = update(TryRow).where(TryRow.key.in_(keys), TryRow.count > 0)
        session.execute(fewer.values(count=TryRow.count - 1))


def _add(session: Session, key: str) -> int:
    known = session.scalar(select(TryRow.count).where(TryRow.key == key))
    if known is None:
        now = runtime().clock.now()
        session.execute(insert(TryRow).values(key=key, since=now, count=1))
        return 1
    session.execute(update(TryRow).where(TryRow.key == key).values(count=known + 1))
    return known + 1


def _forget_old(session: Session) -> None:
    old = TryRow.since < runtime().clock.now() - TRIES_WITHIN
    session.execute(delete(TryRow).where(old))
