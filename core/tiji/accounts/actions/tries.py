"""Count tries before they are made, so that many at once are no more than their number (S14)."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tiji.accounts.model import TryRow
from tiji.accounts.queries import name_index
from tiji.accounts.rules import LOCKED_FOR, MOST_FAILURES
from tiji.db import transaction
from tiji.errors import RuleError
from tiji.i18n import _
from tiji.runtime import runtime


def take_try(name: str) -> int | None:
    """Count a try as a failure until it succeeds; give how many are left, None if it is locked.

    A name that nobody has is counted like any other: the answers must not tell them apart.
    """
    now, key = runtime().clock.now(), name_index(name)
    with transaction() as session:
        session.execute(delete(TryRow).where(TryRow.last_at <= now - LOCKED_FOR))
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        session.execute(
            dialect.insert(TryRow)
            .values(name=key, failures=0, last_at=now)
            .on_conflict_do_nothing()
        )
        known = select(TryRow.failures).where(TryRow.name == key).with_for_update()
        failures = session.execute(known).scalar_one()
        if failures >= MOST_FAILURES:
            return None
        counted = update(TryRow).where(TryRow.name == key)
        session.execute(counted.values(failures=failures + 1, last_at=now))
    return MOST_FAILURES - failures - 1


def forget_tries(session: Session, name: str) -> None:
    """Begin to count anew, within a transaction: one try succeeded, or a lock is lifted."""
    session.execute(delete(TryRow).where(TryRow.name == name_index(name)))


def locked() -> RuleError:
    """Say that a name is locked; the same for a name that nobody has."""
    return RuleError(
        "sign-in-locked",
        _("Too many tries failed."),
        _("Wait {minutes} minutes, then try again.").format(minutes=_minutes()),
    )


def left_text(left: int) -> str:
    """Say how many tries are left."""
    if left:
        return _("{count} tries are left.").format(count=left)
    return _("Wait {minutes} minutes, then try again.").format(minutes=_minutes())


def _minutes() -> int:
    return int(LOCKED_FOR.total_seconds() // 60)
