"""The one ledger reader: from a bureau's handmade file to validated rows, streaming."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

from tiji.errors import RefusedFileError
from tiji.forms.cells import Cell, as_shown, clean, text_of
from tiji.forms.fields import CellContext, CellError, read_cell
from tiji.i18n import _
from tiji.intake.formats import LedgerFile, Sheet, open_file
from tiji.intake.header import HEADER_ROWS, Header, Names, column_letter, is_no_case
from tiji.plugins.types import Column, Ledger

#: How many texts of a column are remembered, and up to which length.
_MEMORY = 4096
_SHORT = 40
#: Where a column stands that the sheet does not have.
_NOWHERE = sys.maxsize


@dataclass(frozen=True, slots=True)
class Fault:
    """Say what is wrong with one cell; ``column`` is the ledger's own name of the column."""

    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Mend:
    """Replace what a cell says; where it no longer says ``was``, it stays as it is."""

    was: str
    now: str


#: Where a row stands: its sheet and the number that a spreadsheet shows.
Where = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Treatment:
    """Say how a file is read where somebody has decided something about it.

    ``columns`` says what a header means (see ``Names``), ``mends`` which cells were mended, by
    row and column key, ``left_out`` which rows are passed over; ``name`` is the file's own name
    where it lies under another one.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    mends: Mapping[Where, Mapping[str, Mend]] = field(default_factory=dict)
    left_out: frozenset[Where] = frozenset()
    name: str = ""


AS_IT_IS = Treatment()

_Outcome = tuple[Any, Fault | None, Fault | None]


@dataclass(slots=True)
class LedgerRow:
    """Give one row of a ledger.

    ``row`` is the number that a spreadsheet shows. ``values`` has every key of the ledger, None
    where nothing stands or the cell is rejected; ``extra`` the filled unknown columns by header.
    A row with anything ``rejected`` does not enter; a ``warned`` value is kept as given,
    unverified. Faults stand in the order of the ledger's columns. ``texts`` are its cells as the
    file has them, ``raw`` as they are once mended.
    """

    sheet: str
    row: int
    values: dict[str, Any]
    extra: dict[str, str]
    rejected: list[Fault]
    warned: list[Fault]
    _headers: tuple[str, ...]
    _cells: Sequence[Cell]
    _given: Sequence[Cell]

    @property
    def where(self) -> Where:
        """Say where the row stands."""
        return self.sheet, self.row

    @property
    def texts(self) -> list[str]:
        """Give the row's cells as a spreadsheet shows them."""
        return [as_shown(cell) for cell in self._given]

    @property
    def raw(self) -> dict[str, str]:
        """Return the row as it stood, header to text, merged values filled in."""
        texts = (as_shown(cell) for cell in chain(self._cells, ("",) * len(self._headers)))
        return dict(zip(self._headers, texts, strict=False))


@dataclass(slots=True)
class LedgerReading:
    """Give a file's rows once, in order; the counts are complete when the last row is out.

    ``read`` counts rows given, rejected ones too; ``skipped`` blank rows and totals between and
    below them; ``sheets_skipped`` names sheets without a recognised header.
    """

    ledger: Ledger
    context: CellContext
    sheets: list[tuple[Sheet, Header]]
    sheets_skipped: list[str]
    treatment: Treatment = AS_IT_IS
    read: int = 0
    skipped: int = 0

    def __iter__(self) -> Iterator[LedgerRow]:
        for sheet, header in self.sheets:
            for row in self._rows(sheet, header):
                self.read += 1
                yield row

    def _rows(self, sheet: Sheet, header: Header) -> Iterator[LedgerRow]:
        read = RowReader(self.ledger, header, self.context, self.treatment).read
        left_out = self.treatment.left_out
        blank = 0
        for number, own, cells in _filled(sheet, header.last_row):
            first = next((text for cell in own if (text := text_of(cell))), "")
            if not first:
                blank += 1
                continue
            self.skipped += blank
            blank = 0
            no_case = is_no_case(first) or (own is not cells and is_no_case(_first(cells)))
            if no_case or (sheet.name, number) in left_out:
                self.skipped += 1
            else:
                yield read(sheet.name, number, cells)


def _first(cells: Sequence[Cell]) -> str:
    return next((text for cell in cells if (text := text_of(cell))), "")


