"""A bureau that is taken away leaves its cases readable and the log whole (I30, I32)."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import inspect
from tests.scenarios.conftest import Tiji
from tests.scenarios.processes import Place, looking, write_ledger

from tiji.db import db
from tiji.testing.databases import Databases
from tiji.testing.pytest_plugin import CITY, START

NEW = (
    *("case", "open", "--matter", "petitions.other", "--title", "加装电梯", "--content", "谈不拢"),
    *("--client-name", "张某某", "--client-kind", "citizen", "--as", "housing_fio"),
)


@pytest.fixture
def city(tiji: Tiji, tmp_path: Path) -> Tiji:
    """Prepare a city with petitions, imported and brought in person."""
    tiji("init")
    tiji("org", "load", str(CITY))
    tiji("import", "petitions.backlog", str(write_ledger(tmp_path / "积案.csv", 20)))
    tiji(*NEW)
    return tiji


def tables(place: Place) -> set[str]:
    with looking(place, START):
        return set(inspect(db.engine).get_table_names())


def check_readable(tiji: Tiji) -> None:
    """Assert that cases are listed, shown and moved by the core's law, and the log verifies."""
    cases = tiji("case", "list", "--json")["cases"]
    assert len(cases) == 21
    for case in cases:
        shown = tiji("case", "show", case["number"], "--json")
        assert shown["title"] == case["title"]
        assert shown["events"][0]["kind"] in ("case_imported", "case_opened")
    mine = next(case for case in cases if case["title"] == "加装电梯")
    assert tiji("case", "take", mine["number"], "--as", "housing_fio", "--json")["version"] == 2
    still_open = [case for case in cases if case["holder"]]
    swept = tiji("sweep", "--json", at="2026-11-26T09:00")
    assert (swept["escalated"], swept["quarantined"]) == (len(still_open), [])
    assert tiji("events", "verify", "--json")["bad"] == []


def test_without_its_plugin_a_case_stays_readable(
    city: Tiji, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIJI_PLUGINS", "")
    assert city("plugins", "list", "--json") == {"plugins": []}
    # What needs the bureau says so; nothing else is different.
    assert "petitions" in city(*NEW, code=4)
    ledger = str(tmp_path / "积案.csv")
    assert "petitions.backlog" in city("import", "petitions.backlog", ledger, code=2)
    check_readable(city)


def test_a_plugin_that_cannot_be_imported_leaves_its_cases_readable(
    city: Tiji, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIJI_PLUGINS", "petitions,gone_bureau")
    states = city("plugins", "list", "--json")["plugins"]
    assert [(p["name"], p["state"]) for p in states] == [
        ("petitions", "active"),
        ("gone_bureau", "set aside"),
    ]
    check_readable(city)


def test_a_removed_plugin_takes_only_its_own_tables(
    city: Tiji, databases: Databases, empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(databases, empty_home)
    before = tables(place)
    own = {name for name in before if name.startswith("petitions_")}
    assert "petitions_petition" in own
    city("db", "downgrade", "petitions", "--yes")
    assert tables(place) == before - own
    monkeypatch.setenv("TIJI_PLUGINS", "")
    check_readable(city)
