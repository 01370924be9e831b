"""A case and its stays as plain values: what the rules read and the actions change."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from operator import attrgetter
from typing import Any

#: Statuses in which a case owes an answer and its station's clock runs.
RUNNING = ("open", "guided", "in_progress", "with_leaders")
#: Statuses in which a case has exactly one responsible officer.
OPEN = (*RUNNING, "paused")
#: What a case came to whose import was withdrawn; lists leave it out.
UNDONE = "import_withdrawn"
#: A time that no case reaches: the place in lists of what owes nothing.
END_OF_DAYS = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(slots=True)
class Stay:
    """One visit of the case to one station; the columns of ``tj_stay`` but the case's id."""

    no: int
    station: int
    department: str
    section: str | None
    holder: str | None
    entered_at: datetime
    limit_days: int
    acting_for: str | None = None
    promised_on: date | None = None
    promised_at: datetime | None = None
    extra_days: int = 0
    limit_min: int = 0
    due_at: datetime | None = None
    taken_at: datetime | None = None
    warned_at: datetime | None = None
    missed_at: datetime | None = None
    left_at: datetime | None = None
    used_min: int | None = None
    outcome: str | None = None
    judgement: str | None = None
    note: str | None = None
    note_public: str | None = None


@dataclass(slots=True)
class State:
    """What an action can change of a case; all of it can be replayed from the case's events."""

    status: str
    department: str
    section: str | None
    fio: str
    fio_department: str
    opened_at: datetime
    client_from: datetime
    outcome: str | None = None
    stay: int = 0
    station: int | None = None
    holder: str | None = None
    client_due_at: datetime | None = None
    client_missed_at: datetime | None = None
    due_at: datetime | None = None
    order_at: datetime = END_OF_DAYS
    wake_at: datetime | None = None
    provisional: bool = False
    pauses: list[list[str]] = field(default_factory=list)
    paused_from: str | None = None
    pause_until: datetime | None = None
    guided_to: str | None = None
    request: dict[str, Any] | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None
    answered_station: int | None = None
    close_at: datetime | None = None
    closed_at: datetime | None = None
    grade: int | None = None
    reopen_requested: bool = False
    reopened: int = 0
    returns: int = 0
    repeats: int = 0
    quarantined: str | None = None
    merged_into: int | None = None
    grouped_with: int | None = None
    erased_at: datetime | None = None


STATE_FIELDS = tuple(column.name for column in fields(State))
STAY_FIELDS = tuple(column.name for column in fields(Stay))
_read_state, _read_stay = attrgetter(*STATE_FIELDS), attrgetter(*STAY_FIELDS)


def values_of(item: State | Stay) -> dict[str, Any]:
    """Give a state or stay as a mapping of its columns."""
    if isinstance(item, State):
        return dict(zip(STATE_FIELDS, _read_state(item), strict=True))
    return dict(zip(STAY_FIELDS, _read_stay(item), strict=True))


def plain(value: Any) -> Any:
    """Write a column's value as JSON keeps it in an event's change."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Give the columns that changed, as JSON values."""
    if before == after:
        return {}
    known = before.get
    return {name: plain(value) for name, value in after.items() if known(name) != value}
