"""What a row of an upload would become, with its mends: asked again whenever it is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tiji.cases.move import SYSTEM
from tiji.cases.moving import new_desk
from tiji.forms.cells import text_of
from tiji.forms.fields import CellError, read_cell
from tiji.i18n import _
from tiji.intake.actions import batches, cell_context_now, find_ledger, prepare
from tiji.intake.batches import Batch, Prepared
from tiji.intake.header import Header
from tiji.intake.looking import sheets_of
from tiji.intake.model import MendRow
from tiji.intake.placing import Places
from tiji.intake.queries import OpenSubjects
from tiji.intake.reader import Fault, LedgerRow, Mend, RowReader, Treatment, Where
from tiji.plugins.types import Ledger
from tiji.runtime import runtime

Mends = dict[Where, dict[str, Mend]]


@dataclass(frozen=True, slots=True)
class Judged:
    """Say of a row how it is counted (``kind``), under what it is listed, and why.

    ``faults`` keep it from entering; ``cases`` are those that it meets.
    """

    row: LedgerRow
    kind: str
    state: str
    faults: tuple[Fault, ...] = ()
    cases: tuple[str, ...] = ()

    @property
    def warned(self) -> bool:
        """Tell whether it enters with a warning."""
        return bool(self.row.warned) and self.kind != "rejected"


def mends_of(session: Session, upload_id: int) -> Mends:
    """Give what was mended in an upload's rows."""
    found = session.execute(select(MendRow.__table__).where(MendRow.upload == upload_id))
    mends: Mends = {}
    for row in found.mappings():
        said = runtime().cipher.open(row["sealed"])
        mends.setdefault((row["sheet"], row["row_no"]), {})[row["key"]] = Mend(**said)
    return mends


def name_column(ledger: Ledger) -> str | None:
    """Find by a ledger's example the column, by key, in which its rows name their person."""
    headers = tuple(column.name for column in ledger.columns)
    header = Header(headers, {c.key: at for at, c in enumerate(ledger.columns)}, (), 1)
    texts = [ledger.example.get(name, "") for name in headers]
    row = RowReader(ledger, header, cell_context_now()).read("", 1, texts)
    if row.rejected:
        return None
    name = ledger.to_case(row.values).client_name
    return next((c.key for c in ledger.columns if ledger.example.get(c.name) == name), None)


class Judge:
    """Judge the rows of one upload, by its columns and mends as they are now."""

    def __init__(self, session: Session, upload: Mapping[str, Any]) -> None:
        self.upload = upload
        self.ledger = find_ledger(upload["ledger"])
        epoch = date.fromisoformat(upload["layout"]["epoch"])
        self._context = replace(cell_context_now(), epoch=epoch)
        self._session = session
        self._sheets = sheets_of(upload["layout"])
        self._columns = {column.key: column for column in self.ledger.columns}
        self._places, self._subjects = Places(new_desk(session)), OpenSubjects()
        self._mends: Mends | None = None

    @property
    def mends(self) -> Mends:
        """Give the mends, read once."""
        if self._mends is None:
            self._mends = mends_of(self._session, self.upload["id"])
        return self._mends

    def forget_mends(self) -> None:
        """Read the mends anew when they are next asked for."""
        self._mends = None

    def fault_of(self, key: str, text: str) -> str:
        """Say what is wrong with a text in a column, empty where nothing is."""
        column = self._columns.get(key)
        if column is None:
            return _("The ledger has no such column.")
        if not text:
            return _("This cell is empty; fill it in.") if column.required else ""
        try:
            read_cell(column.field, text, self._context)
        except CellError as error:
            return str(error)
        return ""

    def given(self, found: Mapping[str, Any], key: str) -> str:
        """Give what a cell says in the file."""
        cells = runtime().cipher.open(found["sealed"])["cells"]
        place = self._sheets[found["sheet"]].places.get(key)
        return text_of(cells[place]) if place is not None and place < len(cells) else ""

    def shown(self, found: Mapping[str, Any], key: str) -> str:
        """Give what a cell says now."""
        was = self.given(found, key)
        mend = self.mends.get((found["sheet"], found["row_no"]), {}).get(key)
        return mend.now if mend and mend.was == was else was

    def judge(self, found: Mapping[str, Any]) -> Judged:
        """Judge one row."""
        return self.judge_all([found])[0]

    def judge_all(self, found: Sequence[Mapping[str, Any]]) -> list[Judged]:
        """Judge rows, with a few statements however many they are."""
        read = [self._read(row) for row in found]
        judged = {row.where: Judged(row, "rejected", "rejected", tuple(row.rejected))
                  for row in read if row.rejected}  # fmt: skip
        entering = (prepare(row, self.ledger) for row in read if not row.rejected)
        for some in batches(entering):
            judged |= {one.row.where: one for one in self._look(some)}
        return [
            replace(judged[row.where], kind="left_out") if one["left_out"] else judged[row.where]
            for one, row in zip(found, read, strict=True)
        ]

    def _read(self, found: Mapping[str, Any]) -> LedgerRow:
        sheet = self._sheets[found["sheet"]]
        reader = RowReader(self.ledger, sheet.header(), self._context, Treatment(mends=self.mends))
        cells = runtime().cipher.open(found["sealed"])["cells"]
        return reader.read(found["sheet"], found["row_no"], cells)

    def _look(self, prepared: list[Prepared]) -> Iterable[Judged]:
        batch = Batch(prepared, self.ledger, SYSTEM, self._places, self._subjects, {})
        batch.look(self._session)
        faults = {row.row.where: fault for row, fault in batch.rejected}
        kinds = {row.row.where: "imported" for row, _place in batch.new}
        kinds |= {row.row.where: "updated" for row, _place, _id in batch.changed}
        for row in (one.row for one in prepared):
            if fault := faults.get(row.where):
                yield Judged(row, "rejected", "rejected", (fault,))
                continue
            how, cases = batch.said.get(row.where, ("", []))
            kind = "conflicts" if how == "conflict" else kinds.get(row.where, "unchanged")
            state = how or ("warned" if row.warned else "mended")
            yield Judged(row, kind, state, cases=tuple(cases))
