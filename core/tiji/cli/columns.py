"""Text in columns: how wide it is, cut or filled to fit, several rows under each other."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Sequence

#: Columns to draw in where no terminal says how many it has.
COLUMNS = 120
#: The last column is cut no narrower than this.
LEAST = 16


def room() -> int:
    """Say how many columns there are to draw in."""
    return shutil.get_terminal_size((COLUMNS, 24)).columns


def width(text: str) -> int:
    """Count the columns that a text takes on a terminal: two for a Chinese character."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def fit(text: str, columns: int) -> str:
    """Cut or fill a text to a number of columns."""
    if width(text) > columns:
        kept, taken = "", 0
        for char in text:
            taken += width(char)
            if taken > columns - 1:
                break
            kept += char
        text = kept + "…"
    return text + " " * (columns - width(text))


def aligned(rows: Sequence[Sequence[str]], indent: str = "", cut: bool = False) -> list[str]:
    """Set rows of equally many cells under each other; ``cut`` shortens the last to the room."""
    if not rows:
        return []
    widest = [max(map(width, cells)) for cells in zip(*rows, strict=True)]
    if cut:
        before = width(indent) + sum(columns + 2 for columns in widest[:-1])
        widest[-1] = min(widest[-1], max(LEAST, room() - before))
        rows = [[*row[:-1], fit(row[-1], widest[-1])] for row in rows]
    return [(indent + "  ".join([*map(fit, row[:-1], widest), row[-1]])).rstrip() for row in rows]


def wrapped(items: Sequence[str], indent: str) -> list[str]:
    """Set items one after the other, in as many lines as they need; none is broken."""
    lines: list[str] = []
    for item in items:
        if lines and width(lines[-1]) + 2 + width(item) <= room():
            lines[-1] += f"  {item}"
        else:
            lines.append(indent + item)
    return lines
