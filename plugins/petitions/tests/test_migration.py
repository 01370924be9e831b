"""Removing the plugin's tables leaves every case readable and the log valid (I32)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import inspect

from tiji.api import db


def test_down_and_up_again(city: Any, app: Flask) -> None:
    number = city.open(people=6, visits=2)
    before = set(inspect(db.engine).get_table_names())
    city.run("db", "downgrade", "petitions", "--yes")
    gone = before - set(inspect(db.engine).get_table_names())
    assert gone == {"petitions_petition", "petitions_alembic_version"}
    city.run("events", "verify")
    city.run("db", "upgrade")
    assert set(inspect(db.engine).get_table_names()) == before
    assert city.json("case", "show", number)["panels"] != []
    shown = city.json("petitions", "accept", number, "--as", "housing_fio")
    assert (shown["people"], shown["visits"]) == (6, 2)


def test_the_models_have_no_pending_revision(city: Any) -> None:
    assert city.json("db", "pending")["pending"] == []


def test_an_imported_petition_gets_its_own_limit_back(
    city: Any, backlog_csv: Callable[..., Path]
) -> None:
    city.json("import", "petitions.backlog", str(backlog_csv({"化解时限": "2027-03-31"})))
    number = city.json("case", "list")["cases"][0]["number"]
    before = city.show(number)
    city.run("db", "downgrade", "petitions", "--yes")
    city.run("db", "upgrade")
    assert city.show(number)["conclude_by"] == before["conclude_by"] == "2027-03-31"
