"""Hear of events, and find out which officers they concern."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import delete, select

from tiji.cases.model import CaseRow, StayRow
from tiji.db import db, transaction
from tiji.events.deliveries import CoreSubscriber
from tiji.notices import rules
from tiji.notices.actions import ToTell, tell, tell_within
from tiji.notices.model import NoticeRow
from tiji.people.queries import seat_holder
from tiji.plugins.types import Event
from tiji.runtime import runtime
from tiji.stations.rules import SEAT

Case = Any
Found = Iterator[tuple[str | None, str]]


def hear(event: Event) -> None:
    """Tell whom an event concerns; whoever did it knows already."""
    if event.kind == rules.UNDONE:
        _take_back(event)
        return
    if event.kind == rules.IMPORTED:
        data = {"count": event.data["read"], "upload": event.data["upload"]}
        tell([ToTell(event.actor, "imported", event.id, data=data)])
        return
    case = _case(event.case_id)
    data = rules.facts(event)
    tell(
        ToTell(officer, kind, event.id, event.case_id, event.kind, data)
        for officer, kind in [*_concerned(event, case)]
        if officer and officer != event.actor
    )
    db.session.rollback()


#: What core itself wants to hear.
SUBSCRIBER = CoreSubscriber("core.notices", rules.HEARD, hear, rules.concerns_somebody)


def _case(case_id: int) -> Case:
    columns = (CaseRow.fio, CaseRow.holder, CaseRow.department, CaseRow.section)
    more = (CaseRow.answered_by, CaseRow.answered_station)
    return db.session.execute(select(*columns, *more).where(CaseRow.id == case_id)).one()


def _concerned(event: Event, case: Case) -> Found:
    if event.kind in rules.ARRIVALS:
        kind = "handover" if event.kind == "officer_changed" else "arrived"
        yield event.data.get(rules.ARRIVALS[event.kind]), kind
        return
    for kinds, find in _FINDERS.items():
        if event.kind in kinds:
            yield from find(event, case)


def _guided(event: Event, _case: Case) -> Found:
    seat = seat_holder(1, event.data["unit"], None, runtime().clock.now())
    yield (seat.officer if seat else None), "guided"


def _deadline(event: Event, case: Case) -> Found:
    if event.kind == "client_deadline_missed":
        yield case.holder, "client_missed"
        yield case.fio, "client_missed"
        return
    at_station = select(StayRow.holder).where(
        StayRow.case_id == event.case_id, StayRow.station == event.data["station"]
    )
    holder = db.session.scalar(at_station.order_by(StayRow.no.desc()).limit(1))
    yield holder, "amber" if event.kind == "deadline_near" else "missed"


def _request(event: Event, _case: Case) -> Found:
    yield event.data["asked"], "asked"


def _decision(_event: Event, case: Case) -> Found:
    yield case.holder, "decided"


def _answer(_event: Event, case: Case) -> Found:
    yield case.fio, "answered"


def _client(_event: Event, case: Case) -> Found:
    yield case.fio, "client"
    yield case.holder, "client"


def _rated(_event: Event, case: Case) -> Found:
    yield case.fio, "rated"
    yield case.answered_by, "rated"


def _reopening(_event: Event, case: Case) -> Found:
    """Tell the next above who answered, who may reopen."""
    above = (case.answered_station or 0) + 1
    if above in SEAT.values():
        seat = seat_holder(above, case.department, case.section, runtime().clock.now())
        yield (seat.officer if seat else None), "reopening"


_FINDERS: Mapping[tuple[str, ...], Callable[[Event, Case], Found]] = {
    ("case_guided",): _guided,
    rules.DEADLINES: _deadline,
    rules.REQUESTS: _request,
    rules.DECISIONS: _decision,
    rules.ANSWERS: _answer,
    rules.CLIENT: _client,
    ("case_rated",): _rated,
    ("reopen_requested",): _reopening,
}


def _take_back(undone: Event) -> None:
    """Take back what was told of a step; who has read it is told that it was taken back."""
    told_of = NoticeRow.event == f"{undone.case}/{undone.data['seq']}"
    data = rules.facts(undone)
    with transaction() as session:
        read = select(NoticeRow.officer).where(told_of, NoticeRow.read_at.is_not(None))
        known = [*session.scalars(read)]
        session.execute(delete(NoticeRow).where(told_of, NoticeRow.read_at.is_(None)))
        tell_within(
            session,
            [ToTell(officer, "undone", undone.id, undone.case_id, data=data) for officer in known],
        )
