"""The certificate ledger: rows as cases, estates, households and blockers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from flask import Flask
from sqlalchemy import event, text

from tiji.api import PartialDate, StoredRow, db, transaction
from tiji_natural_resources.ledgers import CERTIFICATES, store, to_case

UNIT = "340705001002GB00003F00010001"
ROW: dict[str, Any] = {
    "project_name": "滨河锦苑",
    "building": "2",
    "unit": "1",
    "room": "603",
    "owner": "张某某",
}


def test_only_the_place_and_the_owner_are_required() -> None:
    required = [column.name for column in CERTIFICATES.columns if column.required]
    assert required == ["小区名称", "楼栋", "房号", "权利人"]
    assert CERTIFICATES.fingerprint == ("project_name", "building", "unit", "room", "owner")


def test_an_open_row_is_a_case_of_the_bureau_itself() -> None:
    case = to_case({**ROW, "house_area_m2": Decimal("89.50"), "blockers": ("缺竣工验收备案",)})
    assert case.departments == ("natural_resources",)
    assert case.matter == "natural_resources.acceptance_missing"
    assert case.title == "滨河锦苑2号楼1单元603室办证"
    assert (case.closed, case.client_kind) == (False, "citizen")
    assert case.form == {
        "project_name": "滨河锦苑",
        "building": "2",
        "unit": "1",
        "room": "603",
        "house_area_m2": "89.50",
        "blockers": ["缺竣工验收备案"],
    }


def test_the_problem_named_decides_before_the_blockers() -> None:
    case = to_case(
        {
            **ROW,
            "owner": "示例铜材公司",
            "problem": "开发单位灭失",
            "blockers": ("缺竣工验收备案", "开发单位欠税"),
            "departments": ("housing", "natural_resources"),
        }
    )
    assert case.matter == "natural_resources.developer_gone"
    assert case.departments == ("housing", "natural_resources")
    assert case.client_kind == "enterprise"
    assert to_case(ROW).matter == "natural_resources.other"


def test_a_row_with_papers_is_closed_history_on_the_day_they_were_issued() -> None:
    issued = PartialDate(date(2024, 5, 6))
    case = to_case({**ROW, "state": "已办", "issued_on": issued})
    assert (case.closed, case.outcome) == (True, "done")
    assert case.closed_at is not None
    assert case.closed_at.isoformat() == "2024-05-06T00:00:00+08:00"


def test_personal_values_stay_out_of_the_form() -> None:
    personal = {"id_number": "340711190001010004", "mobile": "13900000000", "location": "示例路1号"}
    row = {**ROW, **personal, "remark": "电话 13900000000", "blockers": ("联系 13900000000 开锁",)}
    case = to_case(row)
    shown = json.dumps(dict(case.form), ensure_ascii=False)
    assert not [value for value in personal.values() if value in shown]
    assert case.personal == {
        **personal,
        "remark": "电话 13900000000",
        "blockers": ["联系 13900000000 开锁"],
    }


def test_rows_become_estates_households_and_blockers(
    city: Any, ledger_csv: Callable[..., Path]
) -> None:
    path = ledger_csv(
        {"房号": "603室", "难点": "缺竣工验收备案;开发单位欠税", "开发单位": "示例置业公司"},
        {"楼栋": "一栋", "单元": "一单元", "房号": "601", "难点": "缺竣工验收备案"},
        {"楼栋": "2幢", "房号": "101", "办证状态": "办理中", "责任单位": "住建局"},
        {"楼栋": "2幢", "房号": "102", "办证状态": "已办", "难点": "缺竣工验收备案"},
        {"楼栋": "10#", "单元": "", "房号": "102", "办证状态": "未办"},
        {"小区名称": "翠湖花园", "房号": "603", "难点": "缺竣工验收备案"},
    )
    report = city.load(path)
    assert (report["imported"], report["rejected"], report["warned"]) == (6, [], [])
    listed = city.json("natural-resources", "estates")["estates"]
    names = ("code", "name", "households", "issued", "blockers")
    assert [tuple(estate[name] for name in names) for estate in listed] == [
        ("XQ0001", "滨河锦苑", 5, 1, 2),
        ("XQ0002", "翠湖花园", 1, 0, 1),
    ]
    assert listed[0]["developer"] == "示例置业公司"
    shown = city.estate("滨河锦苑")
    assert [b["building"] for b in shown["buildings"]] == ["1", "2", "10"]
    assert city.states() == {
        "1-1-601": "blocked",
        "1-1-603": "blocked",
        "2-1-101": "accepted",
        "2-1-102": "issued",
        "10--102": "ready",
    }
    names = ("title", "kind", "households", "frees", "buildings")
    assert [tuple(blocker[name] for name in names) for blocker in shown["blockers"]] == [
        ("缺竣工验收备案", "acceptance_missing", 2, 1, ["1"]),
        ("开发单位欠税", "unpaid_price", 1, 0, ["1"]),
    ]
    assert city.load(path)["unchanged"] == 6
    open_cases = city.json("case", "list")["cases"]
    assert {c["department"] for c in open_cases} == {"natural_resources", "housing"}


def test_merged_estates_in_a_workbook(city: Any, tmp_path: Path) -> None:
    path = tmp_path / "certificates.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("办证难")
        sheet.merge_range(0, 0, 0, 5, "历史遗留办证难台账")
        for place, name in enumerate(("小区", "楼号", "单元", "室号", "户主", "卡点(堵点)")):
            sheet.write(1, place, name)
        sheet.merge_range(2, 0, 5, 0, "滨河锦苑")
        sheet.merge_range(2, 1, 3, 1, "1号楼")
        sheet.merge_range(4, 1, 5, 1, "2号楼")
        sheet.merge_range(2, 5, 5, 5, "缺竣工验收备案")
        for row in range(2, 6):
            for place, value in enumerate((1, 100 + row, "张某某"), 2):
                sheet.write(row, place, value)
        sheet.write_row(6, 0, ["翠湖花园", 3, None, 201, "李某某"])
        sheet.write_row(7, 0, ["合计", None, None, None, 5])
    report = city.load(path)
    assert (report["imported"], report["skipped"], report["rejected"]) == (5, 1, [])
    assert set(city.states()) == {"1-1-102", "1-1-103", "2-1-104", "2-1-105"}
    assert set(city.states("XQ0002")) == {"3--201"}
    assert city.estate()["blockers"][0]["households"] == 4


def test_what_is_wrong_is_named_by_row_and_column(
    city: Any, ledger_csv: Callable[..., Path]
) -> None:
    path = ledger_csv(
        {"房号": "101", "不动产单元号": UNIT[:-1]},
        {"房号": "102", "不动产单元号": "340700" + UNIT[6:]},
        {"房号": "103", "建筑面积": "0"},
        {"房号": "104", "购房时间": "2027-01-01"},
        {"房号": "105", "责任单位": "登记中心二部"},
        {"房号": ""},
        {"房号": "107", "不动产单元号": "340705001002GB00003W00000001"},
        {"房号": "108", "办证状态": "不清楚"},
    )
    report = city.load(path, code=3)
    assert [(r["row"], r["column"]) for r in report["rejected"]] == [
        *((2, "不动产单元号"), (3, "不动产单元号"), (4, "建筑面积"), (5, "购房时间")),
        *((6, "责任单位"), (7, "房号")),
    ]
    assert [(r["row"], r["column"]) for r in report["warned"]] == [
        (8, "不动产单元号"),
        (9, "办证状态"),
    ]
    assert city.states() == {"1-1-107": "ready", "1-1-108": "ready"}


def test_a_changed_ledger_moves_households_and_blockers(
    city: Any, ledger_csv: Callable[..., Path]
) -> None:
    held = {"难点": "缺竣工验收备案"}
    city.load(ledger_csv({"房号": "101", **held}, {"房号": "102", **held}, {"房号": "103"}))
    report = city.load(
        ledger_csv(
            {"房号": "101", "难点": "开发单位欠税", "开发单位": "示例置业公司"},
            {"房号": "102", **held, "办证状态": "已办"},
            {"房号": "103", **held},
        )
    )
    assert report["updated"] == 3
    assert city.states() == {"1-1-101": "blocked", "1-1-102": "issued", "1-1-103": "blocked"}
    shown = city.estate()
    assert shown["developer"] == "示例置业公司"
    assert [(b["title"], b["households"]) for b in shown["blockers"]] == [
        ("缺竣工验收备案", 1),
        ("开发单位欠税", 1),
    ]


def test_a_household_is_found_by_its_estate_and_unit_number(
    city: Any, ledger_csv: Callable[..., Path]
) -> None:
    other = UNIT[:-1] + "9"
    city.load(ledger_csv({"房号": "101", "不动产单元号": UNIT}))
    opened = city.open(project_name="翠湖花园", unit_code=other)
    imported = "TJ2026000001"

    def found(*words: str) -> list[str]:
        shown = city.json("case", "search", " ".join(words))["cases"]
        return [case["number"] for case in shown]

    assert (found("滨河锦苑"), found(UNIT)) == ([imported], [imported])
    assert (found("翠湖花园"), found(other.lower())) == ([opened], [opened])
    assert found("340705", "001002", "GB00003", "F00010009") == [opened]


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """Give the statements that reach the plugin's tables."""
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "natural_resources_" in statement:
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def test_a_batch_is_stored_in_few_statements(
    city: Any, ledger_csv: Callable[..., Path], statements: list[str]
) -> None:
    city.load(ledger_csv(*({"房号": str(100 + n), "难点": "甲;乙"} for n in range(60))))
    with transaction() as session:
        query = "select case_id from natural_resources_household order by 1"
        ids = list(session.scalars(text(query)))
        for table in ("hold", "household", "blocker", "estate"):
            session.execute(text(f"delete from natural_resources_{table}"))
    case = to_case({**ROW, "blockers": ("甲", "乙")})
    for new in (True, False):
        statements.clear()
        with transaction():
            store([StoredRow(case_id, new, ROW, case) for case_id in ids])
        assert len(statements) <= 10
    (estate,) = city.json("natural-resources", "estates")["estates"]
    assert city.estate(estate["code"])["blockers"][0]["households"] == 60


def test_the_example_row_is_a_row(city: Any, tmp_path: Path) -> None:
    path = tmp_path / "example.csv"
    path.write_text(
        ",".join(CERTIFICATES.example)
        + "\n"
        + ",".join(f'"{v}"' for v in CERTIFICATES.example.values())
    )
    report = city.load(path)
    assert (report["imported"], report["rejected"], report["warned"]) == (1, [], [])
    template = tmp_path / "template.xlsx"
    city.run("ledgers", "template", "natural_resources.certificates", str(template))
    assert city.load(template)["unchanged"] == 1
