"""What time alone does: each overdue stay once, a bad case aside, at a cost that stays flat."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, insert, select
from tests.integration.cases import (
    FIO,
    HEAD,
    LINE,
    STRANGER,
    at_station,
    change_behind,
    do,
    go_to,
    in_status,
    kinds,
    last,
    opened,
    shown,
    swept,
    vacate,
)

from tiji.cases.actions.sweeping import sweep
from tiji.cases.model import CaseRow, StayRow
from tiji.cases.queries import heads
from tiji.db import Model, db, rows, transaction
from tiji.events.model import EventRow
from tiji.events.queries import all_links
from tiji.events.rules import make_link, verify_chains
from tiji.runtime import runtime
from tiji.stations.calendar import WorkCalendar

pytestmark = pytest.mark.usefixtures("city")


def copies(number: str, count: int) -> None:
    """Multiply a freshly opened case in bulk, each copy with a log of its own."""
    case, stay, told = (_row(model, number) for model in (CaseRow, StayRow, EventRow))
    cases, stays, events = [], [], []
    for no in range(1, count + 1):
        serial = int(number[-6:]) * 1000 + no
        own = 2026 * 10**9 + serial
        kind, at, actor, said, change = (
            told[name] for name in ("kind", "at", "actor", "data", "change")
        )
        link = make_link(own, 1, kind, at, actor, said, change, "")
        cases.append({**case, "id": own, "number": f"TJ2026{serial:06d}", "head": link.hash})
        stays.append({**stay, "case_id": own})
        events.append(link._asdict())
    with transaction() as session:
        for model, made in ((CaseRow, cases), (StayRow, stays), (EventRow, events)):
            session.execute(insert(model), made)


def _row(model: type[Model], number: str) -> dict[str, Any]:
    table = model.__table__.c
    case_id = select(CaseRow.id).where(CaseRow.number == number).scalar_subquery()
    key = table.id if model is CaseRow else table.case_id
    return rows(db.session.execute(select(*table).where(key == case_id)))[0]


def test_an_overdue_stay_goes_up_one_station_exactly_once() -> None:
    number = opened()
    assert swept("2026-11-24T17:30").due == 0, "none before it is due"
    result = swept("2026-11-24T17:31")
    assert (result.due, result.escalated, result.alarmed) == (1, 1, 0)
    for moment in ("2026-11-24T17:31", "2026-11-24T17:32"):
        assert swept(moment).due == 0
    case = shown(number)
    assert (case["station"], case["holder"]["code"]) == (2, HEAD)
    said = last(number, "case_escalated")
    assert (said["reason"], said["from_station"], said["to_station"]) == ("timeout", 1, 2)
    assert case["stays"][0]["outcome"] == "timeout"
    assert case["stays"][1]["due_at"] == "2026-11-25T17:30:00+08:00", "its clock starts anew"
    assert next(e for e in case["events"] if e["kind"] == "case_escalated")["actor"] == "system"


def test_a_sweep_that_comes_days_late_takes_one_step_only() -> None:
    number = opened()
    assert swept("2026-12-18T09:00").escalated == 1
    assert shown(number)["station"] == 2
    assert "client_deadline_missed" in kinds(number)


def test_stations_one_to_three_go_up_and_the_principal_raises_an_alarm() -> None:
    number = opened()
    for moment, station in (
        ("2026-11-24T17:31", 2), ("2026-11-25T17:31", 3), ("2026-11-27T17:31", 4),
    ):  # fmt: skip
        assert swept(moment).escalated == 1
        assert shown(number)["station"] == station
        assert shown(number)["holder"]["code"] == LINE[station]
    result = swept("2026-12-02T17:31")
    assert (result.due, result.escalated, result.alarmed) == (1, 0, 1)
    assert swept("2026-12-03T09:00").alarmed == 0
    assert shown(number)["station"] == 4
    assert last(number, "alarm_raised")["station"] == 4


def test_the_leaders_alarm_too() -> None:
    number = at_station(5)
    assert swept("2026-11-30T17:31").alarmed == 1
    assert shown(number)["status"] == "with_leaders"


def test_one_warning_when_a_third_is_left() -> None:
    number = opened()
    assert swept("2026-11-24T11:00").warned == 0
    assert swept("2026-11-24T11:01").warned == 1
    assert swept("2026-11-24T11:02").warned == 0
    assert kinds(number) == ["case_opened", "deadline_near"]
    assert swept("2026-11-24T17:31").warned == 0


def test_a_case_that_came_too_late_for_a_warning_gets_none() -> None:
    number = opened()
    swept("2026-11-24T17:31")
    assert "deadline_near" not in kinds(number)


@pytest.mark.parametrize("status", ["paused", "answered", "withdrawn", "closed"])
def test_what_owes_nothing_is_never_overdue(status: str) -> None:
    in_status(status)
    assert swept("2026-11-27T09:00").due == 0


def test_a_vacant_station_is_passed_by_the_sweep_too() -> None:
    number = opened()
    vacate(HEAD)
    assert swept("2026-11-24T17:31").escalated == 1
    assert shown(number)["station"] == 3
    assert last(number, "case_escalated")["passed"] == [{"station": 2, "why": "vacant"}]


BAD = {
    "no pauses": "update tj_case set pauses = '[7]' where number = '{number}'",
    "no ladder": "update tj_case set ladder = 'bare' where number = '{number}'",
    "no stay": "delete from tj_stay where case_id = {id}",
    "a version that has its event already": (
        "update tj_case set version = 0 where number = '{number}'"
    ),
    "a stay that is there already": (
        "insert into tj_stay select case_id, 2, station, department, section, holder, acting_for, "
        "entered_at, limit_days, promised_on, promised_at, extra_days, limit_min, due_at, "
        "taken_at, warned_at, missed_at, left_at, used_min, outcome, judgement, note, note_public "
        "from tj_stay where case_id = {id}"
    ),
}


#: What PostgreSQL does not even store.
UNTYPED = {
    "no JSON": "update tj_case set pauses = 'nonsense' where number = '{number}'",
    "no time": "update tj_case set changed_at = 'yesterday' where number = '{number}'",
}


@pytest.mark.parametrize(
    "change",
    [
        *(pytest.param(change, id=bad) for bad, change in BAD.items()),
        *(
            pytest.param(change, id=bad, marks=pytest.mark.sqlite("columns have types elsewhere"))
            for bad, change in UNTYPED.items()
        ),
    ],
)
def test_a_bad_case_is_set_aside_and_the_rest_go_on(change: str) -> None:
    numbers = [opened() for _no in range(3)]
    change_behind(
        "insert into tj_ladder (digest, ladder) values ('bare', '{}')",
        change.format(number=numbers[1], id=2026 * 10**9 + 2),
    )
    result = swept("2026-11-24T17:31")
    assert result.quarantined == [numbers[1]]
    assert result.escalated == 2
    assert [shown(n)["station"] for n in (numbers[0], numbers[2])] == [2, 2]
    again = sweep()
    assert (again.quarantined, again.due) == ([numbers[1]], 0), "listed, and not tried again"


class AllPublished(WorkCalendar):
    """A calendar to which every year's list has come."""

    version = "another"

    def is_published(self, year: int) -> bool:
        """Say yes."""
        return True


