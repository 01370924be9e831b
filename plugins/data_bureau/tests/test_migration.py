"""Removing the plugin's table leaves every case readable and the log valid (I32)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import inspect

from tiji.api import db


def test_down_and_up_again(city: Any, app: Flask, messages_csv: Callable[..., Path]) -> None:
    number = city.open(external_id="TL1", votes_for=6)
    taken_in = {"答复意见": "已疏通", "答复时间": "2026-11-21 16:30"}
    city.take_in(messages_csv({}, {"留言编号": "1002", **taken_in}))
    shown = [city.show(own) for own in ("TL1", "1001", "1002")]
    before = set(inspect(db.engine).get_table_names())
    city.run("db", "downgrade", "data_bureau", "--yes")
    gone = before - set(inspect(db.engine).get_table_names())
    assert gone == {"data_bureau_message", "data_bureau_alembic_version"}
    city.run("events", "verify")
    city.run("db", "upgrade")
    assert set(inspect(db.engine).get_table_names()) == before
    assert [city.show(own) for own in ("TL1", "1001", "1002")] == shown
    assert [row["external_id"] for row in city.waiting()] == ["1001", "TL1"]
    city.answer(number)
    assert city.show("TL1")["replied_at"] == "2026-11-23T09:00:00+08:00"


def test_the_models_have_no_pending_revision(city: Any) -> None:
    assert city.json("db", "pending")["pending"] == []
