"""The ledger of messages: every column and alias, history with its times, identity by number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text

from tiji.api import UTCDateTime, case_detail, db
from tiji_data_bureau.ledgers import MESSAGES, to_case

SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "online_messages"

#: One row, by the columns' own names.
FULL = {
    "序号": "1",
    "留言编号": "TL2026110001",
    "来源": "12345热线",
    "留言时间": "2026-11-20 09:12:30",
    "留言用户": "王某某",
    "联系电话": "13900000000",
    "是否匿名": "否",
    "是否保密": "是",
    "诉求类型": "求助",
    "一级分类": "城乡建设",
    "留言主题": "路灯不亮",
    "留言详情": "小区门口路灯坏了三个月",
    "事发地址": "铜官区示例路1号",
    "区划": "铜官区",
    "紧急程度": "紧急",
    "承办单位": "城管局",
    "协办单位": "住建局",
    "办理时限": "2026-11-30",
    "是否重复": "否",
    "关联工单": "TL2026100009",
    "公开意愿": "愿意",
    "点赞数": "12",
    "反对数": "0",
    "答复意见": "已修复",
    "答复时间": "2026年11月21日 16时30分",
    "解决情况": "已解决",
    "满意度": "满意",
    "回访结果": "已回访",
    "附件": "照片.jpg",
    "备注": "示例",
}


def _write(path: Path, *rows: dict[str, str]) -> Path:
    lines = [",".join(rows[0]), *(",".join(f'"{value}"' for value in row.values()) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _aliased() -> Iterator[dict[str, str]]:
    """Head the row by each alias once; where a column has fewer, by its own name."""
    longest = max(len(column.aliases) for column in MESSAGES.columns)
    for at in range(longest):
        yield {
            (column.aliases[at] if at < len(column.aliases) else column.name): FULL[column.name]
            for column in MESSAGES.columns
        }


def test_the_row_of_all_columns_is_complete() -> None:
    assert list(FULL) == [column.name for column in MESSAGES.columns]


def test_every_alias_heads_its_column(city: Any, tmp_path: Path) -> None:
    assert city.take_in(_write(tmp_path / "own.csv", FULL))["imported"] == 1
    for at, row in enumerate(_aliased()):
        done = city.take_in(_write(tmp_path / f"{at}.csv", row))
        assert (done["unchanged"], done["rejected"], done["warned"]) == (1, [], []), row


def test_a_message_with_a_reply_is_history_with_its_times(city: Any, tmp_path: Path) -> None:
    city.take_in(_write(tmp_path / "own.csv", FULL))
    shown = city.show("TL2026110001")
    assert shown["received_at"] == "2026-11-20T09:12:30+08:00"
    assert shown["replied_at"] == "2026-11-21T16:30:00+08:00"
    assert (shown["votes_for"], shown["votes_against"]) == (12, 0)
    assert (shown["department"], shown["satisfaction"]) == ("urban_management", "满意")
    case = city.case("TL2026110001")
    assert (case["status"], case["outcome"], case["holder"]) == ("closed", "done", None)
    assert case["opened_at"] == "2026-11-20T09:12:30+08:00"
    assert case["due_at"] is None
    assert case["form"]["reply"] == "已修复"
    assert case["form"]["departments"] == ["urban_management", "housing"]
    assert city.waiting() == []
    # What lies before the import fires nothing.
    city.at = "2027-03-01T09:00+08:00"
    city.run("sweep")
    assert [entry["kind"] for entry in city.case("TL2026110001")["events"]] == ["case_imported"]


def test_history_opens_when_its_message_came_and_closes_no_earlier(
    app: Flask, city: Any, messages_csv: Callable[..., Path]
) -> None:
    reply = {"答复意见": "已疏通", "答复时间": "2026-11-20"}
    city.take_in(
        messages_csv(
            {"留言编号": "1", **reply},
            {"留言编号": "2", **reply, "留言时间": ""},
            {"留言编号": "3", **reply, "留言时间": "2019年3月"},
        )
    )
    details = [case_detail(city.show(number)["number"]) for number in "123"]
    assert [case["opened_at"] for case in details] == [
        "2026-11-20T09:12:30+08:00",
        "2026-11-20T00:00:00+08:00",
        "2019-03-01T00:00:00+08:00",
    ]
    closed = text("select closed_at from tj_case order by id").columns(closed_at=UTCDateTime)
    assert str(db.session.scalar(closed)) == "2026-11-20 01:12:30+00:00"
    assert city.show("1")["replied_at"] == "2026-11-20"


def test_a_message_is_found_by_its_number(city: Any, messages_csv: Callable[..., Path]) -> None:
    city.take_in(messages_csv({"留言编号": "TL2026110007"}))
    opened = city.open(external_id="WO-778899")

    def found(number: str) -> list[str]:
        return [case["number"] for case in city.json("case", "search", number)["cases"]]

    assert found("TL2026110007") == [city.show("TL2026110007")["number"]]
    assert found("wo-778899") == [opened]
    city.take_in(messages_csv({"留言编号": "TL2026110007", "点赞数": "3"}))
    assert len(found("TL2026110007")) == 1


def test_an_open_message_starts_now_at_its_departments_duty_officer(
    city: Any, messages_csv: Callable[..., Path]
) -> None:
    path = messages_csv(
        {"留言编号": "1", "承办单位": "城管局", "诉求类型": "投诉", "点赞数": "3"},
        {"留言编号": "2", "留言主题": "路灯", "诉求类型": "建议", "留言时间": "2019年3月"},
    )
    assert city.take_in(path)["imported"] == 2
    city_case, own_case = city.case("1"), city.case("2")
    assert city_case["holder"]["code"] == "urban_management_fio"
    assert city_case["matter"] == "data_bureau.complaint"
    assert own_case["holder"]["code"] == "data_bureau_fio"
    for case in (city_case, own_case):
        assert (case["status"], case["station"]) == ("open", 1)
        assert case["opened_at"] == "2026-11-23T09:00:00+08:00"
        assert case["client_due_at"].startswith("2026-11-30")
    assert [row["external_id"] for row in city.waiting()] == ["2", "1"]
    assert city.show("2")["received_at"] == "2019-03"


def test_identity_is_the_messages_own_number(city: Any, messages_csv: Callable[..., Path]) -> None:
    rows = [{"留言编号": str(no), "序号": str(no)} for no in (1, 2, 3)]
    assert city.take_in(messages_csv(*rows))["imported"] == 3
    again = city.take_in(messages_csv(*rows))
    assert (again["unchanged"], again["imported"]) == (3, 0)
    city.run("case", "take", city.show("3")["number"], "--as", "data_bureau_fio")
    number = city.show("1")["number"]
    changed = [
        {**rows[0], "答复意见": "已疏通", "答复时间": "2026-11-22 15:00"},
        {**rows[1], "点赞数": "7", "留言时间": ""},
        {**rows[2], "点赞数": "7"},
    ]
    done = city.take_in(messages_csv(*changed))
    assert (done["updated"], done["conflicts"], done["unchanged"]) == (2, 1, 0)
    answered, liked, taken = (city.show(no) for no in "123")
    assert (answered["number"], answered["status"]) == (number, "closed")
    assert answered["replied_at"] == "2026-11-22T15:00:00+08:00"
    assert (liked["votes_for"], liked["received_at"]) == (7, "2026-11-20T09:12:30+08:00")
    assert (taken["votes_for"], taken["status"]) == (None, "open")
    assert [row["external_id"] for row in city.waiting()] == ["2", "3"]
    # A reply that the ledger takes back leaves a message that waits again.
    assert city.take_in(messages_csv(rows[0]))["updated"] == 1
    assert (city.show("1")["replied_at"], city.case("1")["status"]) == (None, "open")


def test_what_a_row_needs(city: Any, messages_csv: Callable[..., Path]) -> None:
    path = messages_csv(
        {"留言编号": ""},
        {"留言编号": "2", "留言主题": "", "留言详情": ""},
        {"留言编号": "3", "留言时间": "2026-11-24"},
        {"留言编号": "4", "点赞数": "-1"},
        {"留言编号": "2.02611000112345E+17"},
        {"留言编号": "6", "承办单位": "火星局"},
        {"留言编号": "7", "留言主题": "", "点赞数": "0", "诉求类型": "闲聊"},
    )
    done = city.take_in(path, code=3)
    assert [(r["row"], r["column"]) for r in done["rejected"]] == [
        (2, "留言编号"),
        (3, "留言主题"),
        (4, "留言时间"),
        (5, "点赞数"),
        (6, "留言编号"),
        (7, "承办单位"),
    ]
    assert "scientific" in done["rejected"][4]["reason"]
    assert ([r["column"] for r in done["warned"]], done["imported"]) == (["诉求类型"], 1)
    assert city.show("7")["title"] == "一下雨就积水"


def test_numbers_that_a_sheet_keeps_as_floats(city: Any, tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "messages.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        moment = book.add_format({"num_format": "yyyy/m/d h:mm:ss"})
        sheet.write_row(
            0, 0, ["留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "点赞数"]
        )
        sheet.write_row(1, 0, [3001.0, "A0001", "路灯不亮"])
        sheet.write_datetime(1, 3, datetime(2019, 3, 5, 10, 20, 30), moment)
        sheet.write_row(1, 4, ["\n\t\t\t路灯\n\t不亮\n", 0.0])
    assert city.take_in(path)["imported"] == 1
    shown = city.show("3001")
    assert (shown["votes_for"], shown["received_at"]) == (0, "2019-03-05T10:20:30+08:00")
    assert city.case("3001")["content"] == "路灯 不亮"


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared samples are not here")
@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.xlsx")), ids=lambda path: path.stem)
def test_a_real_sample_imports_without_a_rejected_row(city: Any, path: Path) -> None:
    done = city.take_in(path)
    assert done["read"] == done["imported"] > 0
    assert (done["rejected"], done["warned"], done["sheets_skipped"]) == ([], [], [])
    assert city.take_in(path)["unchanged"] == done["read"]
    waiting = city.json("data-bureau", "list", "--limit", "500")["messages"]
    assert len(waiting) == (0 if "replies" in path.stem else done["read"])
    assert all(len(row["received_at"]) == 25 for row in waiting)
    city.run("events", "verify")


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """Give the statements that reach the plugin's table."""
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "data_bureau_message" in statement:
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def test_a_batch_is_stored_in_one_statement(
    app: Flask, city: Any, messages_csv: Callable[..., Path], statements: list[str]
) -> None:
    from tiji.api import StoredRow, transaction
    from tiji_data_bureau.ledgers import store

    city.take_in(messages_csv(*({"留言编号": str(no)} for no in range(30))))
    with transaction() as session:
        ids = list(session.scalars(text("select case_id from data_bureau_message")))
        session.execute(text("delete from data_bureau_message"))
    row = {"number": "1", "subject": "路灯", "details": None}
    for new in (True, False):
        statements.clear()
        with transaction():
            store([StoredRow(case_id, new, row, to_case(row)) for case_id in ids])
        assert len(statements) == 1


def test_the_example_row_is_a_row(city: Any, tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    city.run("ledgers", "template", "data_bureau.messages", str(path))
    done = city.take_in(path)
    assert (done["imported"], done["rejected"], done["warned"]) == (1, [], [])
    case = city.case("TL2026110004")
    assert case["matter"] == "data_bureau.cross_department"
