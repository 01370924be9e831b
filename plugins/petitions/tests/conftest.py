"""The petitions bureau driven as people drive it: by its commands, at a moment that tests set."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tiji.testing import city


class City(city.City):
    """The demo city with what this bureau's tests ask of it."""

    def open(self, matter: str = "petitions.other", **data: Any) -> str:
        """Register a petition with housing's duty officer; return the case's number."""
        case = self.json(
            "case", "open", "--matter", matter, "--title", "集资房无法办证",
            "--content", "入住多年无法办理不动产权证", "--client-name", "孙某某",
            "--client-kind", "citizen", "--data", json.dumps(data), "--as", "housing_fio",
        )  # fmt: skip
        return str(case["number"])

    def show(self, number: str) -> dict[str, Any]:
        """Give what the plugin shows of a petition."""
        shown: dict[str, Any] = self.json("petitions", "show", number)
        return shown


@pytest.fixture(autouse=True)
def _plain(plain_environment: None) -> None:
    """Start each test without the caller's settings."""


@pytest.fixture(name="city")
def the_city(home: Path) -> City:
    """Give the demo city, on a Monday at nine."""
    return City(home)


@pytest.fixture
def backlog_csv(tmp_path: Path) -> Callable[..., Path]:
    """Write a backlog ledger; each row is given as column to text beside what every row has."""
    names = [
        *("信访人", "身份证号", "联系电话", "住址", "信访事项", "首次信访时间", "信访形式", "次数"),
        *("人数", "责任单位", "包案领导", "化解措施", "化解时限", "化解状态"),
    ]
    plain = {
        "信访人": "孙某某",
        "身份证号": "340711190001010004",
        "联系电话": "13900000000",
        "住址": "铜官区示例小区1栋101室",
        "信访事项": "集资房无法办证",
        "首次信访时间": "2019年3月",
        "责任单位": "住建局",
    }

    def write(*rows: dict[str, str]) -> Path:
        filled = [{**plain, **row} for row in rows]
        lines = [",".join(names), *(",".join(row.get(n, "") for n in names) for row in filled)]
        path = tmp_path / "backlog.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write
