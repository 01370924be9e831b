"""Which actions a page offers to somebody on a case; the actions themselves decide anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tiji.accounts.rules import Viewer
from tiji.cases.rules import ALLOWED
from tiji.people.rules import CITY, PRINCIPAL
from tiji.stations.rules import Ladder

#: What decides, in the order in which it is offered; the rest stands in a menu.
DECIDING = (
    *("agree", "complete", "accept", "escalate", "decide", "propose", "guide", "pause", "resume"),
    *("grant", "deny", "decline", "refuse"),
)
BESIDE = ("take", "extend", "comment", "withdraw", "rate", "handover", "reopen", "erase")


@dataclass(frozen=True, slots=True)
class Facts:
    """What of a case decides what is offered: where it stands, whose it is, what waits on it."""

    status: str
    station: int | None
    department: str
    holder: str | None
    fio: str
    fio_department: str
    guided_to: str | None
    taken: bool
    answered_by: str | None
    answered_station: int | None
    asked: str | None
    asked_by: str | None


def offered(viewer: Viewer, case: Facts, ladder: Ladder) -> tuple[str, ...]:
    """Give the actions that somebody may well take on a case, deciding ones first."""
    able = {
        *_of_holder(viewer, case, ladder),
        *_of_unit(viewer, case),
        *_of_superior(viewer, case),
        *_of_office(viewer, case),
    }
    return tuple(
        action
        for action in (*DECIDING, *BESIDE)
        if action in able and case.status in ALLOWED[action]
    )


def _of_holder(viewer: Viewer, case: Facts, ladder: Ladder) -> Iterator[str]:
    if case.holder not in viewer.holders or case.station is None:
        return
    station = ladder.station(case.station)
    yield from ("agree", "complete", "pause", "resume", "extend")
    if not case.taken:
        yield "take"
    if station.role == "city":
        yield "decide"
    if station.may_refuse:
        yield "refuse"
    else:
        yield "escalate"
    if station.role == "principal" and ladder.top > station.no:
        yield "propose"
    if station.role == "first":
        yield "guide"


def _of_unit(viewer: Viewer, case: Facts) -> Iterator[str]:
    if case.guided_to in viewer.departments:
        yield from ("accept", "decline")


def _of_superior(viewer: Viewer, case: Facts) -> Iterator[str]:
    asked = case.asked in viewer.holders or _sits_above(viewer, case, case.station)
    if case.asked and asked and viewer.code != case.asked_by:
        yield from ("grant", "deny")
    if case.answered_station and _sits_above(viewer, case, case.answered_station):
        yield "reopen"


def _of_office(viewer: Viewer, case: Facts) -> Iterator[str]:
    if viewer.departments & {case.department, case.fio_department, case.guided_to}:
        yield "comment"
    if case.fio in viewer.holders and case.answered_by not in viewer.holders:
        yield from ("withdraw", "rate")
    if any(s.station == PRINCIPAL and s.department == case.fio_department for s in viewer.seats):
        yield from ("handover", "erase")


def _sits_above(viewer: Viewer, case: Facts, station: int | None) -> bool:
    return station is not None and any(
        seat.station > station and (seat.department == case.department or seat.station == CITY)
        for seat in viewer.seats
    )