def read_ledger(
    path: Path, ledger: Ledger, context: CellContext, treatment: Treatment = AS_IT_IS
) -> LedgerReading:
    """Open a ledger file and check all of it that can be refused; iterate to read its rows.

    Raises RefusedFileError (ledgers.md, rule 11) before the first row is given.
    """
    names = Names(ledger, treatment.columns)

    def score(records: Sequence[Sequence[str]]) -> int:
        return max((len(names.recognised(record)) for record in records), default=0)

    file: LedgerFile = open_file(path, score, treatment.name)
    found: list[tuple[Sheet, Header]] = []
    skipped = []
    for sheet in file.sheets:
        header = find_header(sheet, names)
        if header:
            found.append((sheet, header))
        else:
            skipped.append(sheet.name)
    if not found:
        required = "、".join(
            [column.name for column in ledger.columns if column.required]
            + ["/".join(group) for group in _one_of(ledger)]
        )
        raise RefusedFileError(
            _(
                "{name}: none of the first {rows} rows of any sheet ({sheets}) is a header of "
                "“{ledger}”; it needs the columns {required}."
            ).format(
                name=path.name,
                rows=HEADER_ROWS,
                sheets="、".join(skipped),
                ledger=ledger.title,
                required=required,
            )
        )
    return LedgerReading(ledger, replace(context, epoch=file.epoch), found, skipped, treatment)


def guess_header(sheet: Sheet, names: Names) -> Header | None:
    """Take for a header, where none is recognised, the first row that is as wide as any."""
    first = _first_rows(sheet)[:HEADER_ROWS]
    filled = [sum(map(bool, row)) for row in first]
    if max(filled, default=0) < 2:
        return None
    at = filled.index(max(filled))
    return names.header([[], first[at]], at + 1, sheet.left)


def first_texts(sheet: Sheet, header: Header) -> list[str]:
    """Give the texts of the first filled row below a header."""
    for _number, _own, cells in islice(_filled(sheet, header.last_row), HEADER_ROWS):
        texts = [text_of(cell) for cell in cells]
        if any(texts):
            return texts
    return []


def _first_rows(sheet: Sheet) -> list[list[str]]:
    return [
        [clean(as_shown(cell)) for cell in cells]
        for _number, _own, cells in islice(_filled(sheet, 0), HEADER_ROWS + 2)
    ]


def find_header(sheet: Sheet, names: Names) -> Header | None:
    """Find a sheet's header among its first rows; it may stand in two or three rows."""
    first = _first_rows(sheet)
    for at, row in enumerate(first[:HEADER_ROWS]):
        if names.is_header(row):
            end = at + 1
            while end < min(at + 3, len(first)) and names.continues(first[end]):
                end += 1
            above = first[at - 1] if at else []
            return names.header([above, *first[at:end]], end, sheet.left)
    return None


def _filled(sheet: Sheet, after: int) -> Iterator[tuple[int, Sequence[Cell], Sequence[Cell]]]:
    """Yield (row number, the row's own cells, its cells with merged values) below a row.

    A merged area gives its value to the first column of every row that it spans. Where no area
    reaches, both are the same object.
    """
    waiting = list(reversed(sheet.merges))
    active: dict[int, tuple[int, Cell]] = {}
    for number, own in enumerate(sheet.rows(), 1):
        cells = own
        if active:
            active = {column: area for column, area in active.items() if area[0] >= number}
            cells = _fill(own, active)
        while waiting and waiting[-1][0] < number:
            _top, bottom, column = waiting.pop()
            if column < len(own):
                active[column] = (bottom + 1, own[column])
        if number > after:
            yield number, own, cells


def _fill(own: Sequence[Cell], active: dict[int, tuple[int, Cell]]) -> Sequence[Cell]:
    cells = list(own)
    for column, (_last, value) in active.items():
        if column < len(cells) and cells[column] in ("", None):
            cells[column] = value
    return cells


