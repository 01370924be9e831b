"""Removing the plugin's tables leaves every case readable and the log valid (I32)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import inspect

from tiji.api import db

TABLES = {f"natural_resources_{name}" for name in ("estate", "household", "blocker", "hold")}


def test_down_and_up_again(city: Any, app: Flask, ledger_csv: Callable[..., Path]) -> None:
    city.load(ledger_csv({"房号": "101", "难点": "缺验收"}))
    house = {"project_name": "滨河锦苑", "building": "2", "room": "603"}
    number = city.open(**house, blockers="缺验收")
    release = ("natural-resources", "release", "KD0001", "--yes", "--as", "natural_resources_fio")
    states = city.states()
    city.run(*release)
    before = set(inspect(db.engine).get_table_names())
    city.run("db", "downgrade", "natural_resources", "--yes")
    gone = before - set(inspect(db.engine).get_table_names())
    assert gone == TABLES | {"natural_resources_alembic_version"}
    city.run("events", "verify")
    city.run("db", "upgrade")
    assert set(inspect(db.engine).get_table_names()) == before
    shown = city.json("case", "show", number)
    assert [event["kind"] for event in shown["events"]][-1] == "natural_resources.released"
    # What the forms name blocks anew; that it was solved stands in the log.
    assert city.states() == states
    (panel,) = shown["panels"]
    assert panel["facts"]["Blocked by"] == "KD0001 缺验收"


def test_households_come_back_as_their_cases_stand(city: Any, app: Flask) -> None:
    by = ("--as", "natural_resources_fio")
    house = {"project_name": "滨河锦苑", "building": "2"}
    done, agreed, withdrawn, _waiting = (
        city.open(**house, room=str(room), state="未办", developer="示例置业公司")
        for room in (101, 102, 103, 104)
    )
    said = ("--result", "已办证", "--outcome", "done", "--feedback", "已电话告知")
    city.run("case", "complete", done, *said, *by)
    plan = ("--plan", "补办", "--promised", "2026-11-24", "--feedback", "已电话告知")
    city.run("case", "agree", agreed, *plan, *by)
    city.run("case", "withdraw", withdrawn, *by)
    estate = city.estate()
    city.run("db", "downgrade", "natural_resources", "--yes")
    city.run("db", "upgrade")
    assert city.estate() == estate
    assert city.states() == {
        "2--101": "issued",
        "2--102": "accepted",
        "2--103": "ended",
        "2--104": "ready",
    }
    # They follow their cases from here on.
    city.run("case", "reopen", done, "--as", "natural_resources_head1", "--reason", "证载有误")
    assert city.states()["2--101"] == "accepted"


def test_the_models_have_no_pending_revision(city: Any) -> None:
    assert city.json("db", "pending")["pending"] == []
