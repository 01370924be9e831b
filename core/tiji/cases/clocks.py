"""The two clocks of a case, the station's and the client's, as functions of what is stored.

A due time follows from the rule, the calendar, the start and the pause ledger alone, so that
computing it again gives the same (I9). All minutes are working minutes.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

from tiji.cases.state import END_OF_DAYS, RUNNING, State, Stay
from tiji.stations.calendar import Due, WorkCalendar

Light = Literal["g", "a", "r", "p"]

#: An answered case without a reopening request closes after so many working days.
CLOSES_AFTER_DAYS = 10
#: Offices never rest so long.
_LONGEST_REST = timedelta(days=60)


def due_light(used: int, limit: int, paused: bool) -> Light:
    """Say which light a station shows: amber when a third of the limit or less is left."""
    if paused:
        return "p"
    if used > limit:
        return "r"
    return "a" if (limit - used) * 3 <= limit else "g"


def _stops(state: State, start: datetime) -> list[tuple[datetime, datetime]]:
    """Give the stopped stretches after ``start``; one that still lasts ends where it is due to."""
    stops = ((datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in state.pauses)
    return [(max(a, start), b) for a, b in stops if b > start]


def lost_minutes(
    calendar: WorkCalendar, state: State, start: datetime, until: datetime | None = None
) -> int:
    """Count the working minutes stopped after ``start`` (and before ``until``)."""
    return sum(
        calendar.working_minutes(a, min(b, until) if until else b)
        for a, b in _stops(state, start)
        if until is None or a < until
    )


def used_minutes(calendar: WorkCalendar, state: State, stay: Stay, now: datetime) -> int:
    """Count the working minutes that a stay has used, stopped time left out."""
    if stay.used_min is not None:
        return stay.used_min
    stopped = lost_minutes(calendar, state, stay.entered_at, now)
    return max(0, calendar.working_minutes(stay.entered_at, now) - stopped)


def light_now(
    calendar: WorkCalendar, due_at: datetime | None, used: int, limit: int, now: datetime
) -> Light:
    """Say which light a running stay shows: red too where it stood still after its limit (I8)."""
    if due_at and due_at < now and calendar.working_minutes(due_at, now) > 0:
        return "r"
    return due_light(used, limit, paused=False)


def stay_due(calendar: WorkCalendar, state: State, stay: Stay) -> tuple[Due, int]:
    """Compute when a stay is due and its limit in minutes, from rule, start and pauses."""
    if stay.promised_on and stay.promised_at:
        base, start = calendar.promised(stay.promised_on), stay.promised_at
    else:
        base, start = calendar.due(stay.entered_at, stay.limit_days), stay.entered_at
    if stay.extra_days:
        more = calendar.due(base.at, stay.extra_days)
        base = Due(more.at, base.provisional or more.provisional)
    stopped_before = lost_minutes(calendar, state, stay.entered_at, start)
    limit = max(0, calendar.working_minutes(stay.entered_at, base.at) - stopped_before)
    return _shifted(calendar, base, state, start), limit


def client_due(calendar: WorkCalendar, state: State, limit_days: int) -> Due:
    """Compute when the client's answer is due: from registration, whatever station holds it."""
    base = calendar.due(state.client_from, limit_days)
    return _shifted(calendar, base, state, state.client_from)


def _shifted(calendar: WorkCalendar, base: Due, state: State, start: datetime) -> Due:
    """Move a due time by what was stopped before it; a stop after it excuses nothing (I8)."""
    due = base
    for begun, ended in _stops(state, start):
        if begun < due.at:
            at = calendar.add_working_minutes(due.at, calendar.working_minutes(begun, ended))
            due = Due(at, due.provisional or calendar.is_provisional(at.date()))
    return due


def amber_at(calendar: WorkCalendar, state: State, stay: Stay) -> datetime:
    """Say when a stay's light turns amber."""
    green = stay.limit_min - stay.limit_min // 3
    stopped = lost_minutes(calendar, state, stay.entered_at)
    return calendar.add_working_minutes(stay.entered_at, green + stopped)


def amber_from(calendar: WorkCalendar, state: State, stay: Stay | None) -> datetime | None:
    """Say since when, or from when on, a running case is amber, as lists keep it; else None."""
    if stay is None or state.status not in RUNNING:
        return None
    return amber_at(calendar, state, stay).astimezone(UTC)


def red_before(calendar: WorkCalendar, now: datetime) -> datetime:
    """Give the moment before which a limit must have ended for its light to be red now.

    That is one office minute ago: a limit that ends with the day is not over in the evening.
    """
    begin = now - _LONGEST_REST
    return calendar.add_working_minutes(begin, calendar.working_minutes(begin, now)).astimezone(UTC)


def settle(calendar: WorkCalendar, state: State, stay: Stay | None, client_limit_days: int) -> None:
    """Bring every time that follows from a case's state up to date, the next wake-up included."""
    if stay is None or state.status not in (*RUNNING, "paused"):
        state.due_at, state.provisional, state.pause_until = None, False, None
        state.order_at = END_OF_DAYS
        if state.status == "answered" and state.answered_at:
            closes = calendar.due(state.answered_at, CLOSES_AFTER_DAYS)
            state.close_at = closes.at.astimezone(UTC)
        state.wake_at = _answered_wake(state)
        return
    due, stay.limit_min = stay_due(calendar, state, stay)
    client = client_due(calendar, state, client_limit_days)
    stay.due_at = state.due_at = state.order_at = due.at.astimezone(UTC)
    state.client_due_at = client.at.astimezone(UTC)
    state.provisional = due.provisional or client.provisional
    state.wake_at = _open_wake(calendar, state, stay)


def is_missed(due_at: datetime | None, missed_at: datetime | None, now: datetime) -> bool:
    """Tell whether a due time has passed that is not recorded as missed yet.

    A promise made after a recorded miss is a new due time, and can be missed again.
    """
    return due_at is not None and due_at < now and (missed_at is None or missed_at < due_at)


def _answered_wake(state: State) -> datetime | None:
    waits = state.status == "answered" and not state.reopen_requested and not state.quarantined
    return state.close_at if waits else None


def _open_wake(calendar: WorkCalendar, state: State, stay: Stay) -> datetime | None:
    if state.quarantined:
        return None
    if state.status == "paused":
        return state.pause_until
    moments = []
    assert stay.due_at
    if stay.missed_at is None or stay.missed_at < stay.due_at:
        warns = stay.warned_at is None
        moments.append(min(amber_at(calendar, state, stay), stay.due_at) if warns else stay.due_at)
    if state.client_missed_at is None and state.client_due_at:
        moments.append(state.client_due_at)
    return min(moments).astimezone(UTC) if moments else None
