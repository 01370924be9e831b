"""Import a ledger: batches of one transaction each, every row told what became of it (I24, I25)."""

from __future__ import annotations

import gc
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from tiji.cases.actions.opening import take_turn
from tiji.cases.entry import person_key
from tiji.cases.move import SYSTEM
from tiji.cases.moving import new_desk, require_officer
from tiji.clock import local
from tiji.db import db, transaction
from tiji.errors import BadInputError
from tiji.events.deliveries import deliver_later
from tiji.forms.cells import PartialDate
from tiji.forms.fields import CellContext
from tiji.i18n import _
from tiji.intake import book
from tiji.intake.batches import Batch, Prepared
from tiji.intake.header import REASON_COLUMN
from tiji.intake.placing import Places
from tiji.intake.queries import OpenSubjects
from tiji.intake.reader import Fault, LedgerReading, LedgerRow, read_ledger
from tiji.intake.rejects import Rejects
from tiji.people.queries import directory
from tiji.plugins.types import Event, Ledger
from tiji.runtime import runtime

BATCH = 1000
#: So many rows that resemble open cases are named; all are counted.
MOST_RESEMBLING = 1000
COUNTED = ("imported", "updated", "unchanged", "conflicts")


#: Is told, in the first transaction of an import that writes, under which number it stands.
Begun = Callable[[Session, str], None]
#: Hears of a row that is rejected, warned of, or meets cases that are there: how, and which.
Noting = Callable[[LedgerRow, str, Sequence[str]], None]


class RowNote(NamedTuple):
    """Name a row that was rejected, or entered with a warning, its first column and all reasons.

    A ledger may have a hundred thousand of them: equal reasons are one text in memory.
    """

    sheet: str
    row: int
    column: str
    reason: str


@dataclass(slots=True)
class ImportReport:
    """Say what became of every row; ``rejected`` and ``warned`` have one entry a row.

    read = imported + updated + unchanged + conflicts + the number of rejected rows.
    ``resembling`` counts the new rows that look like cases that were open before; the first
    thousand are named. ``number`` is that of the import, where it wrote something.
    """

    ledger: str
    file: str
    read: int = 0
    imported: int = 0
    updated: int = 0
    unchanged: int = 0
    conflicts: int = 0
    skipped: int = 0
    sheets_skipped: list[str] = field(default_factory=list)
    rejected: list[RowNote] = field(default_factory=list)
    warned: list[RowNote] = field(default_factory=list)
    conflict_cases: list[dict[str, Any]] = field(default_factory=list)
    erased_cases: list[dict[str, Any]] = field(default_factory=list)
    resembling: int = 0
    resembling_rows: list[dict[str, Any]] = field(default_factory=list)
    dry_run: bool = False
    number: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Give the report as plain data."""
        notes = {
            name: [n._asdict() for n in getattr(self, name)] for name in ("rejected", "warned")
        }
        return {item.name: getattr(self, item.name) for item in fields(self)} | notes


def import_ledger(
    code: str,
    path: Path,
    *,
    dry_run: bool = False,
    rejects: Path | None = None,
    actor: str | None = None,
    progress: Callable[[int], None] = lambda _rows: None,
) -> ImportReport:
    """Import a ledger file; the same file again, or an interrupted one, ends the same (I24).

    ``dry_run`` says what would happen and changes nothing. ``rejects`` names a workbook for the
    rejected rows. Raises BadInputError for an unknown ledger or officer, RefusedFileError for a
    file of which nothing enters.
    """
    ledger = find_ledger(code)
    if actor is not None:
        require_officer(actor)
    if rejects and rejects.resolve() == path.resolve():
        raise BadInputError(_("--rejects must be another file than the ledger itself."))
    refused = Rejects(rejects, REASON_COLUMN)

    def note(row: LedgerRow, how: str, _cases: Sequence[str]) -> None:
        if how == "rejected":
            refused.add(row.sheet, row.raw, report.rejected[-1].reason)

    reading = read_ledger(path, ledger, cell_context_now())
    report = ImportReport(code, path.name, dry_run=dry_run)
    read_in(reading, report, actor or SYSTEM, note, lambda _session, _number: None, progress)
    refused.write()
    return report


def cell_context_now() -> CellContext:
    """Give what cells are read by: this day, and the departments of this moment."""
    now = runtime().clock.now()
    return CellContext(today=local(now).date(), directory=directory(now))


def read_in(
    reading: LedgerReading,
    report: ImportReport,
    actor: str,
    note: Noting,
    begun: Begun,
    progress: Callable[[int], None],
) -> None:
    """Bring a reading's rows in, or say what would happen, and fill the report.

    ``begun`` is called in the first transaction that writes, once the import has its number.
    """
    report.sheets_skipped = list(reading.sheets_skipped)
    ledger, seen = reading.ledger, dict[str, str]()
    places, subjects = Places(new_desk(db.session())), OpenSubjects()
    for rows in _unhurried(batches(_entering(reading, report, note))):
        batch = Batch(rows, ledger, actor, places, subjects, seen)
        _run_batch(batch, report, begun)
        _tell(batch, report, note)
        progress(reading.read)
    report.read, report.skipped = reading.read, reading.skipped
    report.rejected.sort()


def _unhurried(batches: Iterator[list[Prepared]]) -> Iterator[list[Prepared]]:
    """Let the garbage collector look once a batch.

    Rows make millions of short-lived containers and hardly a cycle: looking all the time was a
    sixth of an import's time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        for batch in batches:
            yield batch
            gc.collect(0)
    finally:
        if was_enabled:
            gc.enable()


