"""What is done with the files of a case: add, bring before there is a case, bind, remove, clear."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

from sqlalchemy import ColumnElement, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from tiji.attachments import storage
from tiji.attachments.model import ERASED, AttachmentRow
from tiji.attachments.queries import count_files, pending_files
from tiji.attachments.receiving import Received, receiving
from tiji.attachments.rules import (
    PENDING_FOR,
    REMOVED_FOR,
    ending_of,
    is_fresh,
    pending_key,
    require_room,
)
from tiji.cases.actions.aftercare import require_party
from tiji.cases.move import Move
from tiji.cases.moving import moving, require_seat
from tiji.cases.rules import CLIENT
from tiji.db import db, lock_table, rows, transaction
from tiji.errors import AbsentError, TijiError
from tiji.i18n import _
from tiji.runtime import runtime

_FILE = AttachmentRow.__table__
#: Turns of the clearing work after which every file was compared with the table once.
_PARTS = 256
_BATCH = 500


@contextmanager
def _taking(stream: IO[bytes], name: str) -> Iterator[Received]:
    """Receive a file and put it in its place, before the rows that will say that it is there."""
    with receiving(stream, name) as file:
        file.keep()
        try:
            yield file
        except TijiError:
            _drop_unused([file.sha256])
            raise


def attach(
    number: str,
    actor: str,
    stream: IO[bytes],
    name: str,
    *,
    handlers_only: bool = False,
    public: bool = False,
) -> int:
    """Add a file to a case as a party to it; give its id.

    Raises RefusedFileError for a file that is not taken, RuleError where the case is full.
    """
    with _taking(stream, name) as file, moving(number, "attach", actor) as move:
        require_party(move, actor)
        require_room(*count_files(move.desk.session, move.id), client=False)
        return _add(move, actor, file, handlers_only=handlers_only, public=public)


def attach_as_client(number: str, stream: IO[bytes], name: str) -> int:
    """Add a file that a case's client brings later; give its id.

    Who calls this has made sure that it is the client.
    """
    with _taking(stream, name) as file, moving(number, "attach", CLIENT) as move:
        require_room(*count_files(move.desk.session, move.id), client=True)
        return _add(move, CLIENT, file, public=True)


def _add(move: Move, who: str, file: Received, **shown: bool) -> int:
    session = move.desk.session
    found = _insert(session, file, who, case_id=move.id, **shown)
    _record(move, who, found, file.size, file.name)
    return found


def _record(move: Move, who: str, attachment: int, size: int, name: str) -> None:
    """Record what came, by its ending alone: people write their own names into a file's name."""
    move.record("attached", who, attachment=attachment, size=size, type=ending_of(name))


def _insert(session: Session, file: Received, who: str, **where: Any) -> int:
    values = {
        "case_id": None,
        "pending_key": None,
        "handlers_only": False,
        "public": False,
        "removed_at": None,
        "sha256": file.sha256,
        "size": file.size,
        "media": file.media,
        "name": file.name,
        "who": who,
        "at": runtime().clock.now(),
        "scanned_at": file.scanned_at,
        **where,
    }
    found = session.execute(insert(AttachmentRow).values(values).returning(AttachmentRow.id))
    # Whoever clears up waits for this transaction now: what he took away meanwhile is put back.
    if not storage.is_kept(file.sha256):
        file.keep()
    return int(found.scalar_one())


def accept_upload(stream: IO[bytes], name: str, pending: str) -> int:
    """Take a file from somebody whose case is not there yet; give its id.

    ``pending`` is a random word that only this visitor knows; :func:`bind_pending` turns what it
    holds into attachments of the case. Raises RefusedFileError, or RuleError for too many files.
    """
    require_room(0, len(pending_files(pending)), client=True)
    with _taking(stream, name) as file, transaction() as session:
        # Two uploads of one visitor may meet: only one of them is the last that has room.
        lock_table(session, AttachmentRow)
        require_room(0, len(pending_files(pending)), client=True)
        return _insert(session, file, CLIENT, pending_key=pending_key(pending), public=True)


