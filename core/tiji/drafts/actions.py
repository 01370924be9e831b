"""Keep what somebody types until it is sent, and forget it in time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tiji.db import ask, transaction
from tiji.drafts.model import DraftRow
from tiji.drafts.rules import KEPT_FOR, require_key, written
from tiji.runtime import runtime

_DRAFT = DraftRow.__table__.c
_KEPT = select(_DRAFT.key).where(_DRAFT.owner == bindparam("owner"), _DRAFT.key == bindparam("key"))


def save_draft(
    owner: str, key: str, fields: Mapping[str, list[str]], seen: int | None = None
) -> datetime | None:
    """Keep a form's fields in place of those kept before; give when, None where all are empty.

    Raises BadInputError for a form without a name, and for more than fits.
    """
    require_key(key)
    if not any(text.strip() for texts in fields.values() for text in texts):
        discard_draft(owner, key)
        return None
    now = runtime().clock.now()
    values = {
        "sealed": runtime().cipher.seal_text(written(fields)),
        "seen": seen,
        "saved_at": now,
    }
    with transaction() as session:
        # Two windows may save the same form at once: the later one stands.
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        row = dialect.insert(DraftRow).values(owner=owner, key=key, **values)
        session.execute(row.on_conflict_do_update(index_elements=["owner", "key"], set_=values))
    return now


def discard_draft(owner: str, key: str) -> None:
    """Forget what was typed into one form: it was sent, or is not wanted."""
    if ask(_KEPT, {"owner": owner, "key": key}).scalar() is None:
        return  # most forms are sent before anything was kept: no reason to write
    own = (DraftRow.owner == owner) & (DraftRow.key == key)
    with transaction() as session:
        session.execute(delete(DraftRow).where(own))


def forget_drafts(session: Session, number: str) -> None:
    """Forget what anybody typed about a case, inside the caller's transaction."""
    about = DraftRow.key.startswith(f"{number}/", autoescape=True)
    session.execute(delete(DraftRow).where(about))


def clear_drafts() -> int:
    """Forget drafts that nobody went on with; give how many."""
    with transaction() as session:
        old = DraftRow.saved_at < runtime().clock.now() - KEPT_FOR
        return len(session.scalars(delete(DraftRow).where(old).returning(DraftRow.key)).all())
