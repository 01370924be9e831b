"""Cursors of keyset pages: where a page ended, as one text that the next page is asked with."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from typing import Any

from tiji.errors import BadInputError
from tiji.i18n import _

#: The largest number that both databases keep as an id.
LARGEST = 2**63 - 1


def write_cursor(*place: object) -> str:
    """Write where a page ended; none of its values holds a blank."""
    return base64.urlsafe_b64encode(" ".join(map(str, place)).encode()).decode()


def read_cursor(text: str, *readers: Callable[[str], Any]) -> tuple[Any, ...]:
    """Read a place, each value by its reader; BadInputError for what no page gave."""
    try:
        parts = base64.urlsafe_b64decode(text.encode()).decode().split(" ")
        return tuple(read(part) for read, part in zip(readers, parts, strict=True))
    except (LookupError, ValueError, binascii.Error):
        raise BadInputError(
            _("{text} is no cursor; give what the page before said as next.").format(text=text)
        ) from None


def as_moment(text: str) -> datetime:
    """Read a time that carries its zone; raises ValueError."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)
    return found


def as_number(text: str) -> int:
    """Read an id; raises ValueError."""
    found = int(text)
    if not 0 <= found <= LARGEST:
        raise ValueError(text)
    return found
