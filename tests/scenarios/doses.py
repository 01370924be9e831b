"""How much of a test is run: little each time, the pass figure with ``scripts/test --long``."""

from __future__ import annotations

import os
from collections.abc import Callable

# Read here: inside a test the TIJI_* settings of the caller are gone.
_SHARE = os.environ.get("TIJI_TEST_LONG")

LONG = _SHARE is not None
#: Tell a figure that was measured.
Figure = Callable[[str], None]


def dose(small: int, long: int) -> int:
    """Give how often to do something; TIJI_TEST_LONG=0.1 takes a tenth of the long dose."""
    return max(small, round(long * float(_SHARE or 1))) if LONG else small
