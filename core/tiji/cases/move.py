"""A case being moved: its state, the stay that it is in, what changed and was recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from tiji.cases import clocks, kinds
from tiji.cases.rules import Landing, Seated, land
from tiji.cases.state import State, Stay, difference, values_of
from tiji.cases.undo import Past
from tiji.clock import iso
from tiji.events.chain import CaseLog
from tiji.people import queries as people
from tiji.plugins.types import CaseView
from tiji.privacy import mask_text
from tiji.stations.calendar import WorkCalendar
from tiji.stations.rules import SEAT, Ladder

SYSTEM = "system"


@dataclass(slots=True)
class Desk:
    """What every move of one transaction shares: the moment, the calendar, who sits where."""

    session: Session
    now: datetime
    calendar: WorkCalendar
    seats: dict[tuple[int, str, str | None], Seated | None] = field(default_factory=dict)

    def seat(self, ladder: Ladder, no: int, department: str, section: str | None) -> Seated | None:
        """Say who holds station ``no`` for a department's section at this moment."""
        key = (SEAT[ladder.station(no).role], department, section)
        if key not in self.seats:
            seat = people.seat_holder(*key, self.now)
            self.seats[key] = Seated(seat.officer, seat.section, seat.acting_for) if seat else None
        return self.seats[key]


