"""A text as a QR code that a page draws itself, so that no address of it goes anywhere."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

import segno

#: Modules of quiet around the code, as the standard asks for.
QUIET_ZONE = 4


class QrPath(NamedTuple):
    """Hold the side of a code in modules, and the SVG path of its dark ones."""

    side: int
    d: str


def qr_path(text: str) -> QrPath:
    """Draw a text as one path, whose lines are one module wide: stroke it with 1."""
    matrix = list(segno.make(text, error="m", micro=False).matrix)
    lines = []
    for y, row in enumerate(matrix):
        x = 0
        for dark, run in groupby(row):
            length = len(list(run))
            if dark:
                lines.append(f"M{x + QUIET_ZONE} {y + QUIET_ZONE + 0.5}h{length}")
            x += length
    return QrPath(len(matrix) + 2 * QUIET_ZONE, "".join(lines))
