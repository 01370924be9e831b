"""The inbox shows whose cases it says, by the light each shows, at the same cost for many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, insert, select, update
from tests.integration.cases import (
    FIO,
    HEAD,
    PRINCIPAL,
    STRANGER,
    at_station,
    do,
    go_to,
    in_status,
    on_leave,
    opened,
    shown,
    swept,
)

from tiji.accounts.rules import Viewer
from tiji.cases.actions.opening import case_id, number_of
from tiji.cases.clocks import amber_from, settle
from tiji.cases.finding import WINDOW, find
from tiji.cases.inbox import Wanted, inbox, inbox_counts
from tiji.cases.lanes import LIGHTS, MOST, Scope
from tiji.cases.model import CaseRow, StayRow
from tiji.cases.queries import Filter, case_page
from tiji.cases.sight import visible
from tiji.cases.state import STATE_FIELDS, STAY_FIELDS, State, Stay, values_of
from tiji.clock import LOCAL
from tiji.db import db, rows, transaction
from tiji.errors import BadInputError
from tiji.people.queries import officer, seats_of
from tiji.runtime import runtime
from tiji.search.actions import index_new

pytestmark = pytest.mark.usefixtures("city")
START = datetime(2026, 11, 23, 9, 0, tzinfo=LOCAL)


def viewer(code: str = FIO, *roles: str) -> Viewer:
    """Give an officer who asks."""
    found = officer(code)
    assert found
    seats = tuple(seats_of(code, runtime().clock.now()))
    return Viewer(code, found.name, found.department, frozenset(roles), seats)


def listed(wanted: Wanted = Wanted(), who: Viewer | None = None, by: int = 100) -> list[Any]:
    """Turn all pages of a list."""
    found, after = [], None
    while True:
        page = inbox(who or viewer(), wanted, by, after)
        found += page["cases"]
        after = page["next"]
        if after is None:
            return found
        assert len(page["cases"]) == by


def numbers(wanted: Wanted = Wanted(), who: Viewer | None = None, by: int = 100) -> list[str]:
    return [case["number"] for case in listed(wanted, who, by)]


def copies(number: str, count: int, **changed: Any) -> list[str]:
    """Put copies of a case beside it, as many as an office never has."""
    case, stay = _rows(number)
    ids = range(case["id"] + 1000, case["id"] + 1000 + count)
    with transaction() as session:
        session.execute(
            insert(CaseRow),
            [{**case, "id": id_, "number": number_of(id_), **changed} for id_ in ids],
        )
        session.execute(insert(StayRow), [{**stay, "case_id": id_} for id_ in ids])
        index_new(session, {id_: [number_of(id_), case["title"]] for id_ in ids})
    return [number_of(id_) for id_ in ids]


def _rows(number: str) -> tuple[dict[str, Any], dict[str, Any]]:
    own = case_id(number)
    (case,) = rows(db.session.execute(select(CaseRow.__table__).where(CaseRow.id == own)))
    (stay,) = rows(
        db.session.execute(
            select(StayRow.__table__).where(StayRow.case_id == own, StayRow.no == case["stay"])
        )
    )
    db.session.rollback()
    return case, stay


MINUTES = st.integers(0, 14 * 24 * 60)


@st.composite
def clocks(draw: st.DrawFn) -> dict[str, Any]:
    """Make up when a case came, what moved its limits, and when its clocks stood still."""
    entered = START + timedelta(minutes=draw(st.integers(0, 3 * 24 * 60)))
    pauses: list[list[str]] = []
    for begun in sorted(draw(st.lists(MINUTES, max_size=2))):
        start = entered + timedelta(minutes=begun)
        if not pauses or start.isoformat() >= pauses[-1][1]:
            pauses.append(
                [start.isoformat(), (start + timedelta(minutes=draw(MINUTES))).isoformat()]
            )
    promised = draw(st.none() | st.integers(0, 12))
    return {
        "entered_at": entered,
        "pauses": pauses,
        "limit_days": draw(st.integers(1, 5)),
        "extra_days": draw(st.sampled_from([0, 0, 2])),
        "promised_on": None if promised is None else (entered + timedelta(days=promised)).date(),
        "status": draw(st.sampled_from(["open", "in_progress", "paused"])),
    }


def _as_made_up(number: str, made: dict[str, Any], now: datetime) -> None:
    """Give a case the clocks that were made up, settled and stored as every action does it."""
    case, stay = _rows(number)
    status, entered = made["status"], made["entered_at"]
    past = [pause for pause in made["pauses"] if pause[1] <= now.isoformat()]
    standing = [[(now - timedelta(hours=1)).isoformat(), (now + timedelta(days=1)).isoformat()]]
    state = State(
        **{
            **{name: case[name] for name in STATE_FIELDS},
            "status": status,
            "opened_at": entered,
            "client_from": entered,
            "pauses": [*past, *standing] if status == "paused" else past,
            "pause_until": now + timedelta(days=1) if status == "paused" else None,
        }
    )
    promised = made["promised_on"] if status == "in_progress" else None
    here = Stay(**{name: stay[name] for name in STAY_FIELDS})
    here = replace(
        here,
        entered_at=entered,
        limit_days=made["limit_days"],
        extra_days=made["extra_days"],
        promised_on=promised,
        promised_at=entered if promised else None,
    )
    calendar = runtime().calendar
    settle(calendar, state, here, 10)
    with transaction() as session:
        amber = amber_from(calendar, state, here)
        own = CaseRow.id == case["id"]
        session.execute(update(CaseRow).where(own).values(**values_of(state), amber_at=amber))
        stays = update(StayRow).where(StayRow.case_id == case["id"])
        session.execute(stays.values(**values_of(here)))


@settings(
    max_examples=25,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(made=st.lists(clocks(), min_size=6, max_size=6), later=st.integers(3 * 24 * 60, 20_000))
def test_lists_counts_and_filters_agree_with_the_light_that_a_case_shows(
    made: list[dict[str, Any]], later: int
) -> None:
    now = START + timedelta(minutes=later)
    go_to("2026-11-23T09:00")
    while len(mine := numbers()) < len(made):
        opened()
    for number, one in zip(mine, made, strict=True):
        _as_made_up(number, one, now)
    runtime().clock.move(now - runtime().clock.now())  # type: ignore[attr-defined]
    own = {case["number"]: case for case in case_page(Filter(holder=FIO), 100)["cases"]}
    lights = {number: case["light"] for number, case in own.items()}
    found = listed()
    assert {case["number"]: case["light"] for case in found} == lights
    order = [(LIGHTS.index(case["light"]), case["due_at"], case["number"]) for case in found]
    assert order == sorted(order)
    for by in (1, 2, 5):
        assert numbers(by=by) == [case["number"] for case in found]
    counts = Counter(lights.values())
    assert inbox_counts(viewer(), Wanted()).lights == {light: counts[light] for light in LIGHTS}
    for light in LIGHTS:
        assert {*numbers(Wanted(light=light))} == {
            n for n, shows in lights.items() if shows == light
        }


def test_a_light_is_listed_as_it_is_whatever_officers_did() -> None:
    paused, extended = in_status("paused"), opened()
    go_to("2026-11-24T09:00")
    agreed, resumed = in_status("in_progress"), in_status("paused")
    do(resumed, "resume")
    do(extended, "extend")
    do(extended, "grant", HEAD)
    late = at_station(4)
    for moment in ("2026-11-24T10:00", "2026-11-25T11:00", "2026-11-26T18:00", "2026-12-04T09:00"):
        go_to(moment)
        for who, cases in ((FIO, (paused, extended, agreed, resumed)), (PRINCIPAL, (late,))):
            shows = {number: shown(number)["light"] for number in cases}
            assert {c["number"]: c["light"] for c in listed(who=viewer(who))} == shows, moment


def test_a_limit_that_was_over_before_the_clock_stood_still_stays_red() -> None:
    number = at_station(4)
    go_to("2026-11-26T18:00")
    do(number, "pause", until=date(2026, 11, 27))
    who = viewer(PRINCIPAL)
    assert [case["light"] for case in listed(who=who)] == ["p"]
    swept("2026-11-27T20:01")
    assert shown(number)["light"] == "r"
    assert next(step for step in shown(number)["ladder"] if step["state"] == "now")["light"] == "r"
    assert numbers(Wanted(light="r"), who) == numbers(who=who) == [number]


def test_whose_cases_are_listed() -> None:
    mine, theirs, far = opened(), opened("housing_fio2"), opened(STRANGER)
    up = at_station(2)
    assert {*numbers()} == {mine}
    assert {*numbers(who=viewer(HEAD))} == {up}
    assert {*numbers(Wanted("department"))} == {mine, theirs, up}
    assert {*numbers(Wanted("department"), viewer(STRANGER))} == {far}
    everything = viewer(FIO, "efficiency")
    assert {*numbers(Wanted("all"), everything)} == {mine, theirs, far, up}
    assert {*numbers(Wanted("all", department="transport"), everything)} == {far}


def test_who_stands_in_finds_the_cases_of_who_is_away() -> None:
    own, theirs = opened("housing_fio2"), at_station(2)
    on_leave(HEAD, "housing_fio2")
    assert {*numbers(who=viewer("housing_fio2"))} == {own, theirs}


@pytest.mark.parametrize("wanted", [Wanted("all"), Wanted("department", department="transport")])
def test_nobody_lists_what_is_not_his_or_hers(wanted: Wanted) -> None:
    for ask in (lambda: inbox(viewer(), wanted), lambda: inbox_counts(viewer(), wanted)):
        with pytest.raises(BadInputError):
            ask()


@pytest.mark.parametrize("scope", ["mine", "department"])
@pytest.mark.parametrize("who", [FIO, HEAD, PRINCIPAL, STRANGER])
def test_a_list_shows_nothing_that_its_reader_may_not_see(who: str, scope: Scope) -> None:
    opened(), opened(STRANGER), at_station(4)
    in_status("answered")
    may = visible(viewer(who))
    seen = {*db.session.scalars(select(CaseRow.number).where(may))}
    for view in ("open", "answered", "over"):
        assert {*numbers(Wanted(scope, view), viewer(who))} <= seen


def test_filters_narrow_a_list_and_its_counts() -> None:
    lift, lamp = opened(title="电梯停运"), opened(title="路灯不亮")
    paused = in_status("paused")
    agreed = in_status("in_progress")
    for wanted, found in (
        (Wanted(status="paused"), {paused}),
        (Wanted(status="in_progress"), {agreed}),
        (Wanted(station=1), {lift, lamp, paused, agreed}),
        (Wanted(station=2), set()),
        (Wanted(words="电梯"), {lift}),
        (Wanted(words=lamp), {lamp}),
        (Wanted(matter="petitions.other", words="不亮"), {lamp}),
        (Wanted(category="no_precedent"), set()),
    ):
        assert {*numbers(wanted)} == found
        assert inbox_counts(viewer(), wanted).all == len(found)


def test_what_is_due_today_is_counted_and_listed() -> None:
    today, paused = opened(), in_status("paused")
    go_to("2026-11-24T09:00")
    later = opened()
    counts = inbox_counts(viewer(), Wanted())
    assert (counts.today, counts.all) == (1, 3)
    assert numbers(Wanted(today=True)) == [today]
    assert {*numbers()} == {today, paused, later}


def test_the_past_is_listed_the_newest_first() -> None:
    first, second = in_status("answered"), in_status("answered")
    over = in_status("withdrawn")
    open_ = opened()
    assert numbers(Wanted(view="answered")) == [second, first]
    assert numbers(Wanted("department", "answered"), viewer(PRINCIPAL), by=1) == [second, first]
    assert numbers(Wanted(view="over")) == [over]
    assert numbers(Wanted("department", "over"), viewer(PRINCIPAL)) == [over]
    assert numbers() == [open_]


@pytest.mark.parametrize("cursor", ["x", "AAAA", "OSB4IDE=", "MCAyMDI2LTAxLTAxIDE="])
def test_a_cursor_that_no_page_gave_is_named(cursor: str) -> None:
    with pytest.raises(BadInputError):
        inbox(viewer(), Wanted(), after=cursor)
    with pytest.raises(BadInputError):
        find(viewer(), "电梯", after=cursor)


@pytest.fixture
def asked() -> Iterator[list[str]]:
    """Note the statements that the database gets."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def test_counting_ends_at_a_thousand_and_costs_as_many_statements(asked: list[str]) -> None:
    copies(opened(), MOST + 1)
    who = viewer()
    counted = inbox_counts(who, Wanted())
    assert counted.lights["g"] == counted.all == MOST + 1
    found = {}
    for limit in (25, 100):
        asked.clear()
        assert len(inbox(who, Wanted(), limit)["cases"]) == limit
        found[limit] = len(asked)
    asked.clear()
    inbox_counts(who, Wanted())
    assert (found[25], found[100], len(asked)) == (2, 2, 1)


