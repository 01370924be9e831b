"""The demo's ledger is as untidy as a real one, and enters as it should."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import tiji.demo
from tiji.cli import main
from tiji.testing.pytest_plugin import START

LEDGER = Path(tiji.demo.__file__).parent / "backlog.xlsx"
SCRIPT = Path(__file__).parents[2] / "scripts" / "make_demo_ledger.py"


def _import(code: int) -> Any:
    words = ["import", "petitions.backlog", str(LEDGER), "--json"]
    done = CliRunner().invoke(main, words, env={"TIJI_CLOCK": START.isoformat()})
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)


@pytest.mark.usefixtures("home")
def test_six_rows_are_rejected_six_doubted_and_the_rest_enters() -> None:
    report = _import(code=3)
    assert (report["read"], report["imported"], report["skipped"]) == (240, 234, 20)
    assert report["sheets_skipped"] == ["分类统计", "填表说明"]
    assert [(e["sheet"], e["row"], e["column"]) for e in report["rejected"]] == [
        ("积案台账", 16, "责任单位"),
        ("积案台账", 42, "责任单位"),
        ("积案台账", 73, "首次信访时间"),
        ("积案台账", 103, "首次信访时间"),
        ("积案台账", 132, "次数"),
        ("积案台账", 165, "信访人"),
    ]
    assert [e["column"] for e in report["warned"]] == [
        *["身份证号"] * 3, "联系电话", "化解状态", "身份证号",
    ]  # fmt: skip
    again = _import(code=3)
    assert (again["imported"], again["updated"], again["unchanged"]) == (0, 0, 234)


def test_the_script_writes_the_very_same_file(tmp_path: Path) -> None:
    made = tmp_path / "backlog.xlsx"
    runpy.run_path(str(SCRIPT))["write_workbook"](made)
    assert made.read_bytes() == LEDGER.read_bytes()
