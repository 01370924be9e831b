"""Taking one's own last step back: all of the case stands as before, but for the time since."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from tests.integration.cases import (
    FIO,
    HEAD,
    PRINCIPAL,
    STRANGER,
    at_station,
    do,
    in_status,
    opened,
    shown,
    swept,
    vacate,
)
from tests.integration.cli import Run
from tests.scenarios.invariants import Snapshot, check_case, snapshot
from tests.scenarios.peers import install_bell

from tiji.accounts.model import AccountRow
from tiji.app import create_app
from tiji.cases import actions
from tiji.cases.last_step import undoable
from tiji.clock import FixedClock
from tiji.db import connected, db, transaction
from tiji.duties import new_worker
from tiji.errors import ConflictError, RuleError
from tiji.matters.actions import publish_matters
from tiji.runtime import runtime
from tiji.testing.browsing import account
from tiji.testing.databases import Databases
from tiji.testing.pytest_plugin import START

SUBURB = "natural_resources_fio"


def wait(**by: float) -> None:
    """Let time pass."""
    clock = runtime().clock
    assert isinstance(clock, FixedClock)
    clock.move(timedelta(**by))


def standing(number: str) -> dict[str, Any]:
    """Give all that a case says of itself but its log."""
    case = shown(number)
    return {k: v for k, v in case.items() if k not in ("version", "events", "changed_at")}


STEPS: dict[str, tuple[Any, str, str | None]] = {
    "agree": (opened, "agree", None),
    "complete": (lambda: in_status("in_progress"), "complete", None),
    "guided": (opened, "guide", None),
    "accept": (lambda: in_status("guided"), "accept", SUBURB),
    "escalate": (opened, "escalate", None),
    "escalate a paused one's successor": (lambda: at_station(2), "escalate", None),
    "refuse": (lambda: at_station(4), "refuse", None),
    "propose": (lambda: at_station(4), "propose", None),
    "pause": (opened, "pause", None),
    "resume": (lambda: in_status("paused"), "resume", None),
    "extend": (opened, "extend", None),
}


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("step", STEPS)
def test_a_step_taken_back_leaves_the_case_as_it_was(step: str) -> None:
    make, action, actor = STEPS[step]
    number = make()
    before, version = standing(number), shown(number)["version"]
    actor = actor or before["holder"]["code"]
    do(number, action, actor)
    assert standing(number) != before
    found = undoable(number, actor)
    assert found
    assert undoable(number, STRANGER) is None
    wait(seconds=20)
    kind = actions.undo(number, actor, seen=version + 1)
    after = shown(number)
    assert standing(number) | {"ladder": 0} == before | {"ladder": 0}, "but for minutes used"
    assert after["events"][-1]["kind"] == "undone"
    assert after["events"][-1]["data"] == {"step": kind, "seq": version + 1}
    check_case(number)
    assert undoable(number, actor) is None, "nothing is taken back twice"
    do(number, action, actor)
    check_case(number)


@pytest.mark.usefixtures("city")
def test_the_time_that_passed_counts() -> None:
    number = at_station(4)
    do(number, "refuse")
    wait(minutes=29)
    actions.undo(number, PRINCIPAL)
    here = shown(number)["ladder"][3]
    assert (here["state"], here["used_min"]) == ("now", 29)
    swept("2026-11-27T18:00")
    assert "deadline_missed" in [e["kind"] for e in shown(number)["events"]]


@pytest.mark.usefixtures("city")
def test_only_for_a_while_and_longer_for_who_chose_so() -> None:
    number = opened()
    do(number, "escalate")
    wait(seconds=31)
    with pytest.raises(RuleError, match="09:00:30") as caught:
        actions.undo(number, FIO)
    assert caught.value.rule == "undo-late"
    assert undoable(number, FIO) is None
    account(FIO)
    with transaction() as session:
        longer = update(AccountRow).where(AccountRow.officer == FIO)
        session.execute(longer.values(preferences={"undo": 120}))
    assert undoable(number, FIO)
    actions.undo(number, FIO)
    assert shown(number)["station"] == 1


@pytest.mark.usefixtures("city")
def test_who_went_on_from_it_stands_in_the_way() -> None:
    number = opened()
    do(number, "escalate")
    do(number, "take", HEAD)
    with pytest.raises(ConflictError, match="acknowledged"):
        actions.undo(number, FIO)
    assert shown(number)["station"] == 2
    with pytest.raises(RuleError) as caught:
        actions.undo(number, STRANGER)
    assert caught.value.rule == "nothing-to-undo"


@pytest.mark.usefixtures("city")
def test_a_remark_does_not_stand_in_the_way_and_stays() -> None:
    number = opened()
    do(number, "escalate")
    do(number, "comment", HEAD)
    actions.undo(number, FIO)
    kinds = [event["kind"] for event in shown(number)["events"]]
    assert kinds == ["case_opened", "case_escalated", "case_commented", "undone"]
    check_case(number)


@pytest.mark.usefixtures("city")
def test_what_time_did_before_the_step_stays() -> None:
    number = at_station(4)
    swept("2026-11-27T17:31")
    assert "alarm_raised" in [event["kind"] for event in shown(number)["events"]]
    do(number, "agree")
    actions.undo(number, PRINCIPAL)
    found = check_case(number)
    assert found.stay
    assert found.stay.missed_at


@pytest.mark.usefixtures("city")
def test_stations_that_were_passed_through_go_too() -> None:
    vacate(HEAD)
    number = opened()
    do(number, "escalate")
    assert [s["station"] for s in shown(number)["stays"]] == [1, 2, 3]
    actions.undo(number, FIO)
    assert [s["station"] for s in shown(number)["stays"]] == [1]
    assert do(number, "escalate")["station"] == 3
    check_case(number)


@pytest.mark.usefixtures("city")
def test_an_answer_for_many_is_taken_back_for_all() -> None:
    lead, other, paused = opened(), opened(), in_status("paused")
    actions.group(lead, HEAD, cases=[other, paused])
    before = [standing(number) for number in (other, paused)]
    do(lead, "complete")
    assert {shown(number)["status"] for number in (lead, other, paused)} == {"answered"}
    actions.undo(lead, FIO)
    assert shown(lead)["status"] == "open"
    for number, was in zip((other, paused), before, strict=True):
        assert standing(number)["status"] == was["status"]
        assert standing(number)["due_at"] == was["due_at"]
        check_case(number)


@pytest.mark.usefixtures("city")
def test_an_answer_that_one_client_rated_stays_for_all() -> None:
    lead, other = opened(), opened()
    actions.group(lead, HEAD, cases=[other])
    do(lead, "complete")
    do(other, "rate", STRANGER)
    with pytest.raises(ConflictError, match="rated"):
        actions.undo(lead, FIO)
    assert shown(lead)["status"] == "answered"


@pytest.mark.usefixtures("city")
def test_who_left_meanwhile_does_not_get_the_case_back() -> None:
    number = at_station(4, actor="housing_fio2")
    do(number, "refuse")
    vacate("housing_fio2")
    actions.undo(number, PRINCIPAL)
    assert check_case(number).state.fio == FIO


def test_the_command_takes_back(tiji: Run, case: Any) -> None:
    number = case("open")["number"]
    case("escalate", number)
    tiji("case", "undo", number, "--as", HEAD, code=4)
    shown_now = tiji("case", "undo", number, "--as", FIO, at="2026-11-23T09:00:20").stdout
    assert "housing_fio" in shown_now
    assert "1 cases" in tiji("events", "verify").stdout


@pytest.fixture
def belled(
    home: Path, databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[str]]:
    """Give what a plugin that reaches outside hears, in the order in which it hears it."""
    install_bell(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    told: list[str] = []
    bell: Any = importlib.import_module("bell_bureau")
    bell.OUTSIDE = True
    bell.HANDLE = lambda event: told.append(event.kind)
    app = create_app(databases.settings(home, START, strict=True))
    with app.app_context(), connected():
        publish_matters()
        yield told
    sys.modules.pop("bell_bureau")


def work() -> None:
    """Let a worker do what is due."""
    from flask import current_app

    app = current_app._get_current_object()  # type: ignore[attr-defined]
    assert new_worker(app, threads=2).run(once=True)


def test_nobody_outside_hears_of_what_can_be_taken_back(belled: list[str]) -> None:
    number = opened()
    do(number, "escalate")
    do(number, "comment", HEAD)
    work()
    assert belled == ["case_opened"], "and nothing overtakes it"
    wait(seconds=20)
    actions.undo(number, FIO)
    wait(minutes=5)
    work()
    assert belled == ["case_opened", "case_commented"]
    do(number, "escalate")
    wait(seconds=122)
    work()
    assert belled == ["case_opened", "case_commented", "case_escalated"]


def test_the_same_step_of_two_is_taken_back_once(city: Path) -> None:
    number = opened()
    do(number, "escalate")
    version = shown(number)["version"]
    actions.undo(number, FIO, seen=version)
    before: Snapshot = snapshot(number)
    with pytest.raises(ConflictError):
        actions.undo(number, FIO, seen=version)
    db.session.rollback()
    assert snapshot(number) == before
