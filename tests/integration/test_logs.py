"""What is logged of actions, refusals and sweeps, and that commands stay quiet."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from tests.integration.cases import FIO, HEAD, STRANGER, do, opened, refused, shown, swept
from tests.integration.cli import Run

from tiji.cases import actions
from tiji.db import db
from tiji.errors import BadInputError, ConflictError

pytestmark = pytest.mark.usefixtures("city")
CLI = Path(__file__).parents[2] / "cli.py"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Any:
    """Give what was logged since, as the fields of each line."""
    caplog.set_level(logging.INFO, "tiji")

    def since() -> list[dict[str, Any]]:
        found = [dict(r.msg) for r in caplog.records if isinstance(r.msg, dict)]
        caplog.clear()
        return found

    return since


def test_an_action_is_one_line_with_case_officer_station_and_time(lines: Any) -> None:
    number = opened()
    (line,) = lines()
    assert line.pop("ms") > 0
    assert line == {
        "event": "action done", "action": "open", "case": number, "officer": FIO, "station": 1,
    }  # fmt: skip
    do(number, "escalate")
    (line,) = lines()
    assert (line["action"], line["case"], line["officer"]) == ("escalate", number, FIO)
    assert line["station"] == 2, "where the case stands then"


def test_a_denial_is_logged_with_its_rule(lines: Any) -> None:
    number = opened()
    lines()
    refused("not-holder", number, "take", STRANGER)
    (line,) = lines()
    assert (line["event"], line["rule"]) == ("action refused", "not-holder")
    assert (line["case"], line["officer"], line["action"]) == (number, STRANGER, "take")


def test_a_conflict_is_logged(lines: Any) -> None:
    number = opened()
    do(number, "escalate")
    lines()
    with pytest.raises(ConflictError):
        do(number, "take", HEAD, seen=1)
    assert [line["event"] for line in lines()] == ["action conflict"]


def test_what_cannot_be_read_is_not_logged(lines: Any) -> None:
    for number, officer in (("张某某", FIO), ("TJ2026999999", FIO), (opened(), "张某某")):
        lines()
        with pytest.raises(BadInputError):
            actions.take(number, officer)
        assert lines() == []


def test_an_action_that_breaks_is_logged_without_its_words(lines: Any) -> None:
    number = opened()
    lines()
    with pytest.raises(AttributeError):
        do(number, "escalate", why=object())
    (line,) = lines()
    assert (line["event"], line["error"], line["case"]) == (
        "action failed",
        "AttributeError",
        number,
    )
    assert line["at"].startswith("tiji.")


def test_a_sweep_is_logged_with_what_it_did(lines: Any) -> None:
    opened()
    lines()
    swept("2026-11-24T17:31")
    (line,) = lines()
    assert (line["event"], line["due"], line["escalated"]) == ("sweep done", 1, 1)
    assert line["quarantined"] == 0


def test_a_quarantined_case_is_named(lines: Any) -> None:
    from sqlalchemy import text

    from tiji.db import transaction

    number = opened()
    with transaction() as session:
        session.execute(text("update tj_case set ladder = ladder, stay = 7"))
    lines()
    swept("2026-11-24T17:31")
    set_aside = next(line for line in lines() if line["event"] == "case quarantined")
    assert set_aside["case"] == number
    assert set_aside["error"]


def test_a_line_of_a_plugin_that_fails_names_the_case(
    lines: Any, city_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tiji.runtime import runtime

    number = opened()
    lines()
    manager = runtime().plugins._managers["petitions"]
    hook = next(p for _name, p in manager.list_name_plugin() if hasattr(p, "tiji_decide"))
    implementation = manager.hook.tiji_decide.get_hookimpls()[0]
    assert implementation.plugin is hook

    def decide(**_asked: object) -> None:
        raise RuntimeError("张某某")

    monkeypatch.setattr(implementation, "function", decide)
    monkeypatch.setattr(implementation, "argnames", ())
    refused("plugin", number, "take", FIO)
    failed, denied = lines()
    assert (failed["event"], failed["plugin"], failed["case"]) == (
        "plugin failed", "petitions", number,
    )  # fmt: skip
    assert "张某某" not in str(failed)
    assert denied["rule"] == "plugin"
    assert shown(number)["version"] == 1
    db.session.rollback()


def test_a_command_says_nothing_of_it_unless_asked(tiji: Run, home: Path) -> None:
    refusal = tiji("case", "take", "TJ2026000001", "--as", FIO, code=2)
    assert refusal.stderr.count("\n") == 1
    for level, events in (("", []), ("info", ["sweep done"])):
        done = subprocess.run(
            [sys.executable, str(CLI), "sweep"], capture_output=True, text=True, check=True,
            env={**os.environ, "TIJI_LOG_LEVEL": level},
        )  # fmt: skip
        assert [json.loads(line)["event"] for line in done.stderr.splitlines()] == events


@pytest.mark.parametrize(
    ("name", "value"),
    [("TIJI_LOG", "xml"), ("TIJI_LOG_LEVEL", "loud"), ("TIJI_METRICS_FROM", "here")],
)
def test_a_setting_that_cannot_be_read_is_named(
    tiji: Run, name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    assert name in tiji("sweep", code=1).stderr
