"""Search finds all that LIKE finds, ranks it, and keeps a confidential name."""

from __future__ import annotations

import random

import pytest
from flask import Flask
from sqlalchemy import or_, select

from tiji.cases.actions import open_case
from tiji.cases.model import CaseRow
from tiji.cases.queries import search_cases
from tiji.cases.sheet import case_detail
from tiji.db import db, transaction
from tiji.search.actions import index_new
from tiji.search.queries import matching_cases
from tiji.search.rules import normal


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


@pytest.mark.parametrize("word", ["电梯", "梯", "TJ2026", "加装电梯", "Ab", "b1", ",", "1"])
def test_all_that_like_finds_is_found(app: Flask, word: str) -> None:
    for title, content in [
        ("加装电梯", "无人管"),
        ("路灯", "电梯间漏水"),
        ("上下楼梯", "x"),
        ("ABc", "-"),
        ("Ｂ１,2", "a.b1:c/d"),
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


def test_whatever_a_text_contains_is_found_in_any_script(app: Flask) -> None:
    chance = random.Random(20261123)
    signs = "路灯水电梯 abAB12１２ｗ,，。.-:/'&|!()½ﬁéß😀𠮷"
    texts = {no: "".join(chance.choices(signs, k=chance.randint(1, 12))) for no in range(1, 300)}
    with transaction() as session:
        index_new(session, {no: [text] for no, text in texts.items()})
    for _word in range(300):
        word = "".join(chance.choices(signs.replace(" ", ""), k=chance.randint(1, 4)))
        if wanted := normal(word).split():
            holding = {no for no, t in texts.items() if all(w in normal(t) for w in wanted)}
            assert set(matching_cases(word)) == holding, word


def test_the_end_of_a_long_text_is_found(app: Flask) -> None:
    chance = random.Random(20261123)
    said = "".join(chr(chance.randint(0x4E00, 0x9FFF)) for _sign in range(20_000))
    number = opened("长文", said)
    for at in (0, 10_000, len(said) - 6):
        assert numbers(said[at : at + 6]) == [number]
    assert numbers(f"长文 {said[-3:]}") == [number]


def test_what_follows_a_word_said_again_and_again_is_found(app: Flask) -> None:
    number = opened("重复", "哈" * 300 + "笑完")
    for word in ("哈哈", "哈笑", "哈哈笑完"):
        assert numbers(word) == [number]
    assert numbers("笑哈") == []


def test_a_text_beyond_all_measure_is_kept(app: Flask) -> None:
    chance = random.Random(20261123)
    said = "".join(chr(chance.randint(0x4E00, 0x9FFF)) for _sign in range(100_000))
    number = opened("太长", said)
    assert numbers(said[:5]) == [number]
    assert case_detail(number)["content"] == said


@pytest.mark.parametrize("word", ["'", '"', "\\", ":*", "!", "&", "|", "(", "%", "_", "<->", "😀"])
def test_a_sign_of_a_query_language_is_a_word_like_others(app: Flask, word: str) -> None:
    number = opened(f"前{word}后")
    opened("前后")
    assert numbers(word) == numbers(f"前{word}后") == [number]
