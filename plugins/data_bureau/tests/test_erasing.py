"""When a case's personal data are erased, nothing here leads back to who sent the message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tiji.testing.databases import Databases


def test_the_platforms_number_is_forgotten(city: Any, databases: Databases, home: Path) -> None:
    number = city.open(external_id="TL-20260001", source="市民论坛", votes_for="5")
    city.run("case", "withdraw", number, "--as", "petitions_bureau_fio")
    assert city.show("TL-20260001")["number"] == number
    city.run(
        *("case", "erase", number, "--as", "data_bureau_principal"),
        *("--why", "保存期限已满", "--yes"),
    )
    shown = city.show(number)
    assert (shown["external_id"], shown["votes_for"], shown["source"]) == (None, 5, "市民论坛")
    city.run("data-bureau", "show", "TL-20260001", code=2)
    assert b"TL-20260001" not in databases.contents(home)
