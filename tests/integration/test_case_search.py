"""Search finds all that LIKE finds, ranks it, and keeps a confidential name."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import or_, select

from tiji.cases.actions import open_case
from tiji.cases.model import CaseRow
from tiji.cases.queries import search_cases
from tiji.db import db


def opened(title: str, content: str = "说明", name: str = "沈一鸣") -> str:
    number = open_case(
        matter_code="petitions.other",
        title=title,
        content=content,
        client_name=name,
        client_kind="citizen",
        actor="housing_fio",
    ).number
    assert number
    return number


def numbers(wanted: str, limit: int = 500) -> list[str]:
    return [case["number"] for case in search_cases(wanted, limit)["cases"]]


@pytest.mark.parametrize("word", ["电梯", "梯", "TJ2026", "加装电梯", "Ab"])
def test_all_that_like_finds_is_found(app: Flask, word: str) -> None:
    for title, content in [
        ("加装电梯", "无人管"),
        ("路灯", "电梯间漏水"),
        ("上下楼梯", "x"),
        ("ABc", "-"),
    ]:
        opened(title, content)
    like = f"%{word}%"
    columns = (CaseRow.title, CaseRow.content, CaseRow.number)
    query = select(CaseRow.number).where(or_(*(column.ilike(like) for column in columns)))
    assert set(numbers(word)) == set(db.session.scalars(query))


def test_a_number_comes_first_then_titles(app: Flask) -> None:
    in_content = opened("路灯不亮", "小区电梯旁")
    in_title = opened("电梯停运")
    later = opened("水管", f"见 {in_content} 电梯")
    assert numbers("电梯") == [in_title, later, in_content]
    assert numbers(in_content)[0] == in_content


def test_a_confidential_name_is_found_whole_and_by_no_part(app: Flask) -> None:
    number = opened("路灯", name="沈一鸣")
    assert numbers("沈一鸣") == [number]
    assert numbers("沈一") == []


def test_a_page_says_that_there_is_more(app: Flask) -> None:
    for _ in range(3):
        opened("电梯")
    assert search_cases("电梯", limit=2)["more"] is True
    assert search_cases("电梯", limit=3)["more"] is False


def test_nothing_wanted_is_nothing_found(app: Flask) -> None:
    opened("电梯")
    assert numbers("  ") == []
