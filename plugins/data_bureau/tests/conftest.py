"""The data bureau driven as people drive it: by its commands, at a moment that tests set."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tiji.testing import city


class City(city.City):
    """The demo city with what this bureau's tests ask of it."""

    def open(self, matter: str = "data_bureau.help", **data: Any) -> str:
        """Register a message with the bureau's duty officer; return the case's number."""
        case = self.json(
            "case", "open", "--matter", matter, "--title", "路灯不亮",
            "--content", "小区门口路灯不亮", "--client-name", "王某某", "--client-kind", "citizen",
            "--data", json.dumps(data), "--as", "data_bureau_fio",
        )  # fmt: skip
        return str(case["number"])

    def answer(self, number: str, officer: str = "data_bureau_fio") -> None:
        """Answer a message as done."""
        done = ("--result", "已修复", "--outcome", "done", "--feedback", "已网上回复")
        self.run("case", "complete", number, "--as", officer, *done)

    def take_in(self, path: Path, code: int = 0) -> Any:
        """Import a ledger of messages and give the report."""
        return self.json("import", "data_bureau.messages", str(path), code=code)

    def show(self, number: str) -> dict[str, Any]:
        """Give what the plugin shows of a message."""
        shown: dict[str, Any] = self.json("data-bureau", "show", number)
        return shown

    def case(self, number: str) -> dict[str, Any]:
        """Give the case of a message, by the message's own number."""
        case: dict[str, Any] = self.json("case", "show", self.show(number)["number"])
        return case

    def waiting(self) -> list[dict[str, Any]]:
        """List the messages that wait for an answer."""
        found: list[dict[str, Any]] = self.json("data-bureau", "list")["messages"]
        return found


@pytest.fixture(autouse=True)
def _plain(plain_environment: None) -> None:
    """Start each test without the caller's settings."""


@pytest.fixture(name="city")
def the_city(home: Path) -> City:
    """Give the demo city, on a Monday at nine."""
    return City(home)


@pytest.fixture
def messages_csv(tmp_path: Path) -> Callable[..., Path]:
    """Write a ledger; each row is given as column to text beside what every row has."""
    plain = {
        "留言编号": "1001",
        "留言用户": "王某某",
        "留言主题": "道路积水",
        "留言时间": "2026/11/20 9:12:30",
        "留言详情": "一下雨就积水",
    }

    def write(*rows: dict[str, str]) -> Path:
        filled = [{**plain, **row} for row in rows]
        names = list(dict.fromkeys(name for row in filled for name in row))
        lines = [names, *([row.get(name, "") for name in names] for row in filled)]
        path = tmp_path / "messages.csv"
        path.write_text("\n".join(",".join(line) for line in lines) + "\n", encoding="utf-8")
        return path

    return write
