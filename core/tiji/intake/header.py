"""The header of a handmade ledger: which column is which, and which rows are no cases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tiji.forms.cells import clean
from tiji.plugins.types import Ledger

#: A header stands in one of the first rows, or nowhere.
HEADER_ROWS = 20
#: What somebody may choose for a column of a file beside a column of the ledger: that it is kept
#: under its own heading, or left out.
KEEP, DROP = "", "-"
#: The column that the file of rejected rows adds; it is no part of the ledger when it comes back.
REASON_COLUMN = "错误原因"

_REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕|<[^<>]*>|〈[^〈〉]*〉")
_SPACE_OR_STAR = re.compile(r"[\s*]+")
_NO_CASE = ("合计", "总计", "小计", "说明", "备注:")
_NO_CASE_STARTS = frozenset(word[0] for word in _NO_CASE)


def bare(header: str) -> str:
    """Return a header as it is compared: no white space, ``*`` or bracketed remark."""
    return _REMARK.sub("", _SPACE_OR_STAR.sub("", clean(header)))


def is_no_case(first: str) -> bool:
    """Tell a total or a remark from a case by the row's first non-blank text (rule 3)."""
    return first[0] in _NO_CASE_STARTS and _SPACE_OR_STAR.sub("", first).startswith(_NO_CASE)


@dataclass(frozen=True, slots=True)
class Header:
    """Say where each column stands, counted from 0.

    ``headers`` holds every header as it stood (unnamed columns get their letter, repeated ones
    a number), ``places`` the place of each recognised ledger column by its key, ``others`` the
    places of unknown columns; ``last_row`` is the last sheet row that belongs to the header.
    """

    headers: tuple[str, ...]
    places: dict[str, int]
    others: tuple[int, ...]
    last_row: int


class Names:
    """Know by which headers a ledger's columns go.

    ``chosen`` says of headers, as :class:`Header` has them, which column each one is, or that it
    is kept or left out (``KEEP``, ``DROP``).
    """

    def __init__(self, ledger: Ledger, chosen: Mapping[str, str] | None = None) -> None:
        self.ledger = ledger
        self._chosen = chosen or {}
        self._by_name = {
            bare(alias): column.key for column in ledger.columns for alias in column.aliases
        } | {bare(column.name): column.key for column in ledger.columns}
        own = {column.key for column in ledger.columns}
        self._by_name |= {bare(name): key for name, key in self._chosen.items() if key in own}
        self._canonical = {column.key: bare(column.name) for column in ledger.columns}
        #: Each with the keys of which one is required.
        self._required = [{c.key} for c in ledger.columns if c.required]
        self._required += [set(group) for group in ledger.one_of]

    def known(self, header: str) -> str | None:
        """Return the key of the column that goes by this header."""
        return self._by_name.get(bare(header)) if header else None

    def recognised(self, cells: Iterable[str]) -> set[str]:
        """Return the keys of the columns that these headers name."""
        return {key for cell in cells if (key := self.known(cell))}

    def is_header(self, cells: Iterable[str]) -> bool:
        """Tell whether at least half of the required columns are recognised."""
        keys = self.recognised(cells)
        found = sum(not keys.isdisjoint(group) for group in self._required)
        return bool(keys) and 2 * found >= len(self._required)

    def continues(self, cells: Sequence[str]) -> bool:
        """Tell whether a row below a header belongs to it: most of its cells are headers too."""
        filled = [cell for cell in cells if cell]
        return 2 * sum(self.known(cell) is not None for cell in filled) > len(filled)

    def header(self, rows: Sequence[Sequence[str]], last_row: int, left: int = 0) -> Header:
        """Read a header from its rows, from top to bottom; the lower name is the closer one.

        The first row lies above the header proper: it only names columns that are blank below.
        ``left`` is the sheet's first used column.
        """
        width = max(map(len, rows))
        columns = [
            [row[place] if place < len(row) else "" for row in rows] for place in range(width)
        ]
        headers = [self._name(column) for column in columns]
        unique = _unique(headers, left)
        places = self._choose(self._places(headers), unique)
        taken = set(places.values())
        others = (
            place
            for place in range(width)
            if place not in taken
            and bare(headers[place]) != REASON_COLUMN
            and self._chosen.get(unique[place]) != DROP
        )
        return Header(unique, places, tuple(others), last_row)

    def _name(self, column: Sequence[str]) -> str:
        above, proper = column[0], column[1:]
        for cell in reversed(proper):
            if self.known(cell):
                return cell
        named = next((cell for cell in reversed(proper) if cell), "")
        return named or (above if self.known(above) else "")

    def _places(self, headers: Sequence[str]) -> dict[str, int]:
        places: dict[str, int] = {}
        for place, header in enumerate(headers):
            key = self.known(header)
            if key and (key not in places or self._better(headers, places[key], place, key)):
                places[key] = place
        return places

    def _choose(self, found: dict[str, int], headers: Sequence[str]) -> dict[str, int]:
        """Let what was chosen for a column stand before what its header says."""
        chosen = {place: key for place, name in enumerate(headers)
                  if (key := self._chosen.get(name)) is not None}  # fmt: skip
        places = {key: place for key, place in found.items() if place not in chosen}
        return places | {key: place for place, key in chosen.items() if key in self._canonical}

    def _better(self, headers: Sequence[str], held: int, place: int, key: str) -> bool:
        """Prefer a column's own name to an alias; else the first stays."""
        own = self._canonical[key]
        return bare(headers[held]) != own and bare(headers[place]) == own


def _unique(headers: Sequence[str], left: int) -> tuple[str, ...]:
    seen: set[str] = set()
    unique = []
    for place, header in enumerate(headers):
        name = wanted = clean(header) or f"{column_letter(left + place)}列"
        number = 1
        while name in seen:
            number += 1
            name = f"{wanted}({number})"
        seen.add(name)
        unique.append(name)
    return tuple(unique)


def column_letter(place: int) -> str:
    """Return the letter of a column, counted from 0, as a spreadsheet shows it."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
