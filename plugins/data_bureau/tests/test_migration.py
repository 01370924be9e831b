"""Removing the plugin's table leaves every case readable and the log valid (I32)."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import inspect

from tiji.api import db


def test_down_and_up_again(city: Any, app: Flask) -> None:
    number = city.open(external_id="TL1", votes_for=6)
    before = set(inspect(db.engine).get_table_names())
    city.run("db", "downgrade", "data_bureau", "--yes")
    gone = before - set(inspect(db.engine).get_table_names())
    assert gone == {"data_bureau_message", "data_bureau_alembic_version"}
    city.run("events", "verify")
    city.run("db", "upgrade")
    assert set(inspect(db.engine).get_table_names()) == before
    assert city.json("case", "show", number)["panels"] == []
    # The next thing that happens to the message brings its row back, from the case's own form.
    city.answer(number)
    shown = city.show("TL1")
    assert (shown["number"], shown["votes_for"]) == (number, 6)
    assert shown["replied_at"] == "2026-11-23T09:00:00+08:00"


def test_the_models_have_no_pending_revision(city: Any) -> None:
    assert city.json("db", "pending")["pending"] == []
