"""How far apart the cells of a sheet's XML lie, whatever its ``dimension`` declares."""

from __future__ import annotations

import re

_SHAPE = bytes.maketrans(
    b"123456789BCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'",
    b"0" * 9 + b"A" * 51 + b'"',
)
_TAG = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s/>])([^>]*)>")
_PLACE = re.compile(rb"""(?:^|\s)r\s*=\s*["']\s*([A-Za-z]*)\$?([0-9]*)""")
_FAR = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{3,}|[A-Za-z]*(?=[0-9]{7}))([0-9]+)["'][^>]*?(/?)>""")
_DIMENSION = re.compile(rb"<(?:\w+:)?dimension\s[^>]*?:[A-Z]+([0-9]+)")
#: Longer than any tag that is cut by the end of a chunk.
_OVERLAP = 4096


class Extent:
    """Find the last row and column of a sheet, fed in chunks.

    The first look is cheap: it is certain that a sheet has at most 26 columns and fewer than a
    million rows, or at most 702 columns and fewer than 10,000 rows, by the shapes of its
    references alone; such a sheet fits the memory and stays unmeasured. Anything else is to be
    fed again with ``exact``. Formatted empty cells do not count. ``declared_rows`` is what
    ``dimension`` says: no proof that the rows exist, but nobody honest says more than a sheet has.
    """

    def __init__(self, *, exact: bool = False) -> None:
        self.rows = 0
        self.columns = 0
        self.declared_rows = 0
        self._exact = exact
        self._is_sheet = False
        self._carry = b""
        self._row = 0
        self._column = 0
        self._tags = self._places = 0
        self._two_letters = self._five_digits = self._far = False

    @property
    def is_certain(self) -> bool:
        """Tell whether the cheap look was enough."""
        if self._exact or not self._is_sheet:
            return True
        return not (
            self._far
            or (self._two_letters and self._five_digits)
            or self._tags == 0
            or self._places < self._tags
        )

    def feed(self, chunk: bytes) -> None:
        """Take the next chunk."""
        data = self._carry + chunk
        if not self._is_sheet:
            self._is_sheet = b"sheetData" in data
            if not self._is_sheet:
                self._carry = data[-_OVERLAP:]
                return
            if declared := _DIMENSION.search(data):
                self.declared_rows = int(declared[1])
        # Cut at the last tag that is complete, so that nothing is seen twice or missed.
        end = data.rfind(b">") + 1
        if end == 0 and len(data) > _OVERLAP * 1024:
            end = len(data)
        self._carry = data[end:]
        if self._exact:
            self._measure(data[:end])
        else:
            self._glance(data[:end])

    def _glance(self, data: bytes) -> None:
        self._tags += data.count(b"<c") + data.count(b"<row") - data.count(b"<col")
        self._places += data.count(b' r="')
        shape = data.translate(_SHAPE)
        two_letters = b"AA0" in shape
        self._two_letters = self._two_letters or two_letters
        self._five_digits = self._five_digits or b"A00000" in shape
        # Each search is a pass over the sheet: look for what both have in common first.
        if (two_letters and b"AAA0" in shape) or (
            b"0000000" in shape and (b"A0000000" in shape or b'"0000000' in shape)
        ):
            self._far = True
            # Enough to refuse at once what is over the limits.
            for letters, digits, empty in _FAR.findall(data):
                if not empty:
                    self.rows = max(self.rows, int(digits))
                    self.columns = max(self.columns, _column(letters))

    def _measure(self, data: bytes) -> None:
        for kind, attributes in _TAG.findall(data):
            place = _PLACE.search(attributes)
            if kind == b"row":
                self._row = int(place[2]) if place and place[2] else self._row + 1
                self._column = 0
                continue
            self._column += 1
            row = self._row
            if place:
                self._column = _column(place[1]) or self._column
                row = int(place[2]) if place[2] else row
            if not attributes.endswith(b"/"):
                self.rows = max(self.rows, row)
                self.columns = max(self.columns, self._column)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper()[:8]:
        number = number * 26 + letter - 64
    return number
