"""Hear of events as they are written, and tell the officers whom they concern."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tiji.cases.model import CaseRow, StayRow
from tiji.events.deliveries import CoreListener
from tiji.notices import rules
from tiji.notices.actions import ToTell, tell_within
from tiji.notices.model import NoticeRow
from tiji.people.queries import seat_holder
from tiji.plugins.types import Event
from tiji.runtime import runtime
from tiji.stations.rules import SEAT

Found = Iterator[tuple[str | None, str]]


@dataclass(frozen=True, slots=True)
class Known:
    """Hold the cases that events are about, and who held a case at a station last."""

    cases: Mapping[int, Any]
    holders: Mapping[tuple[int, int], str]


def hear(session: Session, events: Sequence[Event]) -> None:
    """Tell whom events concern, in a few statements; whoever did one knows already."""
    told: list[ToTell] = []
    for event in events:
        if event.kind == rules.UNDONE:
            told += _take_back(session, event)
        elif event.kind == rules.IMPORTED:
            data = {"count": event.data["read"], "upload": event.data["upload"]}
            told.append(ToTell(event.actor, "imported", event.id, data=data))
    about = [event for event in events if rules.concerns_somebody(event)]
    known = _known(session, [event for event in about if event.kind not in rules.ARRIVALS])
    for event in about:
        told += [
            ToTell(officer, kind, event.id, event.case_id, event.kind, rules.facts(event))
            for officer, kind in _concerned(event, known)
            if officer and officer != event.actor
        ]
    once = {(one.officer, one.event): one for one in told}
    if once:
        tell_within(session, list(once.values()))


LISTENER = CoreListener(rules.HEARD, hear)


def _known(session: Session, events: Sequence[Event]) -> Known:
    ids = {event.case_id for event in events if event.case_id}
    timed = {event.case_id for event in events if event.kind in rules.DEADLINES}
    if not ids:
        return Known({}, {})
    columns = (CaseRow.fio, CaseRow.holder, CaseRow.department, CaseRow.section)
    more = (CaseRow.answered_by, CaseRow.answered_station)
    found = session.execute(select(CaseRow.id, *columns, *more).where(CaseRow.id.in_(ids)))
    # Each result is read to its end at once: an open one holds a lost connection's lock.
    cases = {case.id: case for case in found}
    holders: dict[tuple[int, int], str] = {}
    if timed:
        held = select(StayRow.case_id, StayRow.station, StayRow.holder)
        stays = session.execute(held.where(StayRow.case_id.in_(timed)).order_by(StayRow.no))
        holders = {(stay.case_id, stay.station): stay.holder for stay in stays}
    return Known(cases, holders)


def _concerned(event: Event, known: Known) -> Found:
    if event.kind in rules.ARRIVALS:
        kind = "handover" if event.kind == "officer_changed" else "arrived"
        yield event.data.get(rules.ARRIVALS[event.kind]), kind
        return
    for kinds, find in _FINDERS.items():
        if event.kind in kinds:
            yield from find(event, known)


def _guided(event: Event, _known: Known) -> Found:
    seat = seat_holder(1, event.data["unit"], None, runtime().clock.now())
    yield (seat.officer if seat else None), "guided"


def _deadline(event: Event, known: Known) -> Found:
    case = known.cases[event.case_id]
    if event.kind == "client_deadline_missed":
        yield case.holder, "client_missed"
        yield case.fio, "client_missed"
        return
    holder = known.holders.get((event.case_id, event.data["station"]))
    yield holder, "amber" if event.kind == "deadline_near" else "missed"


def _request(event: Event, _known: Known) -> Found:
    yield event.data["asked"], "asked"


def _decision(event: Event, known: Known) -> Found:
    yield known.cases[event.case_id].holder, "decided"


def _answer(event: Event, known: Known) -> Found:
    yield known.cases[event.case_id].fio, "answered"


def _client(event: Event, known: Known) -> Found:
    case = known.cases[event.case_id]
    yield case.fio, "client"
    yield case.holder, "client"


def _rated(event: Event, known: Known) -> Found:
    case = known.cases[event.case_id]
    yield case.fio, "rated"
    yield case.answered_by, "rated"


def _reopening(event: Event, known: Known) -> Found:
    """Tell the next above who answered, who may reopen."""
    case = known.cases[event.case_id]
    above = (case.answered_station or 0) + 1
    if above in SEAT.values():
        seat = seat_holder(above, case.department, case.section, runtime().clock.now())
        yield (seat.officer if seat else None), "reopening"


_FINDERS: Mapping[tuple[str, ...], Callable[[Event, Known], Found]] = {
    ("case_guided",): _guided,
    rules.DEADLINES: _deadline,
    rules.REQUESTS: _request,
    rules.DECISIONS: _decision,
    rules.ANSWERS: _answer,
    rules.CLIENT: _client,
    ("case_rated",): _rated,
    ("reopen_requested",): _reopening,
}


def _take_back(session: Session, undone: Event) -> list[ToTell]:
    """Take back what was told of a step; give who has read it, to be told that too."""
    told_of = NoticeRow.event == f"{undone.case}/{undone.data['seq']}"
    read = select(NoticeRow.officer).where(told_of, NoticeRow.read_at.is_not(None))
    known = [*session.scalars(read)]
    session.execute(delete(NoticeRow).where(told_of, NoticeRow.read_at.is_(None)))
    data = rules.facts(undone)
    return [ToTell(officer, "undone", undone.id, undone.case_id, data=data) for officer in known]
