"""A first look at an uploaded file: where its columns stand, and what its first row says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from tiji.errors import RefusedFileError
from tiji.i18n import _
from tiji.intake.formats import Sheet, open_file
from tiji.intake.header import Header, Names
from tiji.intake.reader import find_header, first_texts, guess_header
from tiji.intake.rules import automatic
from tiji.plugins.types import Ledger


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """Say where one sheet has its columns; ``certain`` tells that its header was recognised."""

    name: str
    headers: tuple[str, ...]
    places: Mapping[str, int]
    others: tuple[int, ...]
    last_row: int
    certain: bool

    def header(self) -> Header:
        """Give the header by which the rows below are read."""
        return Header(self.headers, dict(self.places), self.others, self.last_row)


@dataclass(frozen=True, slots=True)
class Layout:
    """Give the sheets that are read, the names of those that are not, and a sample by header.

    ``mapping`` is what each header means by itself.
    """

    sheets: tuple[SheetLayout, ...]
    skipped: tuple[str, ...]
    sample: Mapping[str, str]
    mapping: Mapping[str, str]
    epoch: date

    @property
    def headers(self) -> list[str]:
        """Give the headers of all sheets, each once."""
        return list(dict.fromkeys(name for sheet in self.sheets for name in sheet.headers))

    @property
    def is_certain(self) -> bool:
        """Tell whether every sheet's header was recognised."""
        return all(sheet.certain for sheet in self.sheets)

    def to_json(self) -> dict[str, Any]:
        """Give what is kept of it."""
        return {
            "sheets": [asdict(sheet) for sheet in self.sheets],
            "skipped": list(self.skipped),
            "epoch": self.epoch.isoformat(),
        }


def sheets_of(layout: Mapping[str, Any]) -> dict[str, SheetLayout]:
    """Read what :meth:`Layout.to_json` gave, by the name of the sheet."""
    return {
        kept["name"]: SheetLayout(
            **{**kept, "headers": tuple(kept["headers"]), "others": tuple(kept["others"])}
        )
        for kept in layout.get("sheets", ())
    }


def look(path: Path, ledger: Ledger, name: str, chosen: Mapping[str, str] | None = None) -> Layout:
    """Find the columns of a file's sheets; where no header is recognised, guess.

    ``chosen`` is what was decided about headers. Raises RefusedFileError for what is no ledger.
    """
    names = Names(ledger, chosen)
    file = open_file(path, _score(names), name, apart=True)
    found = {sheet.name: find_header(sheet, names) for sheet in file.sheets}
    certain = any(found.values())
    if not certain:
        found = {sheet.name: guess_header(sheet, names) for sheet in file.sheets}
    sheets = [(sheet, header) for sheet in file.sheets if (header := found[sheet.name])]
    if not sheets:
        raise RefusedFileError(_("{name} has no rows with columns.").format(name=path.name))
    sample: dict[str, str] = {}
    mapping: dict[str, str] = {}
    for sheet, header in sheets:
        mapping |= automatic(header.headers, header.places) | mapping
        sample = _sample(sheet, header) | sample
    skipped = tuple(sheet.name for sheet in file.sheets if not found[sheet.name])
    layouts = tuple(_layout(*one, certain) for one in sheets)
    return Layout(layouts, skipped, sample, mapping, file.epoch)


def _score(names: Names) -> Any:
    def score(records: Any) -> int:
        known = max((len(names.recognised(record)) for record in records), default=0)
        return 1000 * known + max(map(len, records), default=0)

    return score


def _sample(sheet: Sheet, header: Header) -> dict[str, str]:
    texts = first_texts(sheet, header)
    return {name: text for name, text in zip(header.headers, texts, strict=False) if text}


def _layout(sheet: Sheet, header: Header, certain: bool) -> SheetLayout:
    return SheetLayout(
        sheet.name, header.headers, header.places, header.others, header.last_row, certain
    )
