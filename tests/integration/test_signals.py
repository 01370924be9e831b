"""Signals: after the commit, with the immutable event, and no receiver harms another or a case."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from blinker import NamedSignal
from flask import Flask
from sqlalchemy import insert
from tests.integration.cases import (
    FIO,
    HEAD,
    PRINCIPAL,
    STRANGER,
    at_station,
    do,
    in_status,
    opened,
    refused,
    shown,
    swept,
)

from tiji import signals
from tiji.cases.kinds import HARMLESS
from tiji.cases.model import SettingRow
from tiji.db import db
from tiji.plugins.types import Event

pytestmark = pytest.mark.usefixtures("city")
Receiver = Callable[..., Any]


@pytest.fixture
def connect() -> Iterator[Callable[[NamedSignal, Receiver], None]]:
    """Connect receivers for one test."""
    made: list[tuple[NamedSignal, Receiver]] = []

    def connected(signal: NamedSignal, receiver: Receiver) -> None:
        signal.connect(receiver, weak=False)
        made.append((signal, receiver))

    yield connected
    for signal, receiver in made:
        signal.disconnect(receiver)


@pytest.fixture
def heard(connect: Callable[..., None]) -> list[tuple[str, Event]]:
    """Listen to every signal."""
    found: list[tuple[str, Event]] = []
    for signal in {s for group in signals.SIGNALS.values() for s in group}:

        def note(_app: Flask, event: Event, name: str = signal.name) -> None:
            found.append((name, event))

        connect(signal, note)
    return found


def test_each_signal_says_when_it_is_sent() -> None:
    for group in signals.SIGNALS.values():
        for signal in group:
            assert signal.__doc__
            assert signal.__doc__ != NamedSignal.__doc__


ACTIONS: dict[str, tuple[Callable[[], str], str, str | None, dict[str, Any]]] = {
    "case-taken": (opened, "take", None, {}),
    "case-guided": (opened, "guide", None, {}),
    "case-accepted": (lambda: in_status("guided"), "accept", "natural_resources_fio", {}),
    "case-declined": (lambda: in_status("guided"), "decline", "natural_resources_fio", {}),
    "case-agreed": (opened, "agree", None, {}),
    "case-escalated": (opened, "escalate", None, {}),
    "case-proposed": (lambda: at_station(4), "propose", None, {}),
    "case-decided": (lambda: at_station(5), "decide", None, {}),
    "case-answered": (opened, "complete", None, {}),
    "case-refused": (lambda: at_station(4), "refuse", None, {}),
    "case-paused": (opened, "pause", None, {}),
    "case-resumed": (lambda: in_status("paused"), "resume", None, {}),
    "case-rated": (lambda: in_status("answered"), "rate", STRANGER, {}),
    "case-reopened": (lambda: in_status("answered"), "reopen", HEAD, {}),
    "case-withdrawn": (opened, "withdraw", STRANGER, {}),
    "personal-erased": (lambda: in_status("withdrawn"), "erase", PRINCIPAL, {}),
    "case-handed-over": (opened, "handover", PRINCIPAL, {}),
    "request-made": (opened, "extend", None, {}),
}


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_sends_its_signal_with_the_event(
    name: str, heard: list[tuple[str, Event]]
) -> None:
    make, action, actor, words = ACTIONS[name]
    number = make()
    heard.clear()
    case = do(number, action, actor, **words)
    sent = dict(heard)
    assert name in sent
    event = sent[name]
    assert (event.case, event.seq, event.id) == (number, case["version"], f"{number}/{event.seq}")
    assert event.kind == case["events"][-1]["kind"]
    if name == "case-refused":
        assert "case-answered" in sent, "a refusal is an answer too"


def test_opening_and_time_send_signals(heard: list[tuple[str, Event]]) -> None:
    number = opened()
    swept("2026-11-24T11:01")
    swept("2026-11-24T17:31")
    assert [name for name, _event in heard] == [
        "case-opened", "deadline-near", "deadline-missed", "case-escalated",
    ]  # fmt: skip
    at_station(4)
    heard.clear()
    swept("2026-12-09T09:00")
    assert {"alarm-raised", "deadline-missed"} <= {name for name, _event in heard}
    do(number, "complete")
    heard.clear()
    swept("2027-01-05T09:00")
    assert ("case-closed", number) in [(name, event.case) for name, event in heard]


def test_what_is_refused_sends_nothing(heard: list[tuple[str, Event]]) -> None:
    number = opened()
    heard.clear()
    refused("not-holder", number, "take", HEAD)
    assert heard == []


def test_a_receiver_sees_the_committed_case_and_cannot_change_the_event(
    connect: Callable[..., None],
) -> None:
    seen: list[Any] = []

    def look(_app: Flask, event: Event) -> None:
        seen.append(shown(event.case)["version"])
        with pytest.raises(dataclasses.FrozenInstanceError):
            event.kind = "x"  # type: ignore[misc]
        with pytest.raises(TypeError):
            event.data["why"] = "x"  # type: ignore[index]
        seen.append(event.data["why"])

    connect(signals.case_escalated, look)
    do(opened(), "escalate")
    assert seen == [2, "缺竣工验收备案"]


def _raise(_app: Flask, event: Event) -> None:
    raise RuntimeError(f"bad luck with {event.data}")


def _exit(_app: Flask, event: Event) -> None:
    sys.exit(3)


def _dirty(_app: Flask, event: Event) -> None:
    db.session.execute(insert(SettingRow).values(name="dirty", value=event.case))


def _break(_app: Flask, event: Event) -> None:
    db.session.execute(insert(SettingRow).values(name=None, value=None))


@pytest.mark.parametrize("bad", [_raise, _exit, _dirty, _break])
def test_a_bad_receiver_silences_nobody_and_changes_nothing(
    bad: Receiver, connect: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []
    for receiver in (bad, lambda _app, event: told.append(event.kind)):
        connect(signals.case_taken, receiver)
        connect(signals.case_escalated, receiver)
    number = opened()
    do(number, "take")
    do(number, "escalate", why="张某某没有材料")
    assert sorted(told) == ["case_escalated", "case_taken"]
    assert shown(number)["station"] == 2
    assert db.session.get(SettingRow, "dirty") is None
    assert "张某某" not in caplog.text, "a log never quotes what was said"
    swept("2026-11-25T17:31")
    assert shown(number)["station"] == 3, "the sweep goes on too"


def test_a_receiver_may_act_on_another_case(connect: Callable[..., None]) -> None:
    other = opened()

    def follow(_app: Flask, event: Event) -> None:
        if event.case != other:
            do(other, "comment", FIO, text="并案处理")

    connect(signals.case_taken, follow)
    number = opened()
    do(number, "take")
    assert (shown(number)["version"], shown(other)["version"]) == (2, 2)


def test_harmless_kinds_are_kinds() -> None:
    from tiji.events.rules import KINDS

    of_cases = {kind for kind in signals.SIGNALS if not kind.startswith("ledger_")}
    assert set(KINDS) >= HARMLESS | of_cases