@pytest.mark.parametrize("swept_before", [True, False])
def test_a_bad_case_holds_up_no_recomputation(swept_before: bool) -> None:
    go_to("2026-12-30T09:00")
    bad, good = at_station(4), at_station(4)
    if swept_before:
        sweep()
    change_behind(f"update tj_case set pauses = '[7]' where number = '{bad}'")
    runtime().calendar = AllPublished()
    result = sweep()
    assert (result.quarantined, result.recomputed, result.due) == ([bad], 1, 0)
    assert not shown(good)["provisional"]
    assert sweep().recomputed == 0


def test_a_quarantined_case_that_was_mended_goes_on() -> None:
    number = opened()
    change_behind("update tj_case set pauses = '[7]'")
    assert swept("2026-11-24T17:31").quarantined == [number]
    assert sweep(retry=True).quarantined == [number], "not mended yet"
    change_behind("update tj_case set pauses = '[]'")
    result = sweep(retry=True)
    assert (result.quarantined, result.escalated) == ([], 1)
    assert "case_quarantined" in kinds(number)
    assert verify_chains(heads(), all_links()).bad == ()


def test_a_case_with_nobody_above_is_set_aside_with_the_reason() -> None:
    number = at_station(3)
    other = opened(STRANGER)
    for officer in ("housing_principal", "mayor", *(f"vice_mayor_{no}" for no in range(1, 7))):
        vacate(officer)
    result = swept("2026-11-26T17:31")
    assert (result.quarantined, result.escalated) == ([number], 1)
    assert "Nobody holds station 4" in shown(number)["quarantined"]
    assert shown(other)["station"] == 2


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the statements that the database gets."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def test_the_statements_of_a_batch_do_not_grow_with_its_cases() -> None:
    counts: list[int] = []
    for others, moments in ((9, ("2026-11-23T09:00", "2026-11-24T17:31")),
                            (299, ("2026-12-21T09:00", "2026-12-22T17:31"))):  # fmt: skip
        go_to(moments[0])
        sweep()
        copies(opened("transport_fio" if counts else FIO), others)
        go_to(moments[1])
        with counted() as seen:
            assert sweep().escalated >= others + 1
        counts.append(len(seen))
    assert counts[1] <= counts[0] + 20, counts


def test_a_quiet_city_costs_a_few_statements() -> None:
    copies(opened(), 300)
    sweep()
    with counted() as seen:
        assert sweep().due == 0
    assert len(seen) < 8, seen


def test_hundreds_of_stays_go_up_in_one_sweep_and_every_log_is_whole() -> None:
    copies(opened(), 520)
    result = swept("2026-11-24T17:31")
    assert (result.due, result.escalated) == (521, 521)
    found = verify_chains(heads(), all_links())
    assert (found.cases, found.events, found.bad) == (521, 3 * 521, ())
    assert sweep().due == 0


def test_an_officer_who_looked_before_the_sweep_sees_the_conflict() -> None:
    from tiji.errors import ConflictError

    number = opened()
    seen = shown(number)["version"]
    swept("2026-11-24T17:31")
    with pytest.raises(ConflictError, match="version 1"):
        do(number, "complete", FIO, seen=seen)
