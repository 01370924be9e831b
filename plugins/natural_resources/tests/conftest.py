"""The natural resources bureau driven as people drive it: by its commands and its ledger."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tiji.testing import city

UNIT = "340705001002GB00003F00010001"


class City(city.City):
    """The demo city with what this bureau's tests ask of it."""

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
def _plain(plain_environment: None) -> None:
    """Start each test without the caller's settings."""


@pytest.fixture(name="city")
def the_city(home: Path) -> City:
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
