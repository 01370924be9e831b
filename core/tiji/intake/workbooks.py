"""Workbooks (.xlsx, .xls, .ods): checked for bombs before the library opens them."""

from __future__ import annotations

import lzma
import re
import subprocess
import sys
import zipfile
import zlib
from datetime import date
from pathlib import Path
from typing import IO

from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

from tiji.errors import RefusedFileError
from tiji.forms.cells import EPOCH_1900, EPOCH_1904
from tiji.i18n import _
from tiji.intake.delimited import MOST_COLUMNS, MOST_ROWS
from tiji.intake.extent import Extent
from tiji.intake.formats import LedgerFile, Sheet

MOST_UNPACKED = 1 << 30
HIGHEST_RATIO = 200
#: A part that unpacks to less than this is harmless, however well it was packed.
HARMLESS = 1 << 20
#: The library keeps a sheet as a full grid: a few cells far apart would fill the memory.
MOST_GRID_CELLS = 25_000_000

_CHUNK = 1 << 18
_UNREADABLE = (NotImplementedError, OSError, EOFError, ValueError)
_DATE_1904 = re.compile(rb"""date1904\s*=\s*["'](?:1|true|on)["']""")
_TRIAL_SECONDS = 60
_TRIAL = """
import sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (1 << 31, 1 << 31))
except (ImportError, ValueError, OSError):
    pass
from python_calamine import CalamineWorkbook
with open(sys.argv[1], "rb") as file:
    book = CalamineWorkbook.from_filelike(file)
    for index in range(len(book.sheets_metadata)):
        book.get_sheet_by_index(index)
"""
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")


def open_workbook(path: Path, *, apart: bool = False) -> LedgerFile:
    """Open a workbook, every sheet of it; raises RefusedFileError.

    With ``apart`` one whose extent is known before is tried in a process of its own too.
    """
    epoch = EPOCH_1900
    with path.open("rb") as file:
        if zipfile.is_zipfile(file):
            epoch = _check_archive(path)
        elif _holds(file, _ENCRYPTED_PACKAGE):
            raise _encrypted(path)
        if apart or not _is_xlsx(file):
            _try_apart(path)
        file.seek(0)
        return LedgerFile(_open_sheets(path, file), epoch)


def _is_xlsx(file: IO[bytes]) -> bool:
    if not zipfile.is_zipfile(file):
        return False
    with zipfile.ZipFile(file) as archive:
        return "xl/workbook.xml" in archive.namelist()


def _try_apart(path: Path) -> None:
    """Open a workbook in a process of its own first (reliability.md, S28).

    Only the XML of .xlsx can be measured before; a broken .xls or .ods may make the library
    ask for more memory than there is, which ends the process. What merely raises passes here.
    """
    try:
        trial = subprocess.run(  # noqa: S603
            [sys.executable, "-I", "-c", _TRIAL, str(path)],
            capture_output=True,
            timeout=_TRIAL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _bomb(path, "*", _("it takes too long to open")) from None
    if trial.returncode not in (0, 1):
        raise _bomb(path, "*", _("it is damaged or asks for too much memory"))


def _holds(file: IO[bytes], mark: bytes) -> bool:
    file.seek(0)
    before = b""
    while chunk := file.read(_CHUNK):
        if mark in before + chunk:
            return True
        before = chunk[-len(mark) :]
    return False


def _open_sheets(path: Path, file: IO[bytes]) -> list[Sheet]:
    try:
        workbook = CalamineWorkbook.from_filelike(file)
        sheets = [
            (meta.name, _load(workbook, index, meta.typ))
            for index, meta in enumerate(workbook.sheets_metadata)
        ]
    except PasswordError:
        raise _encrypted(path) from None
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # the library's panics are no Exception
        raise RefusedFileError(
            _(
                "{name} is no workbook that can be read ({why}); open it in a spreadsheet and "
                "save it again as .xlsx."
            ).format(name=path.name, why=" ".join(str(error).split())[:200])
        ) from None
    return [_sheet(path, name, sheet) for name, sheet in sheets]


def _load(workbook: CalamineWorkbook, index: int, kind: SheetTypeEnum) -> CalamineSheet | None:
    return workbook.get_sheet_by_index(index) if kind == SheetTypeEnum.WorkSheet else None


def _sheet(path: Path, name: str, sheet: CalamineSheet | None) -> Sheet:
    if sheet is None or sheet.start is None:
        return Sheet(name, lambda: iter(()))
    _check_extent(path, name, sheet.total_height, sheet.start[1] + sheet.width)
    left = sheet.start[1]
    merges = sorted(
        (top, bottom, column - left)
        for (top, column), (bottom, _right) in sheet.merged_cell_ranges or ()
        if bottom > top and column >= left
    )
    return Sheet(name, sheet.iter_rows, left, merges)


def _encrypted(path: Path) -> RefusedFileError:
    return RefusedFileError(
        _("{name} is protected by a password; save it without one.").format(name=path.name)
    )


def _bomb(path: Path, part: str, why: str) -> RefusedFileError:
    return RefusedFileError(
        _("{name}, part {part}: {why}; this is no ledger.").format(
            name=path.name, part=part, why=why
        )
    )


def _check_archive(path: Path) -> date:
    """Refuse bombs by what the archive declares, then hold the archive to its word."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_declared(path, members)
            extents = {member.filename: _extent(path, archive, member) for member in members}
            if sum(extent.rows * extent.columns for extent in extents.values()) > MOST_GRID_CELLS:
                raise _bomb(path, "*", _("its cells lie too far apart"))
            return _epoch(archive)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, *_UNREADABLE) as error:
        raise RefusedFileError(
            _("{name} is damaged ({why}); save it again.").format(
                name=path.name, why=" ".join(str(error).split())[:200]
            )
        ) from None
    except RuntimeError:  # a member is encrypted
        raise _encrypted(path) from None


def _check_declared(path: Path, members: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(member.file_size for member in members)
    if unpacked > MOST_UNPACKED:
        raise _bomb(path, "*", _("it unpacks to more than 1 GiB"))
    for member in members:
        packed = max(member.compress_size, 1)
        if member.file_size > max(HARMLESS, HIGHEST_RATIO * packed):
            why = _("it is packed more than {most} times").format(most=HIGHEST_RATIO)
            raise _bomb(path, member.filename, why)


def _extent(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Extent:
    """Unpack a part as far as it declares: zipfile raises where it holds something else."""
    extent = Extent()
    with archive.open(member) as part:
        while chunk := part.read(_CHUNK):
            extent.feed(chunk)
            rows = max(extent.rows, extent.declared_rows)
            _check_extent(path, member.filename, rows, extent.columns)
    if extent.is_certain:
        return extent
    extent = Extent(exact=True)
    with archive.open(member) as part:
        while chunk := part.read(_CHUNK):
            extent.feed(chunk)
            _check_extent(path, member.filename, extent.rows, extent.columns)
    return extent


def _check_extent(path: Path, part: str, rows: int, columns: int) -> None:
    if rows > MOST_ROWS:
        raise _bomb(path, part, _("more than {most} rows").format(most=MOST_ROWS))
    if columns > MOST_COLUMNS:
        raise _bomb(path, part, _("more than {most} columns").format(most=MOST_COLUMNS))


def _epoch(archive: zipfile.ZipFile) -> date:
    try:
        book = archive.read("xl/workbook.xml")
    except KeyError:
        return EPOCH_1900
    return EPOCH_1904 if _DATE_1904.search(book) else EPOCH_1900
