"""When a case's personal data are erased, what people wrote about the petition goes too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask

from tiji.api import Event, case_view, runtime
from tiji.testing.databases import Databases
from tiji_petitions import actions, queries

WORDS = {"measures": "孙某某已返回原籍，由其侄照看", "district": "铜官区示例小区东门"}


def test_free_words_go_and_what_is_counted_stays(
    city: Any, databases: Databases, home: Path
) -> None:
    number = city.open(visits="12", people="7", **WORDS)
    city.run("case", "withdraw", number, "--as", "petitions_bureau_fio")
    before = city.show(number)
    city.run(
        *("case", "erase", number, "--as", "housing_principal"),
        *("--why", "保存期限已满", "--yes"),
    )
    after = city.show(number)
    assert (after["visits"], after["people"]) == (before["visits"], before["people"]) == (12, 7)
    kept = databases.contents(home)
    assert [words for words in WORDS.values() if words.encode() in kept] == []


def test_erasing_twice_or_what_is_not_known_changes_nothing(city: Any, app: Flask) -> None:
    case = case_view(city.open(**WORDS))
    told = Event(
        f"{case.number}/9", case.number, case.id, 9, "personal_erased", runtime().clock.now(),
        "housing_principal", {"reason": "保存期限已满"},
    )  # fmt: skip
    for _time in range(2):
        actions.erase(told)
        row = queries.petition(case.id)
        assert row
        assert (row["measures"], row["district"], row["visits"]) == (None, None, 1)
