"""How sheets and texts become rows: headers, skipped rows, merges, numbers of rows, answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import fields

from tiji.errors import RefusedFileError
from tiji.forms.cells import PartialDate
from tiji.forms.fields import CellContext, Count, Departments, LedgerDate, LedgerText, Phone
from tiji.intake.header import Names, bare
from tiji.intake.reader import LedgerReading, LedgerRow, read_ledger
from tiji.plugins.types import Column, ImportedCase, Ledger

KNOWN = {"市住建局": "housing", "城管局": "urban", "交通局": "transport"}


class FakeDirectory:
    def find(self, name: str) -> str | None:
        return KNOWN.get(name)

    def closest(self, name: str) -> list[str]:
        return ["市住建局"]


def _no_case(_values: object) -> ImportedCase:
    raise NotImplementedError


CONTEXT = CellContext(date(2026, 11, 23), FakeDirectory())
LEDGER = Ledger(
    code="test.ledger",
    title="台账",
    to_case=_no_case,
    columns=(
        Column("信访人", "who", LedgerText(), ("姓名",), required=True),
        Column("联系电话", "phone", Phone(), ("电话", "手机")),
        Column("信访事项", "what", LedgerText(), ("主要诉求",), required=True),
        Column("首次信访时间", "first", LedgerDate(allow_future=False), ("初访时间",)),
        Column("次数", "visits", Count(), ("信访次数",)),
        Column("责任单位", "units", Departments(), ("承办单位",), required=True),
        Column("评分", "score", fields.Integer()),
    ),
)
HEAD = ["信访人", "联系电话", "信访事项", "首次信访时间", "次数", "责任单位"]
ROW = ["张某某", "13800000000", "办证难", "2019.3", "3次", "城管局"]
Rows = Sequence[Sequence[Any]]


def text(path: Path, rows: Rows, separator: str = ",", encoding: str = "utf-8") -> Path:
    lines = (separator.join(f'"{cell}"' if "\n" in cell else cell for cell in row) for row in rows)
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


def book(
    path: Path, sheets: Mapping[str, Rows], merges: Sequence[str] = (), **options: Any
) -> Path:
    """Write sheets; a merge like ``A1:A3`` keeps the value of its first cell."""
    workbook = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd", **options})
    for name, rows in sheets.items():
        sheet = workbook.add_worksheet(name)
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                sheet.write(number, place, cell)
        for area in merges:
            start = area.partition(":")[0]
            value = rows[int(start[1:]) - 1][ord(start[0]) - 65]
            sheet.merge_range(area, value)
    workbook.close()
    return path


def read(path: Path) -> tuple[LedgerReading, list[LedgerRow]]:
    reading = read_ledger(path, LEDGER, CONTEXT)
    return reading, list(reading)


# --- formats


@pytest.mark.parametrize("separator", [",", "\t", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("name", ["t.csv", "t.txt", "t.xlsx"])
def test_text_is_recognised_by_content(
    tmp_path: Path, separator: str, encoding: str, name: str
) -> None:
    rows = [["台账"], HEAD, [*ROW[:2], "路灯\n无人管 𠮷㐂", *ROW[3:]], ["李某"]]
    _reading, read_rows = read(text(tmp_path / name, rows, separator, encoding))
    assert [row.row for row in read_rows] == [3, 4]
    assert read_rows[0].values == {
        "who": "张某某",
        "phone": "13800000000",
        "what": "路灯 无人管 𠮷㐂",
        "first": PartialDate(date(2019, 3, 1), "month"),
        "visits": 3,
        "units": ("urban",),
        "score": None,
    }
    assert read_rows[0].sheet == "t"
    assert not read_rows[0].rejected
    assert [fault.column for fault in read_rows[1].rejected] == ["信访事项", "责任单位"]


def test_commas_inside_cells_do_not_mislead_the_separator(tmp_path: Path) -> None:
    rows = [HEAD, [*ROW[:2], "一,二,三,四,五,六,七,八", *ROW[3:]]]
    _reading, read_rows = read(text(tmp_path / "t.csv", rows, ";"))
    assert read_rows[0].values["what"] == "一,二,三,四,五,六,七,八"


def test_cells_of_a_workbook(tmp_path: Path) -> None:
    row: list[Any] = [
        "张某某",
        13800000000.0,
        "办证难",
        datetime(2019, 3, 5, 9, 30),
        12.0,
        "城管局、市住建局",
    ]
    serial: list[Any] = ["李某", "+86 139-0000-0000", "办证难", 44562, "１２", "交通局"]
    _reading, rows = read(book(tmp_path / "t.xlsx", {"一": [HEAD, row, serial]}))
    assert rows[0].values["phone"] == "13800000000"
    assert rows[0].values["first"] == PartialDate(date(2019, 3, 5))
    assert rows[0].values["units"] == ("urban", "housing")
    assert rows[1].values["phone"] == "13900000000"
    assert rows[1].values["first"] == PartialDate(date(2022, 1, 1))
    assert not any(row.rejected or row.warned for row in rows)


def test_a_workbook_of_the_1904_system(tmp_path: Path) -> None:
    rows: Rows = [HEAD, [*ROW[:3], datetime(2019, 3, 5), *ROW[4:]], [*ROW[:3], 43100, *ROW[4:]]]
    _reading, read_rows = read(book(tmp_path / "t.xlsx", {"一": rows}, date_1904=True))
    assert read_rows[0].values["first"] == PartialDate(date(2019, 3, 5))
    assert read_rows[1].values["first"] == PartialDate(date(2022, 1, 1))


# --- header


@pytest.mark.parametrize(
    "header",
    [
        "责任单位",
        " 责任 单位\n",
        "责任单位*",
        "*责任单位",
        "责任单位(牵头)",
        "责任单位（ 主办 ）",
        "责任单位【必填】",
    ],
)
def test_headers_are_compared_bare(header: str) -> None:
    assert bare(header) == "责任单位"


@given(st.permutations(HEAD))
def test_columns_stand_in_any_order(order: list[str]) -> None:
    header = Names(LEDGER).header([[], order], 1)
    keys = {column.name: column.key for column in LEDGER.columns}
    assert header.places == {keys[name]: place for place, name in enumerate(order)}


def test_unknown_repeated_and_nameless_columns_keep_their_texts(tmp_path: Path) -> None:
    rows = [
        ["手机", *HEAD, "督办批次", "督办批次 ", "", "错误原因"],
        ["12345", *ROW, "一", "二", "三", "次数不是数字"],
    ]
    _reading, read_rows = read(book(tmp_path / "t.xlsx", {"一": rows}))
    assert read_rows[0].values["phone"] == "13800000000"
    assert read_rows[0].extra == {
        "手机": "12345",
        "督办批次": "一",
        "督办批次(2)": "二",
        "J列": "三",
    }
    assert not read_rows[0].warned


def test_a_row_longer_than_its_header_loses_nothing(tmp_path: Path) -> None:
    _reading, rows = read(text(tmp_path / "t.csv", [HEAD, [*ROW, "", "甲"]]))
    assert rows[0].extra == {"H列": "甲"}
    assert rows[0].raw == {**dict(zip(HEAD, ROW, strict=True)), "G列": "", "H列": "甲"}


def test_the_header_is_the_first_of_twenty_rows(tmp_path: Path) -> None:
    blank: Rows = [["台账"]] * 19
    _reading, rows = read(text(tmp_path / "t.csv", [*blank, HEAD, ROW]))
    assert [row.row for row in rows] == [21]
    with pytest.raises(RefusedFileError, match=r"t\.csv.*信访人、信访事项、责任单位"):
        read(text(tmp_path / "t.csv", [*blank, ["台账"], HEAD, ROW]))


def test_half_of_the_required_columns_make_a_header(tmp_path: Path) -> None:
    _reading, rows = read(text(tmp_path / "t.csv", [["姓名", "主要诉求"], ["张某某", "办证难"]]))
    assert [fault.column for fault in rows[0].rejected] == ["责任单位"]
    assert "责任单位" in rows[0].rejected[0].reason
    with pytest.raises(RefusedFileError):
        read(text(tmp_path / "t.csv", [["姓名", "电话"], ["张某某", "13800000000"]]))


def test_a_header_in_two_merged_rows(tmp_path: Path) -> None:
    rows = [
        ["台账", "", "", "", "", ""],
        ["信访人", "联系电话", "信访事项", "信访情况", "", "责任单位"],
        ["", "", "", "首次信访时间", "次数", ""],
        ROW,
    ]
    merges = ["A1:F1", "A2:A3", "B2:B3", "C2:C3", "D2:E2", "F2:F3"]
    reading, read_rows = read(book(tmp_path / "t.xlsx", {"一": rows}, merges))
    assert [row.row for row in read_rows] == [4]
    assert read_rows[0].values["visits"] == 3
    assert not read_rows[0].rejected
    assert reading.skipped == 0


def test_a_header_in_two_rows_of_a_text(tmp_path: Path) -> None:
    upper = ["信访人", "联系电话", "信访事项", "信访情况", "", "责任单位"]
    lower = ["", "", "", "首次信访时间", "次数", ""]
    _reading, rows = read(text(tmp_path / "t.csv", [upper, lower, ROW]))
    assert (rows[0].row, rows[0].values["visits"]) == (3, 3)
    upper, lower = ["姓名", "", "", "", "", ""], ["", *HEAD[1:]]
    _reading, rows = read(text(tmp_path / "t.csv", [upper, lower, ROW]))
    assert (rows[0].row, rows[0].values["who"]) == (3, "张某某")


# --- skipped rows and row numbers


def test_blank_rows_and_totals_are_skipped(tmp_path: Path) -> None:
    totals = [
        ["合计", "60件"],
        ["", "总 计"],
        ["小计:3"],
        ["说明:以上"],
        ["备注：无误"],
        ["—", "", "/"],
    ]
    rows: Rows = [HEAD, ["", ""], ROW, *totals, ROW, [""], ["  "]]
    reading, read_rows = read(text(tmp_path / "t.csv", rows))
    assert [row.row for row in read_rows] == [3, 10]
    assert reading.skipped == 7
    assert reading.read == 2
    reading, read_rows = read(book(tmp_path / "t.xlsx", {"一": rows}))
    assert ([row.row for row in read_rows], reading.skipped) == ([3, 10], 7)


def test_a_case_that_only_mentions_a_total_is_read(tmp_path: Path) -> None:
    row = ["备注某", *ROW[1:2], "合计三户", *ROW[3:]]
    _reading, rows = read(text(tmp_path / "t.csv", [HEAD, row]))
    assert len(rows) == 1


def test_a_used_area_that_starts_at_c5(tmp_path: Path) -> None:
    rows = [[], [], [], [], ["", "", *HEAD, ""], ["", "", *ROW, "甲"], ["", "", *ROW]]
    path = book(tmp_path / "t.xlsx", {"一": rows}, ["H6:H7"])
    _reading, read_rows = read(path)
    assert [row.row for row in read_rows] == [6, 7]
    assert read_rows[0].extra == {"I列": "甲"}
    assert read_rows[1].values["units"] == ("urban",)


def test_merged_cells_give_their_value_to_every_row(tmp_path: Path) -> None:
    bare_row = [*ROW[:5], ""]
    rows = [HEAD, ROW, bare_row, ["", "", "", "", "", ""], bare_row, bare_row]
    reading, read_rows = read(book(tmp_path / "t.xlsx", {"一": rows}, ["F2:F5"]))
    assert [(row.row, bool(row.rejected)) for row in read_rows] == [
        (2, False),
        (3, False),
        (5, False),
        (6, True),
    ]
    assert reading.skipped == 1
    assert read_rows[1].raw["责任单位"] == "城管局"


def test_every_sheet_with_a_header_is_read(tmp_path: Path) -> None:
    sheets = {"说明": [["怎么填"]], "一季度": [HEAD, ROW], "二季度": [HEAD, [""], ROW], "空": []}
    reading, rows = read(book(tmp_path / "t.xlsx", sheets))
    assert [(row.sheet, row.row) for row in rows] == [("一季度", 2), ("二季度", 3)]
    assert reading.sheets_skipped == ["说明", "空"]
    assert reading.skipped == 1


def test_a_formatted_tail_costs_and_counts_nothing(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    workbook = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    border = workbook.add_format({"border": 1})
    sheet = workbook.add_worksheet("一")
    for number, row in enumerate([HEAD, ROW, [], ROW, *[[]] * 50_000]):
        for place in range(6):
            cell = row[place] if row else None
            sheet.write(number, place, cell, border)
    workbook.close()
    reading, rows = read(path)
    assert [row.row for row in rows] == [2, 4]
    assert reading.skipped == 1


# --- faults


def test_a_row_lists_all_its_faults_in_the_ledgers_order(tmp_path: Path) -> None:
    row = ["无", "12345", "—", "2099-01-01", "0", "火星局", "很好"]
    _reading, rows = read(text(tmp_path / "t.csv", [[*HEAD[::-1], "评分"], [*row[5::-1], row[6]]]))
    assert [fault.column for fault in rows[0].rejected] == [
        "信访人",
        "信访事项",
        "首次信访时间",
        "次数",
        "责任单位",
        "评分",
    ]
    assert [fault.column for fault in rows[0].warned] == ["联系电话"]
    assert all(fault.column in fault.reason for fault in rows[0].rejected)
    assert rows[0].values["phone"] == "12345"
    assert rows[0].values["visits"] is None
    assert rows[0].raw["次数"] == "0"


def test_the_reason_names_the_column_of_the_ledger_not_its_alias(tmp_path: Path) -> None:
    _reading, rows = read(
        text(tmp_path / "t.csv", [[*HEAD[:4], "信访次数", HEAD[5]], [*ROW[:4], "0", ROW[5]]])
    )
    assert [fault.column for fault in rows[0].rejected] == ["次数"]
    assert rows[0].raw["信访次数"] == "0"


# --- one of several columns


TOPICS = replace(
    LEDGER,
    columns=(
        Column("编号", "no", LedgerText(), required=True),
        Column("主题", "topic", LedgerText(), ("标题",)),
        Column("次数", "visits", Count()),
        Column("详情", "details", LedgerText()),
        Column("点赞数", "votes", Count()),
    ),
    one_of=(("topic", "details"), ("visits", "votes")),
)


def test_one_of_several_columns_must_be_filled(tmp_path: Path) -> None:
    rows = [
        ["编号", "标题", "次数", "详情", "点赞数"],
        ["1", "路灯", "1", "", ""],
        ["2", "", "", "无人管", "3"],
        ["3", "无", "2", "", ""],
        ["4", "", "两回", "", "多"],
    ]
    path = text(tmp_path / "t.csv", rows)
    read_rows = list(read_ledger(path, TOPICS, CONTEXT))
    assert [[fault.column for fault in row.rejected] for row in read_rows] == [
        [],
        [],
        ["主题"],
        ["主题", "次数", "点赞数"],
    ]
    assert "主题/详情" in read_rows[2].rejected[0].reason


def test_a_header_needs_half_of_the_required_columns_and_groups(tmp_path: Path) -> None:
    known = text(tmp_path / "t.csv", [["台账"], ["详情", "点赞数"], ["无人管", "1"]])
    (row,) = read_ledger(known, TOPICS, CONTEXT)
    assert [fault.column for fault in row.rejected] == ["编号"]
    unknown = text(tmp_path / "u.csv", [["详情", "其他"], ["无人管", "1"]])
    with pytest.raises(RefusedFileError, match="编号、主题/详情、次数/点赞数"):
        read_ledger(unknown, TOPICS, CONTEXT)
