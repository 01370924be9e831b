"""One case in one transaction: load it, change it, record it, compare and set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from tiji.cases import clocks, kinds
from tiji.cases.model import CaseRow, StayRow
from tiji.cases.rules import Landing, Seated, land, require_status
from tiji.cases.state import STATE_FIELDS, STAY_FIELDS, State, Stay, difference, values_of
from tiji.clock import iso
from tiji.db import db, transaction
from tiji.errors import BadInputError, ConflictError, RuleError
from tiji.events.chain import CaseLog, write_logs
from tiji.events.queries import of_case
from tiji.i18n import _
from tiji.matters.queries import ladders
from tiji.people import queries as people
from tiji.plugins.types import CaseView
from tiji.privacy import mask_text
from tiji.runtime import runtime
from tiji.stations.calendar import WorkCalendar
from tiji.stations.rules import SEAT, Ladder

SYSTEM = "system"

_CASE = cast(Table, CaseRow.__table__)
_STAY = cast(Table, StayRow.__table__)
_UPDATE_CASE = (
    update(_CASE)
    .where(_CASE.c.id == bindparam("of_id"), _CASE.c.version == bindparam("of_version"))
    .values({name: bindparam(name) for name in (*STATE_FIELDS, "version", "head", "changed_at")})
)
_UPDATE_STAY = (
    update(_STAY)
    .where(_STAY.c.case_id == bindparam("of_id"), _STAY.c.no == bindparam("of_no"))
    .values({name: bindparam(name) for name in STAY_FIELDS if name != "no"})
)


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

    ``stays`` are those that the move touches; numbers above ``loaded_stay`` are new ones.
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
        stays = {str(no): part for no, part in changed.items() if part}
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
        self.take_changes()

    def view(self) -> CaseView:
        """Show the case to plugins."""
        state = self.state
        return CaseView(
            self.id, self.number, self.matter, self.title, state.department, state.status,
            state.outcome, state.station, state.holder, state.opened_at, state.due_at,
            self.confidential,
        )  # fmt: skip


def new_desk(session: Session) -> Desk:
    """Begin a desk at the clock's present moment."""
    return Desk(session, runtime().clock.now(), runtime().calendar)


def load_moves(desk: Desk, condition: Any, limit: int = 1, by_id: bool = False) -> list[Move]:
    """Load the cases that meet a condition with their stays, by wake-up or by id."""
    order = [_CASE.c.id] if by_id else [_CASE.c.wake_at, _CASE.c.id]
    found = desk.session.execute(select(_CASE).where(condition).order_by(*order).limit(limit))
    cases = [dict(row) for row in found.mappings()]
    if not cases:
        return []
    ids = [case["id"] for case in cases]
    stays = desk.session.execute(
        select(_STAY)
        .join(_CASE, (_CASE.c.id == _STAY.c.case_id) & (_CASE.c.stay == _STAY.c.no))
        .where(_STAY.c.case_id.in_(ids))
    )
    stay_of = {row["case_id"]: dict(row) for row in stays.mappings()}
    by_digest = ladders({case["ladder"] for case in cases})
    return [_move(desk, case, stay_of.get(case["id"]), by_digest[case["ladder"]]) for case in cases]


def _move(desk: Desk, case: dict[str, Any], stay: dict[str, Any] | None, ladder: Ladder) -> Move:
    move = Move(
        desk=desk,
        id=case["id"],
        number=case["number"],
        version=case["version"],
        head=case["head"],
        now=max(desk.now, case["changed_at"]),
        ladder=ladder,
        matter=case["matter"],
        title=case["title"],
        confidential=case["confidential"],
        state=State(**{name: case[name] for name in STATE_FIELDS}),
        stay=Stay(**{name: stay[name] for name in STAY_FIELDS}) if stay else None,
        seen_version=case["version"],
    )
    move.keep()
    return move


def store(session: Session, moves: Sequence[Move]) -> None:
    """Write moved cases in bulk; raise ConflictError if anybody else moved one first."""
    moves = [move for move in moves if move.links]
    if not moves:
        return
    connection = session.connection()
    updated = connection.execute(
        _UPDATE_CASE,
        [
            {
                **values_of(move.state),
                "version": move.version,
                "head": move.head,
                "changed_at": move.now,
                "of_id": move.id,
                "of_version": move.seen_version,
            }
            for move in moves
        ],
    )
    if updated.rowcount != len(moves):
        raise ConflictError(_("Somebody else moved the case at the same moment; look again."))
    write_stays(session, moves)
    write_logs(session, moves)


def write_stays(session: Session, moves: Sequence[Move]) -> None:
    """Update the stays that the cases were in, and insert those that they entered."""
    stays = [(move, stay) for move in moves for stay in move.stays.values()]
    connection = session.connection()
    if changed := [
        {**values_of(stay), "of_id": move.id, "of_no": stay.no}
        for move, stay in stays
        if stay.no <= move.loaded_stay
    ]:
        connection.execute(_UPDATE_STAY, changed)
    if new := [
        {**values_of(stay), "case_id": move.id}
        for move, stay in stays
        if stay.no > move.loaded_stay
    ]:
        connection.execute(insert(StayRow), new)


