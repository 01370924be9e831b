"""The natural resources bureau driven as people drive it: by its commands and its ledger."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

MORNING = "2026-11-23T09:00+08:00"
UNIT = "340705001002GB00003F00010001"


class City:
    """The demo city on a database of the test's own; ``at`` is the moment of the next command."""

    def __init__(self, home: Path) -> None:
        (script,) = entry_points(group="console_scripts", name="tiji")
        self._main: click.Command = script.load()
        self.home = home
        self.at = MORNING

    @property
    def env(self) -> dict[str, str]:
        """What a command finds in its environment."""
        return {"TIJI_CLOCK": self.at, "TIJI_HOME": str(self.home)}

    def run(self, *args: str, code: int = 0) -> Result:
        """Run a command; its exit code is checked."""
        result = CliRunner().invoke(self._main, args, env=self.env)
        assert result.exit_code == code, result.output
        return result

    def json(self, *args: str, code: int = 0) -> Any:
        """Run a command and read what it prints."""
        return json.loads(self.run(*args, "--json", code=code).stdout)

    def open(self, matter: str = "other", code: int = 0, **data: Any) -> str:
        """Register a household with the bureau's duty officer; return the case's number."""
        opening = (
            "case", "open", "--matter", f"natural_resources.{matter}", "--title", "入住多年未办证",
            "--content", "入住多年无法办理不动产权证", "--client-name", "张某某",
            "--client-kind", "citizen", "--as", "natural_resources_fio", "--data",
        )  # fmt: skip
        result = self.run(*opening, json.dumps(data), "--json", code=code)
        return result.stderr if code else str(json.loads(result.stdout)["number"])

    def load(self, path: Path, code: int = 0) -> Any:
        """Import a certificate ledger and give the report."""
        return self.json("import", "natural_resources.certificates", str(path), code=code)

    def estate(self, code: str = "XQ0001") -> dict[str, Any]:
        """Give what the plugin shows of an estate."""
        shown: dict[str, Any] = self.json("natural-resources", "estate", code)
        return shown

    def states(self, code: str = "XQ0001") -> dict[str, str]:
        """Give the states of an estate's households by building-unit-room."""
        return {
            f"{building['building']}-{unit['unit']}-{cell['room']}": cell["state"]
            for building in self.estate(code)["buildings"]
            for unit in building["units"]
            for cell in unit["rooms"]
        }


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the caller's settings out of the tests, and messages in English."""
    for name in [name for name in os.environ if name.startswith("TIJI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TIJI_LANG", "en")
    monkeypatch.setenv("TIJI_STRICT", "1")


@pytest.fixture
def city(home: Path) -> City:
    """Give the demo city, on a Monday at nine."""
    return City(home)


@pytest.fixture
def ledger_csv(tmp_path: Path) -> Callable[..., Path]:
    """Write a certificate ledger; each row is given as column to text beside what all have."""
    names = [
        *("小区名称", "楼栋", "单元", "房号", "权利人", "身份证号", "联系电话", "不动产单元号"),
        *("建筑面积", "开发单位", "问题类别", "难点", "责任单位", "购房时间", "反映时间"),
        *("发证时间", "办证状态", "备注"),
    ]
    plain = {"小区名称": "滨河锦苑", "楼栋": "1号楼", "单元": "1单元", "权利人": "张某某"}

    def write(*rows: dict[str, str]) -> Path:
        filled = [{**plain, **row} for row in rows]
        lines = [",".join(names), *(",".join(row.get(n, "") for n in names) for row in filled)]
        path = tmp_path / "certificates.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write
