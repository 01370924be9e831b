"""What a worker does with an upload: check its rows, import them, or take the import back.

A worker that dies leaves the work to another one, which begins it anew: an import does nothing
twice, and what it wrote is counted where it was written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from tiji.cases.move import SYSTEM
from tiji.db import db, rows, transaction
from tiji.errors import ConflictError, TijiError
from tiji.events.deliveries import deliver_later
from tiji.intake import shelf
from tiji.intake.actions import ImportReport, cell_context_now, find_ledger, read_in
from tiji.intake.judging import mends_of
from tiji.intake.model import FoundRow, ImportRow, MendRow, UploadRow
from tiji.intake.reader import LedgerRow, Treatment, read_ledger
from tiji.intake.rules import (
    CHECKED,
    CHECKING,
    DONE,
    FAILED,
    KEPT_FOR,
    MOST_FOUND,
    QUEUED,
    RUNNING,
    WITHDRAWING,
)
from tiji.intake.withdrawing import finish_withdrawal
from tiji.jobs.rules import Job
from tiji.plugins.types import Event
from tiji.runtime import runtime

Upload = Mapping[str, Any]


def work(job: Job) -> None:
    """Do what the state of an upload asks for; a job that its upload has left behind is nothing."""
    upload = _upload(job.payload["upload"])
    if upload is None or upload["turn"] != job.payload["turn"]:
        return
    does = {CHECKING: _check, QUEUED: _import, RUNNING: _import, WITHDRAWING: _withdraw}
    do = does.get(upload["state"])
    if do is None:
        return
    try:
        do(upload)
    except ConflictError:  # somebody was faster; the next try sees what was done
        raise
    except TijiError as error:
        # What it says is written for who uploaded the file; trying again would not help.
        _note(upload, state=FAILED, error=str(error)[:500], ended_at=runtime().clock.now())


def _upload(upload_id: int) -> dict[str, Any] | None:
    found = rows(db.session.execute(select(UploadRow.__table__).where(UploadRow.id == upload_id)))
    db.session.rollback()
    return found[0] if found else None


def _note(upload: Upload, **values: Any) -> None:
    with transaction() as session:
        _set(session, upload, values)


def _set(session: Session, upload: Upload, values: Mapping[str, Any]) -> None:
    """Change an upload as long as this turn is its own: one that was taken over is another's."""
    mine = (UploadRow.id == upload["id"], UploadRow.turn == upload["turn"])
    session.execute(update(UploadRow).where(*mine).values(**values))


@dataclass(slots=True)
class _Finding:
    """Keep the rows with something to say, as far as they are kept, and how far the reading is."""

    upload: Upload
    kept: frozenset[str]
    no: int
    total: int = 0
    waiting: list[dict[str, Any]] = field(default_factory=list)

    def note(self, row: LedgerRow, how: str, _cases: Sequence[str]) -> None:
        """Keep a row in mind until the next batch is done."""
        if how not in self.kept or self.total >= MOST_FOUND:
            return
        self.total += 1
        self.no += 1
        self.waiting.append(
            {
                "upload": self.upload["id"],
                "no": self.no,
                "sheet": row.sheet,
                "row_no": row.row,
                "state": how,
                "left_out": False,
                "sealed": runtime().cipher.seal({"cells": row.texts}),
            }
        )

    def progress(self, done: int) -> None:
        """Write what was found, and how many rows are read."""
        with transaction() as session:
            if self.waiting:
                session.execute(insert(FoundRow), self.waiting)
            _set(session, self.upload, {"done": done})
        self.waiting.clear()


def _begin(upload: Upload, state: str, kept: frozenset[str]) -> _Finding:
    """Forget what the last reading found, but for rows that were left out."""
    with transaction() as session:
        own = FoundRow.upload == upload["id"]
        session.execute(delete(FoundRow).where(own, FoundRow.left_out.is_(False)))
        last = session.scalar(select(func.max(FoundRow.no)).where(own)) or 0
        _set(session, upload, {"state": state, "done": 0, "started_at": runtime().clock.now()})
    return _Finding(upload, kept, last)


def _left_out(upload: Upload) -> frozenset[tuple[str, int]]:
    own = (FoundRow.upload == upload["id"], FoundRow.left_out.is_(True))
    found = db.session.execute(select(FoundRow.sheet, FoundRow.row_no).where(*own))
    return frozenset((sheet, row) for sheet, row in found)


