"""One batch of a ledger: look up what is known, decide each row, write all in bulk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from tiji.bulk import BulkInsert
from tiji.cases.actions.opening import allocate, case_id
from tiji.cases.entry import Intake
from tiji.cases.model import CaseRow, StayRow
from tiji.cases.move import SYSTEM, Desk, Move
from tiji.cases.moving import load_moves, store
from tiji.cases.state import OPEN, STAY_FIELDS
from tiji.db import rows
from tiji.errors import RuleError
from tiji.events.model import EventRow
from tiji.events.rules import Link, make_link, stamp
from tiji.forms.cells import PartialDate
from tiji.intake.placing import Entry, Place, Places, end_as_history, enter
from tiji.intake.queries import OpenSubjects
from tiji.intake.reader import Fault, LedgerRow, Where
from tiji.plugins.types import ImportedCase, Ledger, StoredRow
from tiji.search.actions import index_again, index_new

#: What the database fills in itself is left to it.
CASE_COLUMNS = tuple(c.name for c in CaseRow.__table__.columns if c.server_default is None)
_INTAKE_COLUMNS = (
    *("title", "content", "client_kind", "client_name", "sealed", "salt", "form", "missing"),
    *("matter", "matter_version", "category", "ladder", "confidential", "first_at"),
    "person_key",
    *("source_digest", "source_version"),
)
_CASE = cast(Table, CaseRow.__table__)
_UPDATE_INTAKE = (
    update(_CASE)
    .where(_CASE.c.id == bindparam("of_id"))
    .values({name: bindparam(name) for name in _INTAKE_COLUMNS})
)


@dataclass(slots=True)
class Prepared:
    """A row with its case, its identity (``key``), the digest of all that it says, its person."""

    row: LedgerRow
    case: ImportedCase
    key: str
    digest: str
    person: str | None


@dataclass(slots=True)
class Batch:
    """Decide and write some rows of a ledger, no case twice among them.

    ``places`` is shared by the batches of one import; ``seen`` remembers what those before this
    one have written, or would have in a dry run. ``number`` is the import's, ``said`` which rows
    meet cases that are there: how (``conflict``, ``erased``, ``resembles``), and which.
    """

    prepared: list[Prepared]
    ledger: Ledger
    actor: str
    places: Places
    subjects: OpenSubjects
    seen: dict[str, str]
    number: str | None = None
    imported: int = 0
    updated: int = 0
    unchanged: int = 0
    conflicts: int = 0
    rejected: list[tuple[Prepared, Fault]] = field(default_factory=list)
    said: dict[Where, tuple[str, list[str]]] = field(default_factory=dict)
    resembling: list[dict[str, Any]] = field(default_factory=list)
    conflict_cases: list[dict[str, Any]] = field(default_factory=list)
    erased_cases: list[dict[str, Any]] = field(default_factory=list)
    new: list[tuple[Prepared, Place]] = field(default_factory=list)
    changed: list[tuple[Prepared, Place, int]] = field(default_factory=list)

    def look(self, session: Session) -> None:
        """Sort the rows: new, changed, unchanged, conflicting with an officer's work, rejected."""
        known = self._known(session)
        acted = _acted_on(session, [case["id"] for case in known.values()])
        people = self._same_people(session)
        for row in self.prepared:
            before = known.get(row.key)
            digest = before["source_digest"] if before else self.seen.get(row.key)
            if digest == row.digest:
                self.unchanged += 1
            elif before and before["erased_at"]:
                self._leave_erased(row, before["number"])
            elif before and before["id"] in acted:
                self._conflict(row, before["number"])
            else:
                self._place(row, before["id"] if before else None, digest is not None)
                if digest is None:
                    self._compare(row, people)

    def _known(self, session: Session) -> dict[str, dict[str, Any]]:
        source = (CaseRow.source_key, CaseRow.source_digest)
        found = session.execute(
            select(*source, CaseRow.id, CaseRow.number, CaseRow.erased_at).where(
                CaseRow.ledger == self.ledger.code,
                CaseRow.source_key.in_([row.key for row in self.prepared]),
            )
        )
        return {row["source_key"]: row for row in rows(found)}

    def _same_people(self, session: Session) -> dict[str, list[str]]:
        """Give the cases, open before this import, of the people that this batch names."""
        keys = {key for row in self.prepared if (key := row.person)}
        found = session.execute(
            select(CaseRow.person_key, CaseRow.number).where(
                CaseRow.person_key.in_(keys),
                CaseRow.status.in_(OPEN),
                CaseRow.opened_at < self.places.desk.now,
            )
        )
        people: dict[str, list[str]] = {}
        for row in found:
            people.setdefault(str(row.person_key), []).append(row.number)
        return people

    def _compare(self, row: Prepared, people: dict[str, list[str]]) -> None:
        """Note a new row that resembles open cases: the same person, or the same place and a
        like subject."""
        like = self.subjects.like(row.case.departments[0], row.case.title)
        if found := sorted({*people.get(row.person or "", ()), *like}):
            where = {"sheet": row.row.sheet, "row": row.row.row}
            self.resembling.append({**where, "cases": found[:10]})
            self.said[row.row.where] = "resembles", found[:10]

    def _conflict(self, row: Prepared, number: str) -> None:
        self.conflicts += 1
        self.said[row.row.where] = "conflict", [number]
        self.conflict_cases.append(_named(row, number))

    def _leave_erased(self, row: Prepared, number: str) -> None:
        """Let a row not bring back what was erased; its ledger still holds it."""
        self.unchanged += 1
        self.said[row.row.where] = "erased", [number]
        self.erased_cases.append(_named(row, number))

    def _place(self, row: Prepared, case_id: int | None, known: bool) -> None:
        try:
            place = self.places.of(row.case)
        except RuleError as error:
            column = next((c.name for c in self.ledger.columns if c.key == "departments"), "")
            self.rejected.append((row, Fault(column, str(error))))
            return
        self.seen[row.key] = row.digest
        if known:
            self.updated += 1
        else:
            self.imported += 1
        if case_id is not None:
            self.changed.append((row, place, case_id))
        elif not known:
            self.new.append((row, place))

    def write(self, session: Session) -> None:
        """Write new and changed cases, their log, and the plugin's own rows, in bulk."""
        desk = self.places.desk
        stored = self._write_new(session, desk) + self._write_changed(session, desk)
        if stored and self.ledger.store:
            self.ledger.store(stored)

    def _write_new(self, session: Session, desk: Desk) -> list[StoredRow]:
        if not self.new:
            return []
        connection, at = session.connection(), stamp(desk.now)
        case_rows = BulkInsert(connection, CaseRow.__table__, CASE_COLUMNS)
        stay_rows = BulkInsert(connection, StayRow.__table__, ("case_id", *STAY_FIELDS))
        cases: list[dict[str, Any]] = []
        stays: list[dict[str, Any]] = []
        links: list[Link] = []
        words_of: dict[int, list[str]] = {}
        stored: list[StoredRow] = []
        numbers = allocate(session, desk, len(self.new))
        for number, (row, place) in zip(numbers, self.new, strict=True):
            entry = self._entry(place, row.case, case_rows, stay_rows)
            intake, id_ = self._intake(row, place), case_id(number)
            words = entry.words(_where(row), intake.commitment)
            dates, change = entry.dates(row.case)
            link = make_link(id_, 1, "case_imported", at, self.actor, words, change, "")
            links.append(link)
            words_of[id_] = intake.words(number)
            own = {**dates, "id": id_, "number": number, "head": link.hash, "source_version": 1}
            own["import_no"] = self.number
            cases.append({**entry.case, **case_rows.bind({**intake.columns(), **own})})
            stays += [{**stay, "case_id": id_} for stay in entry.stays]
            stored.append(StoredRow(id_, True, row.row.values, row.case))
        case_rows.insert(cases)
        stay_rows.insert(stays)
        index_new(session, words_of)
        link_rows = BulkInsert(connection, EventRow.__table__, Link._fields)
        link_rows.insert([link._asdict() for link in links])
        return stored

    def _write_changed(self, session: Session, desk: Desk) -> list[StoredRow]:
        if not self.changed:
            return []
        wanted = {case_id: (row, place) for row, place, case_id in self.changed}
        moves = load_moves(desk, CaseRow.id.in_(wanted), len(wanted), by_id=True)
        values: list[dict[str, Any]] = []
        words_of: dict[int, list[str]] = {}
        for move in moves:
            row, place = wanted[move.id]
            _replace(move, row.case, place)
            intake = self._intake(row, place)
            move.record(
                "import_updated",
                self.actor,
                ledger=self.ledger.code,
                row=_where(row),
                fields=sorted(row.row.values),
                personal=intake.commitment,
                number=self.number,
            )
            intake.source = {**intake.source, "source_version": move.version}
            columns = intake.columns()
            words_of[move.id] = intake.words(move.number)
            values.append({"of_id": move.id, **{name: columns[name] for name in _INTAKE_COLUMNS}})
            move.announced.clear()
        store(session, moves)
        session.connection().execute(_UPDATE_INTAKE, values)
        index_again(session, words_of)
        return [
            StoredRow(case_id, False, row.row.values, row.case)
            for row, _place, case_id in self.changed
        ]

    def _entry(
        self, place: Place, case: ImportedCase, cases: BulkInsert, stays: BulkInsert
    ) -> Entry:
        """Give how a row like this one enters; worked out once for all that enter so."""
        known = self.places.entries
        key = (place.department, place.matter.code, case.closed)
        if key not in known:
            desk = self.places.desk
            known[key] = enter(place, case, desk, self.ledger.code, cases, stays)
        return known[key]

    def _intake(self, row: Prepared, place: Place) -> Intake:
        case = row.case
        personal = {name: _json(value) for name, value in case.personal.items() if value}
        if row.row.extra:
            # Nobody knows what a bureau keeps in its own columns: they are sealed as personal.
            personal["columns"] = row.row.extra
        form = {name: _json(value) for name, value in case.form.items() if value is not None}
        if row.row.warned:
            form["unverified"] = [fault.column for fault in row.row.warned]
        return Intake(
            matter=place.matter.code,
            matter_version=place.matter.version,
            category=place.matter.category,
            confidential=place.matter.confidential,
            ladder=place.digest,
            title=case.title,
            content=case.content,
            client_kind=case.client_kind,
            client_name=case.client_name,
            personal=personal,
            form=form,
            missing=[],
            channel="ledger",
            person_key=row.person,
            searched=case.searched,
            source={
                "ledger": self.ledger.code,
                "source_key": row.key,
                "source_digest": row.digest,
                "first_at": case.first_at,
            },
        )