def searched(wanted: str, who: Viewer | None = None, **more: Any) -> list[str]:
    """Turn all pages of a search."""
    found, after = [], None
    while True:
        page = find(who or viewer(), wanted, after=after, **more)
        found += [case["number"] for case in page["cases"]]
        after = page["next"]
        if after is None:
            return found


def test_search_finds_all_that_like_finds_of_what_may_be_seen() -> None:
    lifts = [opened(title=f"{no} 号楼电梯停运") for no in range(3)]
    closed = opened(title="电梯已修好")
    do(closed, "withdraw", STRANGER)
    opened(title="路灯不亮")
    theirs = opened(STRANGER, title="电梯无人管")
    like = CaseRow.title.like("%电梯%")
    own = select(CaseRow.number).where(like, visible(viewer()))
    assert {*searched("电梯")} == {*db.session.scalars(own)} == {*lifts, closed}
    assert searched("电梯") == [*lifts[::-1], closed], "open ones first, the newest first"
    assert searched("电梯", open_only=True) == lifts[::-1]
    assert searched("电梯", limit=1) == searched("电梯")
    assert searched("电梯", viewer(STRANGER)) == [theirs]
    assert {*searched("电梯", viewer(FIO, "efficiency"))} == {*lifts, closed, theirs}
    assert searched("") == searched("没有的词") == []


def test_what_is_meant_exactly_comes_first() -> None:
    named = opened(title="路灯", client_name="电梯")
    number = opened(title="水管")
    mentions = opened(title=f"电梯，见 {number}")
    assert searched("电梯") == [named, mentions]
    assert searched(number.lower()) == [number, mentions]
    assert searched(number, limit=1) == [number, mentions]


def test_turning_pages_finds_what_many_newer_ones_hide() -> None:
    mine = opened(title="电梯停运")
    foreign = opened(STRANGER, title="电梯无人管")
    copies(foreign, WINDOW + 5)
    assert searched("电梯") == [mine]
    newer = opened(title="电梯异响")
    assert {*searched("电梯", limit=1)} == {mine, newer}