def find_ledger(code: str) -> Ledger:
    """Return a ledger that an active plugin declares; BadInputError lists what there is."""
    if ledger := runtime().plugins.ledger(code):
        return ledger
    known = ", ".join(found.code for found in runtime().plugins.ledgers())
    raise BadInputError(
        _("No ledger is called {code}. There are: {known}.").format(code=code, known=known or "-")
    )


def _entering(reading: LedgerReading, report: ImportReport, note: Noting) -> Iterator[Prepared]:
    """Pass on the rows that may enter; note the rejected ones."""
    for row in reading:
        if row.rejected:
            report.rejected.append(_note(row, row.rejected))
            note(row, "rejected", ())
        else:
            yield prepare(row, reading.ledger)


def prepare(row: LedgerRow, ledger: Ledger) -> Prepared:
    """Say what case a row means, and by what it is known again."""
    index = runtime().cipher.index
    values = row.values
    identity = [ledger.number] if ledger.number and values[ledger.number] else ledger.fingerprint
    key = index(ledger.code, *(_plain(values[name]) for name in identity))
    others = (f"{header}\x1e{text}" for header, text in sorted(row.extra.items()))
    digest = index(*map(_plain, values.values()), *others)
    case = ledger.to_case(values)
    return Prepared(row, case, key, digest, person_key(case.client_name, case.personal))


def _plain(value: Any) -> str:
    if type(value) is str:
        return value
    if isinstance(value, PartialDate):
        return value.iso
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (tuple, list)):
        return "\x1f".join(map(str, value))
    return "" if value is None else str(value)


def batches(rows: Iterable[Prepared]) -> Iterator[list[Prepared]]:
    """Cut rows into batches in which no case comes twice."""
    batch: dict[str, Prepared] = {}
    for row in rows:
        if len(batch) == BATCH or row.key in batch:
            yield list(batch.values())
            batch = {}
        batch[row.key] = row
    if batch:
        yield list(batch.values())


def _run_batch(batch: Batch, report: ImportReport, begun: Begun) -> None:
    if report.dry_run:
        batch.look(db.session())
        db.session.rollback()
    else:
        _write(batch, report, begun)
    for name in COUNTED:
        setattr(report, name, getattr(report, name) + getattr(batch, name))


def _write(batch: Batch, report: ImportReport, begun: Begun) -> None:
    desk, number = batch.places.desk, report.number
    with transaction() as session:
        take_turn(session, desk)
        batch.look(session)
        if batch.imported or batch.updated:
            if number is None:
                number = book.enter(session, report.ledger, report.file, batch.actor, desk.now)
                begun(session, number)
            batch.number = number
            batch.write(session)
            book.count(session, number, batch.imported, batch.updated, runtime().clock.now())
            deliver_later(session, [_announcement(batch, report)])
    report.number = number


def _tell(batch: Batch, report: ImportReport, note: Noting) -> None:
    """Add to the report what a batch found, and tell of its rows one by one."""
    report.conflict_cases += batch.conflict_cases
    report.erased_cases += batch.erased_cases
    report.resembling += len(batch.resembling)
    report.resembling_rows += batch.resembling[: MOST_RESEMBLING - len(report.resembling_rows)]
    for row, fault in batch.rejected:
        report.rejected.append(_note(row.row, [fault]))
        note(row.row, "rejected", ())
    out = {row.row.where for row, _fault in batch.rejected}
    for row in batch.prepared:
        if row.row.where in out:
            continue
        if row.row.warned:
            report.warned.append(_note(row.row, row.row.warned))
        how, cases = batch.said.get(row.row.where, ("warned", []))
        if cases or row.row.warned:
            note(row.row, how, cases)


def _note(row: LedgerRow, faults: list[Fault]) -> RowNote:
    reason = sys.intern(" ".join(fault.reason for fault in faults))
    return RowNote(row.sheet, row.row, faults[0].column, reason)


def _announcement(batch: Batch, report: ImportReport) -> Event:
    """Tell of a batch as a whole; its rows send nothing (I26)."""
    counts = {
        "ledger": report.ledger,
        "file": report.file,
        **{name: getattr(batch, name) for name in COUNTED},
        "rejected": len(batch.rejected),
        "number": batch.number,
    }
    key = f"{report.ledger}/{uuid.uuid4().hex}"
    return Event(key, "", 0, 0, "ledger_imported", batch.places.desk.now, batch.actor, counts)
