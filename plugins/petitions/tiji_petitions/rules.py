"""The petition clocks, in natural days beside the stations' working days (信访工作条例).

Dates are kept as they are counted; that a last day on a rest day moves to the next working day
is the calendar's matter whenever the date is shown, so no stored date ages with the calendar.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

#: What the codes of petition matters begin with.
PREFIX = "petitions."
#: Natural days to tell the petitioner whether the petition is accepted (Art. 22 and 23).
ACCEPT_DAYS = 15
#: Natural days from acceptance to conclusion, and what the head may add once (Art. 34).
CONCLUDE_DAYS = 60
EXTENSION_DAYS = 30
#: From so many people on a petition is a collective one (集体访).
COLLECTIVE_FROM = 5


@dataclass(frozen=True, slots=True)
class PetitionClock:
    """The last days for acceptance (none where nothing is to be accepted) and conclusion."""

    accept_by: date | None
    conclude_by: date


def registered(day: date) -> PetitionClock:
    """Start the clock of a petition registered on a day.

    Until it is accepted, it must be concluded by the last day that a timely acceptance leaves.
    """
    accept_by = day + timedelta(days=ACCEPT_DAYS)
    return PetitionClock(accept_by, accept_by + timedelta(days=CONCLUDE_DAYS))


def accepted(day: date) -> date:
    """Give the last day for concluding what was accepted on a day."""
    return day + timedelta(days=CONCLUDE_DAYS)


def imported(day: date, resolve_by: date | None) -> PetitionClock:
    """Start the clock of a backlog petition on the day of its import, never before.

    The ledger holds petitions that are being handled, so nothing is left to accept; its own
    date (化解时限) stands if it has not passed.
    """
    kept = resolve_by if resolve_by and resolve_by > day else accepted(day)
    return PetitionClock(None, kept)


def extended(conclude_by: date) -> date:
    """Give the last day after the one extension."""
    return conclude_by + timedelta(days=EXTENSION_DAYS)


def is_collective(people: int | None) -> bool:
    """Tell whether a petition is a collective one; an unknown number is not."""
    return people is not None and people >= COLLECTIVE_FROM