def _replace(move: Move, case: ImportedCase, place: Place) -> None:
    """Move a case on whose ledger row now names another lead, or was closed or opened there."""
    state = move.state
    is_open = state.status in OPEN
    if is_open and not case.closed and state.department == place.department:
        return
    if not is_open and case.closed:
        end_as_history(state, case)
        return
    if is_open:
        move.leave("imported")
    state.department, state.section = place.department, place.section
    state.fio, state.fio_department = place.fio, place.department
    if case.closed:
        end_as_history(state, case)
        return
    move.ladder = place.ladder
    state.client_from, state.client_missed_at = move.now, None
    state.outcome = state.closed_at = None
    move.climb(place.landing)


def _acted_on(session: Session, ids: list[int]) -> set[int]:
    """Say which cases an officer has acted on since they were last imported."""
    found = session.execute(
        select(EventRow.case_id)
        .join(CaseRow, CaseRow.id == EventRow.case_id)
        .where(
            CaseRow.id.in_(ids),
            EventRow.seq > CaseRow.source_version,
            EventRow.actor != SYSTEM,
        )
        .distinct()
    )
    return set(found.scalars())


def _named(row: Prepared, number: str) -> dict[str, Any]:
    return {"sheet": row.row.sheet, "row": row.row.row, "case": number}


def _where(row: Prepared) -> str:
    return f"{row.row.sheet}!{row.row.row}"


def _json(value: Any) -> Any:
    if isinstance(value, PartialDate):
        return value.iso
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value
