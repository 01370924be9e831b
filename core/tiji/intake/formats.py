"""Open a ledger file by what it holds, not by its name; what is no ledger is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from tiji.errors import RefusedFileError
from tiji.forms.cells import EPOCH_1900, Cell
from tiji.i18n import _

_ZIP = b"PK"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

Merge = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Give the rows of a sheet from row 1 on; ``left`` is the sheet's first used column, from 0.

    ``merges`` are sorted areas that span several rows: first row, last row, column; all from 0,
    the column within the rows given.
    """

    name: str
    rows: Callable[[], Iterator[Sequence[Cell]]]
    left: int = 0
    merges: Sequence[Merge] = ()


@dataclass(frozen=True, slots=True)
class LedgerFile:
    """Give a file's sheets, every one readable, and day 0 of its serials."""

    sheets: list[Sheet]
    epoch: date = field(default=EPOCH_1900)


def open_file(
    path: Path,
    score: Callable[[Sequence[Sequence[str]]], int],
    name: str = "",
    *,
    apart: bool = False,
) -> LedgerFile:
    """Open a workbook or delimited text; raises RefusedFileError.

    ``score`` says how well the first records of a text fit the ledger (see ``open_text``). The
    one sheet of a text has the file's name without its ending, or that of ``name``. With ``apart``
    any workbook is tried in another process first: a stranger's file must not end this one.
    """
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise RefusedFileError(
            _("{name} cannot be opened: {why}.").format(name=path.name, why=error.strerror)
        ) from None
    if not start:
        raise RefusedFileError(_("{name} is empty.").format(name=path.name))
    if start.startswith((_ZIP, _OLE)):
        # The library is slow to load; most commands never read a workbook.
        from tiji.intake.workbooks import open_workbook

        return open_workbook(path, apart=apart)
    from tiji.intake.delimited import open_text

    return LedgerFile([Sheet(Path(name or path.name).stem, open_text(path, score).rows)])
