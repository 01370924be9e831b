"""Every sample ledger gives exactly the answer that stands beside it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tiji.errors import RefusedFileError
from tiji.forms.cells import clean
from tiji.forms.fields import (
    CellContext,
    Count,
    Departments,
    IdentityNumber,
    LedgerDate,
    LedgerText,
    Phone,
    Word,
)
from tiji.intake.reader import read_ledger
from tiji.plugins.types import Column, ImportedCase, Ledger

SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "ledgers"
NAMES = (
    sorted(path.name.removesuffix(".expected.json") for path in SAMPLES.glob("*.expected.json"))
    if SAMPLES.is_dir()
    else []
)
TODAY = date(2026, 11, 23)

DEPARTMENTS = {
    "市自然资源和规划局": ("自然资源局", "自然资源和规划局", "市自规局"),
    "市住房和城乡建设局": ("住建局", "市住建局"),
    "市人力资源和社会保障局": ("人社局", "市人社局"),
    "市城市管理局": ("城管局", "市城管局"),
    "市市场监督管理局": ("市场监管局", "市市场监管局"),
    "市交通运输局": ("交通局", "市交通局"),
}


class FakeDirectory:
    """Know the sample departments; the full name serves as code."""

    def __init__(self) -> None:
        self.names = {name: full for full, short in DEPARTMENTS.items() for name in (full, *short)}

    def find(self, name: str) -> str | None:
        return self.names.get(clean(name))

    def closest(self, name: str) -> list[str]:
        return sorted(self.names, key=lambda known: -len(set(known) & set(name)))[:2]


def _no_case(_values: object) -> ImportedCase:
    raise NotImplementedError


def column(name: str, key: str, field: Any, aliases: str = "", required: bool = False) -> Column:
    return Column(name, key, field, tuple(aliases.split()), required)


BACKLOG = Ledger(
    code="petitions.backlog",
    title="信访积案台账",
    to_case=_no_case,
    fingerprint=("petitioner", "subject", "first_visit"),
    columns=(
        column("序号", "counter", LedgerText(), "编号"),
        column("信访人", "petitioner", LedgerText(), "信访人姓名 上访人 姓名", required=True),
        column("身份证号", "identity", IdentityNumber(), "身份证号码 公民身份号码 身份证"),
        column("联系电话", "phone", Phone(), "电话 手机号码 手机 联系方式"),
        column("住址", "address", LedgerText(), "地址 家庭住址"),
        column(
            "信访事项",
            "subject",
            LedgerText(),
            "主要诉求 反映问题 信访问题 诉求内容",
            required=True,
        ),
        column("问题属地", "district", LedgerText(), "属地 所属区县"),
        column(
            "首次信访时间",
            "first_visit",
            LedgerDate(allow_future=False),
            "首次信访日期 初访时间 初访日期",
        ),
        column("信访形式", "channel", LedgerText(), "形式 信访方式"),
        column("次数", "visits", Count(), "信访次数"),
        column("人数", "people", Count(), "涉及人数"),
        column(
            "责任单位", "departments", Departments(), "责任部门 承办单位 办理单位", required=True
        ),
        column("包案领导", "leader", LedgerText(), "包案人 包保领导"),
        column("化解措施", "measures", LedgerText(), "措施 工作措施"),
        column("化解时限", "due", LedgerDate(), "化解期限 办结时限"),
        column(
            "化解状态",
            "state",
            Word(("未化解", "化解中", "已化解", "反弹")),
            "办理状态 化解情况 状态",
        ),
        column("备注", "remark", LedgerText(), "说明"),
    ),
)
CONTEXT = CellContext(TODAY, FakeDirectory())


@pytest.mark.skipif(not NAMES, reason="the sample ledgers are not beside this checkout")
@pytest.mark.parametrize("name", NAMES)
def test_a_sample_gives_its_answer(name: str) -> None:
    expected = json.loads((SAMPLES / f"{name}.expected.json").read_text("utf-8"))
    if expected.get("refused"):
        with pytest.raises(RefusedFileError, match=name.replace(".", r"\.")):
            list(read_ledger(SAMPLES / name, BACKLOG, CONTEXT))
        return
    reading = read_ledger(SAMPLES / name, BACKLOG, CONTEXT)
    rows = list(reading)
    assert {str(row.row): row.rejected[0].column for row in rows if row.rejected} == expected[
        "rejected"
    ]
    assert [row.row for row in rows if row.warned and not row.rejected] == expected["warned"]
    assert reading.read == len(rows) == expected["read"]
    assert sum(not row.rejected for row in rows) == expected["imported"]
    assert reading.skipped == expected["skipped"]
    assert reading.sheets_skipped == expected.get("sheets_skipped", [])
    if "departments" in expected:
        leads = {str(row.row): row.values["departments"][0] for row in rows}
        assert leads == expected["departments"]


@pytest.mark.skipif(not NAMES, reason="the sample ledgers are not beside this checkout")
def test_undecodable_bytes_name_their_row() -> None:
    with pytest.raises(RefusedFileError, match=r"broken-bytes\.csv.* 4 "):
        read_ledger(SAMPLES / "broken-bytes.csv", BACKLOG, CONTEXT)