def _read(
    upload: Upload,
    finding: _Finding,
    actor: str,
    begun: Callable[[Session, str], None],
    *,
    dry_run: bool,
) -> ImportReport:
    treatment = Treatment(
        columns=upload["mapping"],
        mends=mends_of(db.session(), upload["id"]),
        left_out=_left_out(upload),
        name=upload["name"],
    )
    db.session.rollback()
    path = shelf.place_of(upload["sha256"])
    report = ImportReport(upload["ledger"], upload["name"], dry_run=dry_run)
    report.number = upload["import_no"]
    with shelf.named(path, upload["name"]):
        ledger = find_ledger(upload["ledger"])
        reading = read_ledger(path, ledger, cell_context_now(), treatment)
        read_in(reading, report, actor, finding.note, begun, finding.progress)
    finding.progress(reading.read)
    return report


def _check(upload: Upload) -> None:
    """Say what would become of every row; nothing enters."""
    kept = frozenset({"rejected", "warned", "resembles", "conflict", "erased"})
    finding = _begin(upload, CHECKING, kept)
    report = _read(upload, finding, SYSTEM, lambda _session, _number: None, dry_run=True)
    counts = _counts(upload, report) | {"imported": report.imported, "updated": report.updated}
    counts["unchanged"] = report.unchanged
    _note(upload, state=CHECKED, counts=counts, ended_at=runtime().clock.now())


def _import(upload: Upload) -> None:
    """Import what can enter; what was there already, by a try that died, is no new row."""
    finding = _begin(upload, RUNNING, frozenset({"rejected", "conflict", "erased"}))

    def begun(session: Session, number: str) -> None:
        _set(session, upload, {"import_no": number})

    report = _read(upload, finding, upload["officer"], begun, dry_run=False)
    entered = refreshed = 0
    if report.number:
        wrote = select(ImportRow.imported, ImportRow.updated)
        found = db.session.execute(wrote.where(ImportRow.number == report.number)).one()
        entered, refreshed = found
    counts = _counts(upload, report) | {"entered": entered, "refreshed": refreshed}
    rest = report.read - entered - refreshed - report.conflicts - len(report.rejected)
    counts |= {"unchanged": max(0, rest), "imported": 0, "updated": 0}
    now = runtime().clock.now()
    done = {"state": DONE, "counts": counts, "ended_at": now, "touched_at": now}
    with transaction() as session:
        _set(session, upload, done)
        deliver_later(session, [_told(upload, report, counts)])


def _told(upload: Upload, report: ImportReport, counts: Mapping[str, Any]) -> Event:
    """Tell that the import of an upload has come to its end, with what it brought."""
    names = ("read", "entered", "refreshed", "unchanged", "conflicts", "rejected")
    words = {name: counts[name] for name in names}
    words |= {"ledger": report.ledger, "file": report.file, "number": report.number}
    key, now = f"{report.ledger}/upload-{upload['id']}-{upload['turn']}", runtime().clock.now()
    told = {**words, "upload": upload["id"]}
    return Event(key, "", 0, 0, "ledger_finished", now, upload["officer"], told)


def _counts(upload: Upload, report: ImportReport) -> dict[str, Any]:
    return {
        "read": report.read,
        "conflicts": report.conflicts,
        "rejected": len(report.rejected),
        "warned": len(report.warned),
        "resembling": report.resembling,
        "skipped": report.skipped - len(_left_out(upload)),
        "left_out": len(_left_out(upload)),
        "sheets_skipped": report.sheets_skipped,
    }


def _withdraw(upload: Upload) -> None:
    finish_withdrawal(upload["import_no"], lambda done: _note(upload, done=done))
    now = runtime().clock.now()
    _note(upload, state="withdrawn", ended_at=now, touched_at=now)


def clear_uploads() -> None:
    """Remove the files and rows of uploads that nobody has touched for thirty days."""
    before = runtime().clock.now() - KEPT_FOR
    while True:
        old = select(UploadRow.id, UploadRow.sha256).where(
            UploadRow.sha256 != "", UploadRow.touched_at < before
        )
        found = db.session.execute(old.order_by(UploadRow.id).limit(1)).one_or_none()
        db.session.rollback()
        if found is None:
            break
        with transaction() as session:
            for model in (FoundRow, MendRow):
                session.execute(delete(model).where(model.upload == found.id))
            gone = {"sha256": "", "sample": None}
            session.execute(update(UploadRow).where(UploadRow.id == found.id).values(**gone))
            shared = select(UploadRow.id).where(UploadRow.sha256 == found.sha256).limit(1)
            is_last = session.scalar(shared) is None
        if is_last:
            shelf.drop(found.sha256, before)
    shelf.drop_strays(timedelta(days=1))