@contextmanager
def moving(number: str, action: str, actor: str, seen: int | None = None) -> Iterator[Move]:
    """Load one case for an action in a transaction of its own, and store it afterwards.

    ``seen`` is the version that the caller saw. Raises BadInputError for an unknown case or
    officer, ConflictError if the case moved on since, RuleError where its status or a plugin
    forbids the action.
    """
    with moving_all([number], action, actor, seen) as moves:
        yield moves[0]


@contextmanager
def moving_all(
    numbers: Sequence[str], action: str, actor: str, seen: int | None = None
) -> Iterator[list[Move]]:
    """Load several cases for one action as :func:`moving` does; all of them change, or none.

    Cases that the block adds to the list are stored too; ``seen`` is about the first.
    """
    require_officer(actor)
    asked = [_ask_plugins(number, action, actor) for number in numbers]
    with transaction() as session:
        desk = new_desk(session)
        moves = [_load(desk, number) for number in numbers]
        _require_seen(moves[0], seen, actor)
        for move, version in zip(moves, asked, strict=True):
            if move.version != version:
                _conflict(move, version, actor)
            until = move.state.pause_until
            if until and until < move.desk.now and action != "resume":
                # It resumes by itself at its end, also where the sweep is late.
                move.end_pause(SYSTEM)
            require_status(action, move.state.status)
            move.state.quarantined = None
        yield moves
        store(session, moves)


def require_officer(code: str) -> None:
    """Raise BadInputError for a code that nobody has, RuleError for one who holds no post (S5)."""
    if people.officer(code) is None:
        raise BadInputError(
            _("No officer has the code {code}; see `tiji org show`.").format(code=code)
        )
    if not people.seats_of(code, runtime().clock.now()):
        raise RuleError(
            "no-post",
            _("{who} holds no post now and cannot act.").format(who=code),
            _("Give the officer a post in the organisation file and run `tiji org load`."),
        )


def _load(desk: Desk, number: str) -> Move:
    found = load_moves(desk, _CASE.c.number == number.strip().upper())
    if not found:
        raise BadInputError(
            _("No case has the number {number}; see `tiji case list`.").format(number=number)
        )
    return found[0]


def _ask_plugins(number: str, action: str, actor: str) -> int:
    """Let the matter's plugin tighten the guard, before any transaction that it could spoil."""
    move = _load(Desk(db.session(), runtime().clock.now(), runtime().calendar), number)
    denied = runtime().plugins.decide(actor, action, move.view())
    db.session.rollback()
    if denied:
        raise RuleError("plugin", denied.reason, denied.instead)
    return move.version


def _require_seen(move: Move, seen: int | None, actor: str) -> None:
    if seen is None or seen == move.version:
        return
    if seen > move.version or seen < 1:
        raise ConflictError(
            _("Case {number} is at version {version}, not {seen}; look again.").format(
                number=move.number, version=move.version, seen=seen
            )
        )
    _conflict(move, seen, actor)


def _conflict(move: Move, seen: int, actor: str) -> None:
    """Raise ConflictError naming who moved the case since ``seen``, unless nothing that counts.

    All that the actor did counts: a second try after a lost answer must not act twice (T6).
    """
    events = of_case(move.id, seen)
    since = [e for e in events if e["actor"] == actor or e["kind"] not in kinds.HARMLESS]
    if since:
        last = since[-1]
        name = people.officer_names({last["actor"]}).get(last["actor"], last["actor"])
        raise ConflictError(
            _("{who} did {kind} at {at}, after you looked (version {seen}). Look again.").format(
                who=name, kind=last["kind"], at=last["at"], seen=seen
            )
        )


def is_holder(move: Move, actor: str) -> bool:
    """Tell whether the actor holds the case, or acts for the one who does (I4)."""
    stay = move.current
    if actor in (stay.holder, stay.acting_for):
        return True
    return bool(stay.holder) and people.may_act_for(actor, str(stay.holder), move.now)


def require_holder(move: Move, actor: str) -> None:
    """Raise RuleError unless the actor holds the case, or acts for the one who does (I4)."""
    stay = move.current
    if is_holder(move, actor):
        return
    who = people.officer_names({stay.holder or ""}).get(stay.holder or "", stay.holder)
    raise RuleError(
        "not-holder",
        _("Case {number} is held by {who} ({code}) at station {station}, not by {actor}.").format(
            number=move.number, who=who, code=stay.holder, station=stay.station, actor=actor
        ),
        _("Only its holder, or who acts for the holder on leave, may do this."),
    )


def require_seat(move: Move, actor: str, stations: Sequence[int], rule: str, message: str) -> None:
    """Raise RuleError unless the actor sits on one of the stations above, for this case."""
    for no in stations:
        seat = move.seat(no)
        if seat and (actor == seat.officer or people.may_act_for(actor, seat.officer, move.now)):
            return
    named = [s.officer for s in map(move.seat, stations) if s]
    raise RuleError(rule, message, _("It is for: {who}.").format(who=", ".join(named) or "-"))
