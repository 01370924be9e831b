"""Which matter a message belongs to, and what a ledger's row means."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiji.api import PartialMoment, runtime
from tiji_data_bureau.facts import read_back
from tiji_data_bureau.ledgers import to_case
from tiji_data_bureau.rules import matter_of, short_title

ROW: dict[str, Any] = {
    "number": "1001",
    "sender": "王某某",
    "subject": "道路积水",
    "details": "一下雨就积水",
    "received_at": PartialMoment(datetime(2026, 11, 20, 9, 12, 30)),
}


@pytest.mark.parametrize(
    ("kind", "subject", "departments", "matter"),
    [
        ("求助", "安置房入住十年未办证", 1, "data_bureau.help"),
        ("投诉", "窗口答复不归我管", 1, "data_bureau.complaint"),
        ("举报", "某科室吃拿卡要", 2, "data_bureau.report"),
        ("建议", "增设公交站", 1, "data_bureau.suggestion"),
        ("建议", "无人车配送试点缺少依据", 1, "data_bureau.no_precedent"),
        ("求助", "两区交界路灯无人管", 1, "data_bureau.cross_department"),
        ("投诉", "路灯", 2, "data_bureau.cross_department"),
        ("咨询", "加装电梯补贴到哪办", 1, "data_bureau.other"),
        ("表扬", "窗口人员耐心", 1, "data_bureau.other"),
        (None, "关于增设公交站的建议", 1, "data_bureau.suggestion"),
        (None, "公厕无人管理", 1, "data_bureau.other"),
        ("别的", "路灯", 1, "data_bureau.other"),
    ],
)
def test_kind_departments_and_words_choose_the_matter(
    kind: str | None, subject: str, departments: int, matter: str
) -> None:
    assert matter_of(kind, subject, subject, ("a", "b")[:departments]) == matter


def test_a_row_without_a_reply_is_open_at_the_bureau_itself() -> None:
    case = to_case({**ROW, "replied_at": PartialMoment(datetime(2026, 11, 21))})
    assert (case.closed, case.closed_at, case.outcome) == (False, None, None)
    assert case.departments == ("data_bureau",)
    assert case.first_at == date(2026, 11, 20)
    assert (case.title, case.content) == ("道路积水", "一下雨就积水")


def test_a_row_with_a_reply_is_closed_when_it_was_given() -> None:
    replied = PartialMoment(datetime(2026, 11, 21, 16, 30))
    case = to_case({**ROW, "reply": "已疏通", "replied_at": replied})
    assert (case.closed, case.outcome) == (True, None)
    assert case.closed_at == replied.at
    assert case.form["reply"] == "已疏通"
    assert case.form["replied_at"] == "2026-11-21T16:30:00"
    solved = to_case({**ROW, "reply": "已疏通", "solved": "已解决", "received_at": None})
    assert (solved.outcome, solved.closed_at, solved.first_at) == ("done", None, None)


def test_several_departments_the_first_leads_and_assisting_ones_follow() -> None:
    case = to_case({**ROW, "departments": ("housing",), "assisting": ("finance", "housing")})
    assert case.departments == ("housing", "finance")
    assert case.matter == "data_bureau.cross_department"
    assert case.form["departments"] == ["housing", "finance"]


def test_either_of_subject_and_details_is_enough() -> None:
    only_details = to_case({**ROW, "subject": None})
    assert (only_details.title, only_details.content) == ("一下雨就积水", "一下雨就积水")
    assert to_case({**ROW, "details": None}).content == "道路积水"


def test_who_asks_to_be_anonymous_is() -> None:
    case = to_case({**ROW, "anonymous": "是", "mobile": "13900000000"})
    assert case.client_name == "匿名"
    assert case.personal == {"sender": "王某某", "mobile": "13900000000"}
    assert to_case({**ROW, "sender": None}).client_name == "匿名"
    assert to_case({**ROW, "anonymous": "否"}).client_name == "王某某"


def test_a_reply_does_not_tell_who_asked() -> None:
    reply = "王某某您好,已致电13900000000"
    case = to_case({**ROW, "reply": reply})
    assert case.form["reply"] == "***您好,已致电139****0000"
    assert case.personal["reply"] == reply


@given(st.text(min_size=1))
def test_a_title_fits(text: str) -> None:
    title = short_title(text)
    assert len(title) <= 100
    assert title == text or text.startswith(title.removesuffix("…"))


@pytest.mark.parametrize("text", ["2019-03-05T09:30:00", "2019-03-05", "2019-03", "2019"])
def test_a_forms_moment_keeps_its_precision(text: str) -> None:
    moment = read_back(text)
    assert moment
    assert moment.iso == text
    assert read_back(None) is None


def test_the_channel_is_declared(app: Any) -> None:
    bureau = runtime().plugins.bureaus()["data_bureau"]
    assert [(c.code, c.department) for c in bureau.channels] == [
        ("data_bureau.messages", "data_bureau")
    ]