class _ColumnReader:
    """Read one column's cells; remembers what short texts mean, since most of them repeat."""

    __slots__ = ("_column", "_context", "key", "memory", "place")

    def __init__(self, column: Column, place: int, context: CellContext) -> None:
        self.key = column.key
        self.place = place
        self.memory: dict[str, _Outcome] = {}
        self._column = column
        self._context = context

    def outcome(self, cell: Cell) -> _Outcome:
        """Return the value, why it is rejected and why it is unverified."""
        outcome = self._outcome(text_of(cell))
        if type(cell) is str and len(cell) <= _SHORT and len(self.memory) < _MEMORY:
            self.memory[cell] = outcome
        return outcome

    def _outcome(self, text: str) -> _Outcome:
        if not text:
            return None, self._fault(self._missing()) if self._column.required else None, None
        try:
            value, warning = read_cell(self._column.field, text, self._context)
        except CellError as error:
            return None, self._fault(str(error)), None
        return value, None, self._fault(warning) if warning else None

    def _missing(self) -> str:
        if self.place == _NOWHERE:
            return _("The sheet has no such column; add it and fill it in.")
        return _("This cell is empty; fill it in.")

    def _fault(self, reason: str) -> Fault:
        name = self._column.name
        return Fault(name, _("{column}: {reason}").format(column=name, reason=reason))


class RowReader:
    """Read the rows below one header."""

    def __init__(
        self,
        ledger: Ledger,
        header: Header,
        context: CellContext,
        treatment: Treatment = AS_IT_IS,
    ) -> None:
        self._mends = treatment.mends
        self._headers = header.headers
        self._others = [(place, header.headers[place]) for place in header.others]
        columns = [
            _ColumnReader(column, header.places.get(column.key, _NOWHERE), context)
            for column in ledger.columns
        ]
        self._plan = [(c.key, c.place, c.memory.get, c.outcome) for c in columns]
        self._one_of = list(zip(ledger.one_of, _one_of(ledger), strict=True))
        self._order = [column.name for column in ledger.columns]

    def read(self, sheet: str, number: int, cells: Sequence[Cell]) -> LedgerRow:
        """Validate a row."""
        width = len(cells)
        values: dict[str, Any] = {}
        rejected: list[Fault] = []
        warned: list[Fault] = []
        given = cells
        mended = self._mended(sheet, number, cells) if self._mends else {}
        if mended:
            cells = self._replaced(cells, mended)
            width = len(cells)
        for key, place, remembered, outcome in self._plan:
            cell = cells[place] if place < width else mended.get(key, "")
            known = remembered(cell) if type(cell) is str else None
            values[key], rejection, warning = known or outcome(cell)
            if rejection:
                rejected.append(rejection)
            if warning:
                warned.append(warning)
        for keys, names in self._one_of:
            if all(values[key] is None for key in keys):
                self._require_one(names, rejected)
        headers, others = self._headers, self._others
        if width > len(headers):
            # A text's row may be longer than its header: what stands there is not lost.
            beyond = [(place, f"{column_letter(place)}列") for place in range(len(headers), width)]
            headers += tuple(header for _place, header in beyond)
            others = others + beyond
        extra = {
            header: text
            for place, header in others
            if place < width and (text := text_of(cells[place]))
        }
        return LedgerRow(sheet, number, values, extra, rejected, warned, headers, cells, given)

    def _mended(self, sheet: str, number: int, cells: Sequence[Cell]) -> dict[str, str]:
        """Give what cells of this row say since they were mended, by column key."""
        mends = self._mends.get((sheet, number))
        if not mends:
            return {}
        said = {
            key: text_of(cells[place]) if place < len(cells) else ""
            for key, place, _remembered, _outcome in self._plan
        }
        return {key: mend.now for key, mend in mends.items() if said.get(key) == mend.was}

    def _replaced(self, cells: Sequence[Cell], mended: Mapping[str, str]) -> Sequence[Cell]:
        own = {key: place for key, place, _remembered, _outcome in self._plan}
        placed = {own[key]: text for key, text in mended.items() if own[key] != _NOWHERE}
        width = max([len(cells), *(place + 1 for place in placed)])
        padded = (*cells, *("",) * (width - len(cells)))
        return [placed.get(place, cell) for place, cell in enumerate(padded)]

    def _require_one(self, names: Sequence[str], rejected: list[Fault]) -> None:
        """Reject a row that fills none of these columns; a cell that cannot be read is no blank."""
        if not {fault.column for fault in rejected}.isdisjoint(names):
            return
        reason = _("{columns}: one of these must be filled in.").format(columns="/".join(names))
        rejected.append(Fault(names[0], reason))
        rejected.sort(key=lambda fault: self._order.index(fault.column))


def _one_of(ledger: Ledger) -> list[list[str]]:
    """Name the columns of each group of which a row must fill one."""
    names = {column.key: column.name for column in ledger.columns}
    return [[names[key] for key in group] for group in ledger.one_of]