def drop_pending(pending: str, attachment: int) -> None:
    """Take a file back that waits for its case; one that does not wait there is passed over."""
    mine = (_FILE.c.pending_key == pending_key(pending)) & (_FILE.c.id == attachment)
    _drop_unused(_forget(mine))


def bind_pending(pending: str, number: str) -> int:
    """Turn what waits under a visitor's word into attachments of a case; give how many.

    Called again after a lost answer, it finds nothing and changes nothing.
    """
    waiting = _FILE.c.pending_key == pending_key(pending)
    if not pending_files(pending):
        return 0
    with moving(number, "attach", CLIENT) as move:
        session = move.desk.session
        found = rows(session.execute(select(_FILE).where(waiting).order_by(_FILE.c.id)))
        in_case, from_client = count_files(session, move.id)
        for position, row in enumerate(found):
            require_room(in_case + position, from_client + position, client=True)
            _record(move, CLIENT, row["id"], row["size"], row["name"])
        bound = update(AttachmentRow).where(waiting)
        session.execute(bound.values(case_id=move.id, pending_key=None))
        return len(found)


def remove(number: str, actor: str, attachment: int) -> None:
    """Remove a file from a case: who added it on the same day, or the department's principal.

    The log goes on to say that it was there. Raises AbsentError for a file that is not.
    """
    with moving(number, "attach", actor) as move:
        session = move.desk.session
        own = (_FILE.c.id == attachment) & (_FILE.c.case_id == move.id)
        found = rows(session.execute(select(_FILE).where(own, _FILE.c.removed_at.is_(None))))
        if not found:
            raise AbsentError(_("This file is not there any more."))
        _require_may_remove(move, actor, found[0])
        session.execute(update(AttachmentRow).where(own).values(removed_at=move.now))
        move.record("attachment_removed", actor, attachment=attachment)


def _require_may_remove(move: Move, actor: str, row: dict[str, Any]) -> None:
    if row["who"] == actor and is_fresh(row["at"], move.now):
        return
    stations = [station.no for station in move.ladder.stations if station.role == "principal"]
    message = _("Who added a file removes it on the same day; later only the principal does.")
    require_seat(move, actor, stations, "not-yours", message)


def clear_attachments() -> int:
    """Clear away files whose case never came, or that were removed or erased; give how many.

    A turn of the worker's periodic work: besides, it compares a part of all files with the table.
    """
    now = runtime().clock.now()
    orphaned = _FILE.c.pending_key.is_not(None) & (_FILE.c.at < now - PENDING_FOR)
    removed = _FILE.c.removed_at < now - REMOVED_FOR
    forgotten = _forget(or_(orphaned, removed, _FILE.c.name == ERASED))
    part = f"{int(now.timestamp()) // 3600 % _PARTS:02x}"
    return _drop_unused({*forgotten, *storage.kept_under(part)})


def _forget(condition: ColumnElement[bool]) -> list[str]:
    """Delete rows; give the files that they named."""
    with transaction() as session:
        gone = delete(AttachmentRow).where(condition).returning(AttachmentRow.sha256)
        return list(session.scalars(gone))


def _drop_unused(candidates: Iterable[str]) -> int:
    """Drop the files that no row names; give how many."""
    wanted, dropped = sorted(set(candidates)), 0
    for start in range(0, len(wanted), _BATCH):
        batch = wanted[start : start + _BATCH]
        for digest in sorted({*batch} - _named(db.session(), batch)):
            with transaction() as session:
                # Nobody adds the same file meanwhile; who waited for this looks, and puts it back.
                lock_table(session, AttachmentRow)
                if not _named(session, [digest]):
                    storage.drop(digest)
                    dropped += 1
    db.session.rollback()
    return dropped


def _named(session: Session, digests: Sequence[str]) -> set[str]:
    return set(session.scalars(select(_FILE.c.sha256).where(_FILE.c.sha256.in_(digests))))
