"""What is shown of estates: progress, grid, pages, both languages, and never who lives there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from tiji.api import db
from tiji_natural_resources import queries

SECRETS = ("孙某某", "340711190001010004", "13900000000")


@pytest.fixture
def estate(city: Any, ledger_csv: Callable[..., Path]) -> Any:
    """Give a city with one estate of two buildings."""
    city.load(
        ledger_csv(
            {"房号": "101", "办证状态": "已办"},
            {"房号": "102", "办证状态": "办理中"},
            {"房号": "201", "难点": "缺竣工验收备案"},
            {"楼栋": "2栋", "单元": "", "房号": "101", "权利人": SECRETS[0],
             "身份证号": SECRETS[1], "联系电话": SECRETS[2]},
        )
    )  # fmt: skip
    return city


def test_progress_adds_up_by_unit_and_building(estate: Any) -> None:
    shown = estate.estate()
    for part in (shown, *shown["buildings"], *(u for b in shown["buildings"] for u in b["units"])):
        assert sum(part["progress"].values()) == part["households"]
        assert part["progress"]["issued"] == part["issued"]
    assert [(b["building"], b["issued"], b["households"]) for b in shown["buildings"]] == [
        ("1", 1, 3),
        ("2", 0, 1),
    ]
    (cell,) = shown["buildings"][1]["units"][0]["rooms"]
    assert estate.json("case", "show", cell["case"])["title"] == "滨河锦苑2号楼101室办证"


def test_the_grid_has_a_sign_for_each_household(estate: Any) -> None:
    drawn = estate.run("natural-resources", "estate", "xq0001").stdout
    assert "papers issued: 1/4 households" in drawn
    assert "■ issued 1  · accepted 1  ○ can apply 1  ! blocked 1" in drawn
    assert "    201 !\n    101 ■  102 ·\n" in drawn
    assert "KD0001  holds 1, frees 1 (buildings 1)  缺竣工验收备案" in drawn
    assert "XQ0001  1/4  blockers 1  滨河锦苑" in estate.run("natural-resources", "estates").stdout


def test_estates_are_paged(city: Any, ledger_csv: Callable[..., Path]) -> None:
    assert "import the ledger" in city.run("natural-resources", "estates").stdout
    city.load(ledger_csv(*({"小区名称": name, "房号": "101"} for name in ("甲园", "乙园", "丙园"))))
    page = city.json("natural-resources", "estates", "--limit", "2")
    assert ([e["name"] for e in page["estates"]], page["next"]) == (["甲园", "乙园"], "XQ0002")
    rest = city.json("natural-resources", "estates", "--after", page["next"])
    assert ([e["name"] for e in rest["estates"]], rest["next"]) == (["丙园"], None)
    assert "--after XQ0002" in city.run("natural-resources", "estates", "--limit", "2").stdout
    city.run("natural-resources", "estates", "--after", "nonsense", code=2)
    city.run("natural-resources", "estate", "没有的小区", code=2)


def test_nothing_shows_who_lives_there(estate: Any) -> None:
    shown = [
        estate.run("natural-resources", *words).output
        for words in (("estates",), ("estates", "--json"), ("estate", "XQ0001"))
    ]
    shown.append(estate.run("natural-resources", "estate", "XQ0001", "--json").output)
    assert not [secret for secret in SECRETS for text in shown if secret in text]


@contextmanager
def recorded(statements: list[str]) -> Iterator[None]:
    """Note the statements that reach the plugin's tables meanwhile."""

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "natural_resources_" in statement:
            statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield
    event.remove(db.engine, "before_cursor_execute", note)


@pytest.mark.sqlite("another database has another plan for a few rows")
def test_progress_is_counted_from_one_index(app: Flask, estate: Any) -> None:
    seen: list[str] = []
    with recorded(seen):
        queries.tallies([1])
    (statement,) = seen
    plan = db.session.connection().exec_driver_sql(f"explain query plan {statement}", (1,))
    steps = " ".join(row.detail for row in plan)
    assert "TEMP B-TREE" not in steps
    assert "COVERING INDEX ix_natural_resources_household_progress (estate_id=?)" in steps


def test_messages_are_chinese_too(estate: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIJI_LANG", "zh_CN")
    drawn = estate.run("natural-resources", "estate", "XQ0001").stdout
    assert "已发证 1/4 户" in drawn
    assert "! 卡住 1" in drawn
    asked = ("natural-resources", "release", "KD0001", "--yes", "--as", "housing_fio")
    assert "自然资源和规划局" in estate.run(*asked, code=4).stderr


@pytest.mark.parametrize("command", ["estates", "estate", "release"])
def test_every_command_has_an_example(city: Any, command: str) -> None:
    shown = city.run("natural-resources", command, "--help").stdout
    assert f"tiji natural-resources {command}" in shown
