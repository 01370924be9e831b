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
    city.run(*release)
    before = set(inspect(db.engine).get_table_names())
    city.run("db", "downgrade", "natural_resources", "--yes")
    gone = before - set(inspect(db.engine).get_table_names())
    assert gone == TABLES | {"natural_resources_alembic_version"}
    city.run("events", "verify")
    city.run("db", "upgrade")
    assert set(inspect(db.engine).get_table_names()) == before
    shown = city.json("case", "show", number)
    assert shown["panels"] == []
    assert [event["kind"] for event in shown["events"]][-1] == "natural_resources.released"
    # The next thing that happens to the case brings its household back, from its own form.
    city.run("case", "take", number, "--as", "natural_resources_fio")
    (panel,) = city.json("case", "show", number)["panels"]
    assert panel["facts"]["Room"] == "603"


def test_the_models_have_no_pending_revision(city: Any) -> None:
    assert city.json("db", "pending")["pending"] == []
