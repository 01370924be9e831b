"""Tell officers once of each thing; let them read it, and choose how they are told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tiji.accounts.queries import roles_in_force
from tiji.db import transaction
from tiji.errors import BadInputError
from tiji.events.rules import UNDOABLE
from tiji.i18n import _
from tiji.jobs.actions import enqueue
from tiji.jobs.queries import stopped_jobs
from tiji.jobs.rules import NewJob
from tiji.notices.model import NoticeChoiceRow, NoticeRow
from tiji.notices.rules import KEPT_DAYS, MAILED, require_address
from tiji.notices.words import kinds as known_kinds
from tiji.runtime import runtime

MAIL_TARGET = "core:mail"


@dataclass(frozen=True, slots=True)
class ToTell:
    """Say who is to be told what of which event; ``step`` is the kind of the event itself."""

    officer: str
    kind: str
    event: str
    case_id: int | None = None
    step: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def tell(told: Iterable[ToTell]) -> None:
    """Tell officers, each once of each event; to who wants it a mail goes too."""
    wanted = list({(one.officer, one.event): one for one in told}.values())
    if wanted:
        with transaction() as session:
            tell_within(session, wanted)


def tell_within(session: Session, wanted: Collection[ToTell]) -> None:
    """Tell officers in the caller's transaction."""
    now = runtime().clock.now()
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    rows = [
        {
            **{name: getattr(one, name) for name in ("officer", "kind", "event", "case_id")},
            "data": dict(one.data),
            "at": now,
            "read_at": None,
        }
        for one in wanted
    ]
    add = dialect.insert(NoticeRow).on_conflict_do_nothing()
    mailed = _mailed(session, {one.officer for one in wanted})
    if not mailed:
        session.connection().execute(add, rows)
        return
    new = session.execute(add.returning(NoticeRow.id, NoticeRow.officer, NoticeRow.event), rows)
    numbers = {(row.officer, row.event): row.id for row in new}
    enqueue(
        session,
        [
            _letter(one, numbers[one.officer, one.event])
            for one in wanted
            if (one.officer, one.event) in numbers and one.kind in mailed.get(one.officer, ())
        ],
    )


def _mailed(session: Session, officers: set[str]) -> dict[str, list[str]]:
    """Say which kinds of notices go to whose address."""
    if not runtime().settings.notify_url:
        return {}
    chosen = select(NoticeChoiceRow.officer, NoticeChoiceRow.kinds).where(
        NoticeChoiceRow.officer.in_(officers), NoticeChoiceRow.mail.is_not(None)
    )
    return {row.officer: row.kinds for row in session.execute(chosen)}


def _letter(one: ToTell, notice: int) -> NewJob:
    """Ask for a mail; what can be taken back is told to nobody outside before it cannot be."""
    wait = UNDOABLE.get(one.step, timedelta())
    key = f"{one.event}:{one.officer}"
    return NewJob(MAIL_TARGET, key, f"mail:{key}", {"notice": notice}, outside=True, wait=wait)


def mark_read(officer: str, notice: int | None = None) -> None:
    """Note that an officer has read a notice, or all of his or hers."""
    unread = update(NoticeRow).where(NoticeRow.officer == officer, NoticeRow.read_at.is_(None))
    if notice is not None:
        unread = unread.where(NoticeRow.id == notice)
    with transaction() as session:
        session.execute(unread.values(read_at=runtime().clock.now()))


def choose(officer: str, mail: str, kinds: Collection[str] = MAILED) -> None:
    """Keep to which address which kinds of notices go; without an address none does.

    Raises RuleError for what is no address, BadInputError for an unknown kind.
    """
    if unknown := sorted(set(kinds) - set(known_kinds())):
        raise BadInputError(_("There is no notice of the kind {kind}.").format(kind=unknown[0]))
    address = require_address(mail) if mail.strip() else ""
    sealed = runtime().cipher.seal({"mail": address}) if address else None
    with transaction() as session:
        session.execute(delete(NoticeChoiceRow).where(NoticeChoiceRow.officer == officer))
        values = {"officer": officer, "mail": sealed, "kinds": sorted(set(kinds))}
        session.execute(insert(NoticeChoiceRow).values(values))


def clear_notices() -> None:
    """Forget what was read long ago."""
    long_ago = runtime().clock.now() - timedelta(days=KEPT_DAYS)
    with transaction() as session:
        session.execute(delete(NoticeRow).where(NoticeRow.read_at < long_ago))


def tell_of_stopped() -> None:
    """Tell the system's administrators of deliveries that stopped, each once."""
    admins = [
        officer
        for officer, roles in roles_in_force().items()
        if any(granted.role == "system" for granted in roles)
    ]
    jobs = stopped_jobs() if admins else []
    tell(
        ToTell(officer, "stopped", f"job:{job['id']}", data={"target": job["target"]})
        for job in jobs
        for officer in admins
    )
