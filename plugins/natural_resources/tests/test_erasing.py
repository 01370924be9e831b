"""When a case's personal data are erased, nothing here leads to the household's door any more."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tiji.testing.databases import Databases

UNIT = "340705001002GB00003F00010001"
PRINCIPAL = "natural_resources_principal"


def test_the_household_still_counts_but_its_door_is_forgotten(
    city: Any, ledger_csv: Callable[..., Path], databases: Databases, home: Path
) -> None:
    city.load(ledger_csv({"房号": "4711", "不动产单元号": UNIT}, {"房号": "102"}))
    number = city.json("case", "search", "4711")["cases"][0]["number"]
    assert UNIT.encode() in databases.contents(home)
    city.run("case", "withdraw", number, "--as", "petitions_bureau_fio")
    city.run("case", "erase", number, "--as", PRINCIPAL, "--why", "保存期限已满", "--yes")
    shown = city.json("case", "show", number)
    assert "4711" not in json.dumps(shown, ensure_ascii=False)
    assert "滨河锦苑" in shown["title"], "which estate it was is nobody's secret"
    assert sorted(city.states().values()) == ["ended", "ready"]
    assert set(city.states()) == {"1-1-", "1-1-102"}
    assert UNIT.encode() not in databases.contents(home)
    assert "1-1" not in city.run("natural-resources", "estate", "XQ0001").stdout
