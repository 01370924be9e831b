"""The clock that every rule asks: the system's, or one fixed for a rehearsal."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from tiji.errors import BadInputError
from tiji.i18n import _

LOCAL = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Give the present moment."""

    def now(self) -> datetime:
        """Return an aware UTC time."""
        ...


class SystemClock:
    """Give the machine's time."""

    def now(self) -> datetime:
        """Return an aware UTC time."""
        return datetime.now(UTC)


class FixedClock:
    """Give one moment until it is moved: for rehearsals and tests."""

    def __init__(self, at: datetime) -> None:
        self.at = at.astimezone(UTC)

    def now(self) -> datetime:
        """Return the fixed moment as an aware UTC time."""
        return self.at

    def move(self, by: timedelta) -> None:
        """Move the clock; a negative step moves it back."""
        self.at += by


def parse_moment(text: str) -> datetime:
    """Read an ISO time; without an offset it is local time (Asia/Shanghai).

    Raises BadInputError.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadInputError(
            _("{text!r} is no ISO time; write it like 2026-11-23T09:00.").format(text=text)
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)


_DAY = re.compile(r"(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|年(\d{1,2})月(\d{1,2})日)")


def parse_day(text: str) -> date:
    """Read a day as people write it: 2026-11-27, 2026/11/27, 2026.11.27 or 2026年11月27日.

    Raises BadInputError.
    """
    match = _DAY.fullmatch(unicodedata.normalize("NFKC", text).strip())
    try:
        year, month, day = (int(part) for part in match.groups() if part) if match else (0, 0, 0)
        return date(year, month, day)
    except ValueError:
        raise BadInputError(
            _("{text!r} is no date; write it like 2026-09-24.").format(text=text)
        ) from None


def local(moment: datetime) -> datetime:
    """Show a moment in local time."""
    return moment.astimezone(LOCAL)


def iso(moment: datetime | None) -> str | None:
    """Write a moment as people and JSON read it: local time with its offset, to the second."""
    return None if moment is None else local(moment).isoformat(timespec="seconds")