@dataclass(slots=True, kw_only=True)
class Move(CaseLog):
    """A case being moved: its state, the stay that it is in, and what was recorded so far.

    ``stays`` are those that the move touches; numbers above ``loaded_stay`` are new ones. Those in
    ``gone`` were begun by a step that is taken back.
    """

    desk: Desk
    ladder: Ladder
    matter: str
    title: str
    confidential: bool
    state: State
    stay: Stay | None = None
    seen_version: int = 0
    loaded_stay: int = 0
    stays: dict[int, Stay] = field(default_factory=dict)
    gone: list[int] = field(default_factory=list)
    _recorded: dict[int | str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def beginning(
        cls, desk: Desk, ladder: Ladder, state: State, *, id: int = 0, number: str = "",
        matter: str = "", title: str = "", confidential: bool = False,
    ) -> Move:  # fmt: skip
        """Begin the log of a new case."""
        return cls(
            id=id,
            number=number,
            version=0,
            head="",
            now=desk.now,
            desk=desk,
            ladder=ladder,
            matter=matter,
            title=title,
            confidential=confidential,
            state=state,
        )

    @property
    def current(self) -> Stay:
        """The stay that the case is in; only where its status says that there is one."""
        assert self.stay is not None
        return self.stay

    def seat(self, no: int) -> Seated | None:
        """Say who holds station ``no`` for this case: at the first, the first-inquiry officer."""
        state = self.state
        if self.ladder.station(no).role == "first" and state.department == state.fio_department:
            return Seated(state.fio, state.section, None)
        return self.desk.seat(self.ladder, no, self.state.department, self.state.section)

    def land(self, start: int) -> Landing:
        """Find where the case arrives when it goes to ``start`` or, that vacant, above (I3)."""
        return land(self.ladder, start, self.state.holder, self.seat)

    def leave(self, outcome: str, **words: str | None) -> None:
        """End the current stay; ``words`` are its judgement and notes."""
        self.record_missed()
        stay = self.current
        used = clocks.used_minutes(self.desk.calendar, self.state, stay, self.now)
        stay.used_min, stay.left_at, stay.outcome = used, self.now, outcome
        for name, text in words.items():
            setattr(stay, name, text and mask_text(text))

    def enter(self, station: int, seat: Seated, status: str = "open") -> Stay:
        """Begin a new stay at a station, its clock counted from now."""
        state = self.state
        # A case that comes to a department follows the line of the section that takes it.
        state.section = seat.section or state.section
        self.stay = stay = Stay(
            no=state.stay + 1,
            station=station,
            department=state.department,
            section=state.section,
            holder=seat.officer,
            entered_at=self.now,
            limit_days=self.ladder.station(station).limit_days,
            acting_for=seat.acting_for,
        )
        self.stays[stay.no] = stay
        state.stay, state.station, state.holder = stay.no, station, seat.officer
        state.status = status
        state.request = state.guided_to = None
        return stay

    def climb(self, landing: Landing) -> Stay:
        """Enter the station on which the case lands, through those that it passes (I3)."""
        for no, why in landing.passed:
            stay = self.enter(no, Seated("", None, None))
            stay.holder, stay.left_at, stay.used_min, stay.outcome = None, self.now, 0, why
            stay.limit_min = 0
        city = self.ladder.station(landing.station).role == "city"
        return self.enter(landing.station, landing.seat, "with_leaders" if city else "open")

    def record_missed(self) -> bool:
        """Record limits that are over, each once, alarm included; tell if the stay's is one.

        The sweep does this, and so does whoever acts before it: acting late erases no breach.
        """
        state, stay = self.state, self.current
        if state.status == "paused":
            return False
        if clocks.is_missed(state.client_due_at, state.client_missed_at, self.desk.now):
            state.client_missed_at = state.client_due_at
            self.record("client_deadline_missed", SYSTEM, due_at=iso(state.client_due_at))
        if not clocks.is_missed(stay.due_at, stay.missed_at, self.desk.now):
            return False
        stay.missed_at = stay.due_at
        if state.request and state.request["what"] == "extend":
            state.request = None
        where = {"station": stay.station, "due_at": iso(stay.due_at)}
        self.record("deadline_missed", SYSTEM, **where)
        if self.ladder.station(stay.station).on_timeout == "alarm":
            self.record("alarm_raised", SYSTEM, **where)
        return True

    def end_pause(self, actor: str) -> None:
        """End a pause now, or at the end that it was given if that has passed."""
        state = self.state
        assert state.pause_until
        assert state.paused_from
        ended = min(self.now, state.pause_until).astimezone(UTC).isoformat()
        state.pauses = [*state.pauses[:-1], [state.pauses[-1][0], ended]]
        state.status, state.paused_from, state.pause_until = state.paused_from, None, None
        self.record("case_resumed", actor, at=ended)

    def put_back(self, past: Past) -> None:
        """Bring back what steps changed that are taken back; the time since counts all the same."""
        for name, value in past.case.items():
            setattr(self.state, name, value)
        self._recorded |= {stay.no: values_of(stay) for stay in past.now}
        self.stays |= {stay.no: stay for stay in past.stays}
        self.gone += past.gone
        for no in past.gone:
            self.stays.pop(no, None)
        self.stay = self.stays.get(self.state.stay)

    def settle(self) -> None:
        """Bring the times that follow from the state up to date."""
        clocks.settle(self.desk.calendar, self.state, self.stay, self.ladder.client_limit_days)

    def record(self, kind: str, actor: str, **data: Any) -> None:
        """Record what happened with all that it changed, as the next event of the case's log."""
        self.settle()
        self.add(kind, actor, kinds.masked(data), self.take_changes())

    def take_changes(self) -> dict[str, Any]:
        """Give the columns that changed since the last record, of the case and of its stays."""
        changed = {no: self._changed(no, values_of(stay)) for no, stay in self.stays.items()}
        stays: dict[str, Any] = {str(no): part for no, part in changed.items() if part}
        stays |= {str(no): None for no in self.gone if self._recorded.pop(no, None)}
        case = self._changed("case", values_of(self.state))
        return ({"case": case} if case else {}) | ({"stays": stays} if stays else {})

    def _changed(self, key: int | str, values: dict[str, Any]) -> dict[str, Any]:
        before = self._recorded.get(key, {})
        self._recorded[key] = values
        return difference(before, values)

    def keep(self) -> None:
        """Remember the state as loaded, so that the next record knows what changed."""
        if self.stay:
            self.stays[self.stay.no] = self.stay
        self.loaded_stay = self.state.stay
        self._recorded = {no: values_of(stay) for no, stay in self.stays.items()}
        self._recorded["case"] = values_of(self.state)

    def view(self) -> CaseView:
        """Show the case to plugins."""
        state = self.state
        return CaseView(
            self.id, self.number, self.matter, self.title, state.department, state.status,
            state.outcome, state.station, state.holder, state.opened_at, state.due_at,
            self.confidential,
        )  # fmt: skip
