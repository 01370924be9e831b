"""Ledgers as delimited text: encoding, separator and size are settled before a row is read."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

from tiji.errors import RefusedFileError
from tiji.i18n import _

MOST_ROWS = 1_048_576
MOST_COLUMNS = 1_000
#: What a spreadsheet holds in one cell; more is a quotation mark that was never closed.
LONGEST_CELL = 32_767
LONGEST_LINE = 4_000_000
SEPARATORS = (",", "\t", ";")

_CHUNK = 1 << 20
_CHINESE = re.compile("[\u3000-\u9fff\uff00-\uffef]")
#: So many Chinese or undecodable characters tell the encoding of a file.
_ENOUGH = 1000


@dataclass(frozen=True, slots=True)
class DelimitedText:
    """Give the records of a checked file; streams, whatever its size."""

    path: Path
    encoding: str
    separator: str

    def rows(self) -> Iterator[list[str]]:
        """Yield every record, empty lines too."""
        with self.path.open(encoding=self.encoding, newline="") as file:
            yield from csv.reader(file, delimiter=self.separator)


def open_text(path: Path, score: Callable[[Sequence[Sequence[str]]], int]) -> DelimitedText:
    """Find encoding and separator by content and check every record; raises RefusedFileError.

    ``score`` says how well the first records fit the ledger: the separator with the best wins.
    """
    encoding = _encoding(path)
    first = {
        separator: list(islice(_lenient(path, encoding, separator), 20)) for separator in SEPARATORS
    }
    separator = max(SEPARATORS, key=lambda separator: score(first[separator]))
    text = DelimitedText(path, encoding, separator)
    _check_records(text)
    return text


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4)
        if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            raise RefusedFileError(
                _("{name}: row 1 is UTF-16, which is not read; save the file as UTF-8 CSV.").format(
                    name=path.name
                )
            )
        failed = _first_fault(file, "utf-8")
        if failed is None:
            return "utf-8-sig"
        if not start.startswith(codecs.BOM_UTF8) and not _mostly_utf8(file):
            failed = _first_fault(file, "gb18030")
            if failed is None:
                return "gb18030"
    raise RefusedFileError(
        _(
            "{name}: row {row} holds bytes that are neither UTF-8 nor GB18030; open the file in "
            "a spreadsheet, mend that row and save it as UTF-8 CSV."
        ).format(name=path.name, row=failed)
    )


def _first_fault(file: IO[bytes], encoding: str) -> int | None:
    """Return the row of the first undecodable byte; refuses NUL bytes and too many rows."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    rows = _RowCounter()
    read = 0
    while True:
        chunk = file.read(_CHUNK)
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            return rows.within(chunk[: max(error.start - pending, 0)]) + 1
        if b"\0" in chunk:
            raise RefusedFileError(
                _("{name}: row {row} holds binary data; this is no text file.").format(
                    name=_name(file), row=rows.within(chunk[: chunk.index(b"\0")]) + 1
                )
            )
        if not chunk:
            return None
        read += len(chunk)
        rows.add(chunk)
        if rows.count > MOST_ROWS:
            raise _too_many_rows(_name(file))


def _name(file: IO[bytes]) -> str:
    return Path(file.name).name


def _too_many_rows(name: str) -> RefusedFileError:
    return RefusedFileError(
        _("{name}: more than {most} rows; split the file.").format(name=name, most=MOST_ROWS)
    )


class _RowCounter:
    """Count the records that have ended, by the line ends outside of quotation marks."""

    def __init__(self) -> None:
        self.count = 0
        self._quoted = False
        self._after_return = False

    def add(self, chunk: bytes) -> None:
        for number, piece in enumerate(chunk.split(b'"')):
            if number:
                self._quoted = not self._quoted
                self._after_return = False
            if not self._quoted and piece:
                self.count += piece.count(b"\n")
                if b"\r" in piece:
                    self.count += piece.count(b"\r") - piece.count(b"\r\n")
                if self._after_return and piece.startswith(b"\n"):
                    self.count -= 1
                self._after_return = piece.endswith(b"\r")

    def within(self, part: bytes) -> int:
        """Return how many records have ended where ``part`` of the next chunk ends."""
        self.add(part)
        return self.count


def _mostly_utf8(file: IO[bytes]) -> bool:
    """Tell a UTF-8 file with broken bytes from a file in another encoding."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    good = bad = 0
    while good + bad < _ENOUGH and (chunk := file.read(_CHUNK // 16)):
        text = decoder.decode(chunk)
        bad += text.count("\ufffd")
        good += len(_CHINESE.findall(text))
    return good > bad


def _lines(file: IO[str], name: str) -> Iterator[str]:
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if len(line) >= LONGEST_LINE:
            raise RefusedFileError(
                _(
                    "{name}: line {line} is longer than {most} characters; this is no ledger."
                ).format(name=name, line=number, most=LONGEST_LINE)
            )
        yield line


def _lenient(path: Path, encoding: str, separator: str) -> Iterator[list[str]]:
    """Yield the first records by a separator that may be the wrong one."""
    with path.open(encoding=encoding, newline="") as file:
        try:
            yield from csv.reader(_lines(file, path.name), delimiter=separator)
        except csv.Error:
            return


def _check_records(text: DelimitedText) -> None:
    """Read every record once: what cannot be read must be known before the first row enters."""
    name = text.path.name
    row = 0
    with text.path.open(encoding=text.encoding, newline="") as file:
        lines = _lines(file, name)
        records = csv.reader(lines, delimiter=text.separator, strict=True)
        try:
            for record in records:
                row += 1
                if len(record) > MOST_COLUMNS:
                    raise RefusedFileError(
                        _("{name}: row {row} has more than {most} columns.").format(
                            name=name, row=row, most=MOST_COLUMNS
                        )
                    )
                if len(max(record, key=len, default="")) > LONGEST_CELL:
                    raise _unreadable_cell(name, row)
        except csv.Error:
            raise _unreadable_cell(name, row + 1) from None
    if row > MOST_ROWS:
        raise _too_many_rows(name)


def _unreadable_cell(name: str, row: int) -> RefusedFileError:
    return RefusedFileError(
        _(
            "{name}: row {row} has a cell whose quotation mark does not close, or one of more "
            "than {most} characters; mend the quotation marks of that row."
        ).format(name=name, row=row, most=LONGEST_CELL)
    )
