"""Online messages in the browser: what waits and what was answered, by kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tiji.testing.browsing import sign_in
from tiji.testing.databases import Databases
from tiji.testing.pages import web_app

PAGE = {"Accept": "text/html"}
PATH = "/data-bureau/messages"


@pytest.fixture
def web(city: Any, messages_csv: Callable[..., Path], databases: Databases) -> Iterator[Flask]:
    """Give the web application on a city with messages."""
    city.take_in(
        messages_csv(
            *(
                {
                    "留言编号": number,
                    "留言主题": title,
                    "留言时间": f"2026/11/{day} 9:00:00",
                    "诉求类型": kind,
                }
                for number, title, day, kind in (
                    ("1", "甲", 20, "投诉"),
                    ("2", "乙", 18, "求助"),
                    ("3", "丙", 19, "求助"),
                )
            )
        )
    )
    city.answer(city.show("3")["number"])
    with web_app(city.home, databases) as app:
        yield app


@pytest.fixture
def officer(web: Flask) -> FlaskClient:
    """Give an officer of the bureau."""
    client = web.test_client()
    sign_in(client, "data_bureau_fio")
    return client


def titles(client: FlaskClient, path: str) -> list[str]:
    """Give the titles of a page, in their order."""
    answer = client.get(path, headers=PAGE)
    assert answer.status_code == 200
    found: list[str] = re.findall(r"<tr><td>(?:<a [^>]*>)?<b>([^<]+)</b>", answer.text)
    return found


def test_who_waits_longest_comes_first_and_kinds_filter(officer: FlaskClient) -> None:
    assert titles(officer, PATH) == ["乙", "甲"]
    assert titles(officer, f"{PATH}?kind=投诉") == ["甲"]
    assert titles(officer, f"{PATH}?kind=举报") == []
    assert titles(officer, f"{PATH}?view=answered") == ["丙"]
    assert officer.get(f"{PATH}?after=nonsense", headers=PAGE).status_code == 422


def test_pages_follow_each_other_both_ways(
    officer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tiji_data_bureau.pages.ROWS", 1)
    following = re.search(r'rel="next" href="([^"]+)"', officer.get(PATH, headers=PAGE).text)
    assert following
    assert titles(officer, following[1].replace("&amp;", "&")) == ["甲"]


def test_nobody_is_named_and_another_department_sees_nothing(
    web: Flask, officer: FlaskClient
) -> None:
    assert "王某某" not in officer.get(PATH, headers=PAGE).text
    stranger = web.test_client()
    sign_in(stranger, "housing_fio")
    assert stranger.get(PATH, headers=PAGE).status_code == 404
