"""The staircase of a case, computed once and used at every size (design.md section 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tiji.cases.clocks import Light, due_light, light_now, used_minutes
from tiji.cases.state import OPEN, State, Stay
from tiji.clock import iso, local
from tiji.stations.calendar import WorkCalendar
from tiji.stations.rules import Ladder


def staircase(
    ladder: Ladder,
    state: State,
    stays: Sequence[Stay],
    calendar: WorkCalendar,
    now: datetime,
    officers: Mapping[str, str],
    offices: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Give one mapping per station: its latest visit, the light it shows, what was noted.

    ``officers`` and ``offices`` name officers, departments and sections by code. Minutes are
    working minutes.
    """
    latest = {stay.station: stay for stay in stays}
    midnight = local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    is_open = state.status in OPEN
    steps = []
    for station in ladder.stations:
        stay = latest.get(station.no)
        step: dict[str, Any] = {
            "no": station.no,
            "key": station.role,
            "state": "next",
            "title": station.title,
            "office": _office(station.role, state, stay, offices),
            "holder": None,
            "used_min": 0,
            # What a stay that began today would have; a real one counts from its entry.
            "limit_min": calendar.working_minutes(
                calendar.close_of(midnight.date()), calendar.due(midnight, station.limit_days).at
            ),
            "limit_days": station.limit_days,
            "ratio": 0.0,
            "light": None,
            "entered_at": None,
            "left_at": None,
            "due_at": None,
            "outcome": None,
            "note": None,
            "note_public": None,
        }
        if stay and stay.holder is None:
            # Passed through, vacant or merged: an unused step stays as it was.
            step |= {"outcome": stay.outcome}
        elif stay:
            step |= _visit(stay, state, is_open, calendar, now, officers)
        steps.append(step)
    return steps


def _office(role: str, state: State, stay: Stay | None, offices: Mapping[str, str]) -> str | None:
    section = stay.section if stay else state.section
    department = stay.department if stay else state.department
    if role in ("first", "section") and section:
        return offices.get(section)
    return None if role == "city" else offices.get(department)


def _visit(
    stay: Stay,
    state: State,
    is_open: bool,
    calendar: WorkCalendar,
    now: datetime,
    officers: Mapping[str, str],
) -> dict[str, Any]:
    current = is_open and stay.no == state.stay
    used = used_minutes(calendar, state, stay, now)
    light = _light(calendar, state, stay, used, now)
    return {
        "state": "now" if current else "done",
        "holder": officers.get(stay.holder, stay.holder) if stay.holder else None,
        "used_min": used,
        "limit_min": stay.limit_min,
        "ratio": round(used / stay.limit_min, 2) if stay.limit_min else 0.0,
        "light": light if current else due_light(used, stay.limit_min, paused=False),
        "entered_at": iso(stay.entered_at),
        "left_at": iso(stay.left_at),
        "due_at": iso(stay.due_at),
        "outcome": stay.outcome,
        "note": stay.note,
        "note_public": stay.note_public,
    }


def light_of(calendar: WorkCalendar, state: State, stay: Stay | None, now: datetime) -> str | None:
    """Give the light of the stay that an open case is in."""
    if stay is None or state.status not in OPEN:
        return None
    return _light(calendar, state, stay, used_minutes(calendar, state, stay, now), now)


def _light(calendar: WorkCalendar, state: State, stay: Stay, used: int, now: datetime) -> Light:
    if state.status == "paused":
        return "p"
    return light_now(calendar, stay.due_at, used, stay.limit_min, now)
