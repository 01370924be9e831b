"""What must hold for every case at every moment, whatever was done to it (architecture.md)."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import select

from tiji.cases import clocks
from tiji.cases.model import CaseRow, StayRow
from tiji.cases.replay import replay
from tiji.cases.rules import is_nothing, is_only_missing_document
from tiji.cases.state import OPEN, RUNNING, STATE_FIELDS, STAY_FIELDS, State, Stay
from tiji.db import db, rows
from tiji.events.model import EventRow
from tiji.events.rules import Head, Link, read_stamp, verify_chains
from tiji.matters.queries import ladders
from tiji.runtime import runtime
from tiji.stations.rules import Ladder

_UPWARDS = ("escalated", "timeout", "proposed", "vacant", "merged")
_MAY_CHANGE_OFFICER = {"case_opened", "case_imported", "import_updated", "officer_changed"}
_MAY_LEAVE_CLOSED = {"case_reopened", "import_updated", "import_withdrawn", "personal_erased"}


@dataclass(frozen=True)
class Told:
    """One event with what it says and what it changed."""

    link: Link

    @cached_property
    def data(self) -> dict[str, Any]:
        """What the event says."""
        read: dict[str, Any] = json.loads(self.link.data)
        return read

    @cached_property
    def change(self) -> dict[str, Any]:
        """The state columns that the event set."""
        read: dict[str, Any] = json.loads(self.link.change)
        return read

    @property
    def kind(self) -> str:
        """The kind of the event."""
        return self.link.kind


@dataclass(frozen=True)
class Snapshot:
    """A case as the database holds it, with its stays and its whole log."""

    head: Head
    state: State
    stays: Sequence[Stay]
    told: Sequence[Told]
    ladder: Ladder

    @property
    def standing(self) -> list[Told]:
        """What was told and not taken back."""
        undone = {told.data["seq"] for told in self.told if told.kind == "undone"}
        return [told for told in self.told if told.link.seq not in undone]

    @property
    def stay(self) -> Stay | None:
        """The stay that an open case is in."""
        return self.stays[-1] if self.stays and self.state.status in OPEN else None


def snapshot(number: str) -> Snapshot:
    """Read a case with everything that is known of it."""
    session = db.session
    case = rows(session.execute(select(CaseRow.__table__).where(CaseRow.number == number)))[0]
    of_case = StayRow.__table__.c
    stays = session.execute(
        select(*(of_case[name] for name in STAY_FIELDS))
        .where(of_case.case_id == case["id"])
        .order_by(of_case.no)
    )
    columns = [EventRow.__table__.c[name] for name in Link._fields]
    log = session.execute(
        select(*columns).where(EventRow.case_id == case["id"]).order_by(EventRow.seq)
    )
    found = Snapshot(
        Head(case["id"], number, case["version"], case["head"]),
        State(**{name: case[name] for name in STATE_FIELDS}),
        [Stay(**stay) for stay in rows(stays)],
        [Told(Link(*event)) for event in log],
        ladders({case["ladder"]})[case["ladder"]],
    )
    session.rollback()
    return found


def check_case(number: str) -> Snapshot:
    """Assert every invariant of one case; return it as it was found."""
    case = snapshot(number)
    for invariant in INVARIANTS:
        invariant(case)
    return case


def log_is_whole(case: Snapshot) -> None:
    """I12, I14: events 1 to n, each over the last, none earlier than the one before it."""
    found = verify_chains([case.head], [told.link for told in case.told])
    assert not found.bad, found.bad


def replay_equals_state(case: Snapshot) -> None:
    """I11: what the events changed is exactly what the columns hold."""
    state, stays = replay(told.change for told in case.told)
    assert state == case.state
    assert stays == list(case.stays)


def one_holder_one_due_time(case: Snapshot) -> None:
    """I4: an open case lies with one officer until one time; another lies with nobody."""
    state = case.state
    staying = [stay.no for stay in case.stays if stay.left_at is None]
    if state.status not in OPEN:
        assert (state.station, state.holder, state.due_at, state.request) == (None,) * 4
        assert staying == []
        return
    assert state.fio
    assert staying == [state.stay]
    stay = case.stays[-1]
    assert stay.no == state.stay
    assert (stay.station, stay.department) == (state.station, state.department)
    assert stay.holder == state.holder
    assert stay.holder
    assert stay.due_at == state.due_at == state.order_at
    assert stay.due_at
    assert (state.status == "paused") == bool(state.paused_from and state.pause_until)
    assert state.paused_from in (*RUNNING, None)
    assert (state.guided_to is None) or "guided" in (state.status, state.paused_from)
    city = case.ladder.station(stay.station).role == "city"
    assert city == ("with_leaders" in (state.status, state.paused_from))


def due_times_follow_from_what_is_stored(case: Snapshot) -> None:
    """I9: computing both due times again gives the same."""
    if (stay := case.stay) is None:
        return
    calendar = runtime().calendar
    due, limit = clocks.stay_due(calendar, case.state, stay)
    client = clocks.client_due(calendar, case.state, case.ladder.client_limit_days)
    assert (due.at.astimezone(UTC), limit) == (stay.due_at, stay.limit_min)
    assert client.at.astimezone(UTC) == case.state.client_due_at
    assert case.state.provisional == (due.provisional or client.provisional)
    moments = [datetime.fromisoformat(text) for pause in case.state.pauses for text in pause]
    assert moments == sorted(moments), "pauses overlap: their time would count twice"


def stays_go_up_one_by_one(case: Snapshot) -> None:
    """I3: up by exactly one station; those passed through are recorded."""
    for here, after in itertools.pairwise(case.stays):
        assert after.no == here.no + 1
        assert here.left_at is not None
        assert here.left_at <= after.entered_at
        if here.outcome in _UPWARDS and not (here.holder and here.outcome == "vacant"):
            assert after.station == here.station + 1
    passed = [stay.station for stay in case.stays if stay.holder is None]
    recorded = [
        station["station"] for told in case.standing for station in told.data.get("passed", ())
    ]
    assert passed == recorded
    for told in case.told:
        if told.kind in ("case_escalated", "case_proposed"):
            between = [station["station"] for station in told.data["passed"]]
            start = told.data.get("from_station", told.data["to_station"] - len(between) - 1)
            assert between == list(range(start + 1, told.data["to_station"]))


def only_a_principal_or_leader_refuses(case: Snapshot) -> None:
    """I1, I2: a "no" comes from station 4 or 5, with reasons, a way to yes and feedback."""
    refusals = [told for told in case.standing if told.kind == "case_refused"]
    declined = [stay for stay in case.stays if stay.outcome == "declined"]
    assert len(refusals) == len(declined)
    if case.state.outcome == "refused":
        assert refusals or case.told[0].kind == "case_imported"
    for told, stay in zip(refusals, declined, strict=True):
        station = case.ladder.station(stay.station)
        assert station.may_refuse
        assert station.role in ("principal", "city")
        said = told.data
        assert said["station"] == stay.station
        assert said["feedback"].strip()
        assert not is_nothing(said["basis"])
        assert not is_nothing(said["reasons"])
        assert not is_only_missing_document(said["reasons"])
        assert said["ways_forward"]
        assert all(way["what"].strip() and way["helper"].strip() for way in said["ways_forward"])


def first_officer_changes_by_handover(case: Snapshot) -> None:
    """I5: the first-inquiry officer changes only by an event that says so."""
    for told in case.told:
        if "fio" in told.change.get("case", {}):
            assert told.kind in _MAY_CHANGE_OFFICER


def closed_changes_by_reopening(case: Snapshot) -> None:
    """I7: a closed or withdrawn case is only reopened, erased, or taken back with its import."""
    status = ""
    for told in case.told:
        if status in ("closed", "withdrawn"):
            assert told.kind in _MAY_LEAVE_CLOSED
        status = told.change.get("case", {}).get("status", status)


def overdue_is_never_erased(case: Snapshot) -> None:
    """I8: a recorded overdue stays; a comment changes nothing at all."""
    for told in case.told:
        columns = told.change.get("case", {})
        if told.kind == "case_commented":
            assert told.change == {}
        if "client_missed_at" in columns and columns["client_missed_at"] is None:
            assert told.kind in ("case_reopened", "import_updated")
        for stay in told.change.get("stays", {}).values():
            assert stay is None or stay.get("missed_at", "still") is not None


def one_escalation_each_and_none_early(case: Snapshot) -> None:
    """I16, I17: an overdue stay is missed once, goes up once, and never before it was due."""
    timeouts = [stay.no for stay in case.stays if stay.outcome == "timeout"]
    by_timeout = [t for t in case.told if t.data.get("reason") == "timeout"]
    assert len(by_timeout) == len(timeouts)
    missed = list(_missed(case))
    assert len(missed) == len(set(missed))
    assert set(timeouts) <= {stay for stay, _due in missed}
    for told in case.told:
        if told.kind in ("deadline_missed", "client_deadline_missed", "alarm_raised"):
            assert read_stamp(told.link.at) > datetime.fromisoformat(told.data["due_at"])


def _missed(case: Snapshot) -> Iterator[tuple[int, str]]:
    """Give each recorded miss: in which stay, and of which due time (a promise makes a new one)."""
    stay = 0
    for told in case.told:
        if told.kind == "deadline_missed":
            yield stay, told.data["due_at"]
        stay = told.change.get("case", {}).get("stay", stay)


def nobody_grants_their_own(case: Snapshot) -> None:
    """I10: whoever asked, or holds the case, is not who granted or denied."""
    asked_by = holder = None
    for told in case.told:
        if told.kind in ("extension_requested", "pause_requested"):
            asked_by = told.link.actor
        if told.kind in ("request_granted", "request_denied"):
            assert told.link.actor not in (asked_by, holder)
        holder = told.change.get("case", {}).get("holder", holder)


INVARIANTS = (
    log_is_whole,
    replay_equals_state,
    one_holder_one_due_time,
    due_times_follow_from_what_is_stored,
    stays_go_up_one_by_one,
    only_a_principal_or_leader_refuses,
    first_officer_changes_by_handover,
    closed_changes_by_reopening,
    overdue_is_never_erased,
    one_escalation_each_and_none_early,
    nobody_grants_their_own,
)
