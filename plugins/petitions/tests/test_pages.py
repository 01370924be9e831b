"""The backlog in the browser: what runs and what is over, by state, for the bureau alone."""

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
PATH = "/petitions/backlog"


@pytest.fixture
def web(city: Any, backlog_csv: Callable[..., Path], databases: Databases) -> Iterator[Flask]:
    """Give the web application on a city with a backlog."""
    file = backlog_csv(
        {"信访事项": "甲", "化解时限": "2026-12-20", "化解状态": "化解中", "人数": "30"},
        {"信访事项": "乙", "化解时限": "2026-12-01", "化解状态": "未化解", "责任单位": "信访局"},
        {"信访事项": "丙", "化解状态": "已化解"},
    )
    city.json("import", "petitions.backlog", str(file))
    with web_app(city.home, databases) as app:
        yield app


def titles(client: FlaskClient, path: str) -> list[str]:
    """Give the titles of a page, in their order."""
    answer = client.get(path, headers=PAGE)
    assert answer.status_code == 200
    found: list[str] = re.findall(r"<tr><td>(?:<a [^>]*>)?<b>([^<]+)</b>", answer.text)
    return found


def test_what_is_due_first_comes_first_and_states_filter(web: Flask) -> None:
    officer = web.test_client()
    sign_in(officer, "petitions_bureau_principal")
    assert titles(officer, PATH) == ["乙", "甲"]
    assert titles(officer, f"{PATH}?state=resolving") == ["甲"]
    assert titles(officer, f"{PATH}?state=relapsed") == []
    assert titles(officer, f"{PATH}?view=concluded") == ["丙"]
    assert officer.get(f"{PATH}?after=nonsense", headers=PAGE).status_code == 422
    wrong = officer.get(f"{PATH}?view=concluded&after=x", headers=PAGE)
    assert wrong.status_code == 422


def test_a_row_tells_its_clock_and_leads_to_the_case_only_who_may_see_it(web: Flask) -> None:
    officer = web.test_client()
    sign_in(officer, "petitions_bureau_principal")
    text = officer.get(PATH, headers=PAGE).text
    assert "8 days left" in text
    assert "collective, 30 people" in text
    assert text.count('href="/cases/') == 1, "the other one is housing's"
    assert "孙某某" not in text


def test_pages_follow_each_other(web: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tiji_petitions.pages.ROWS", 1)
    officer = web.test_client()
    sign_in(officer, "petitions_bureau_principal")
    text = officer.get(PATH, headers=PAGE).text
    following = re.search(r'rel="next" href="([^"]+)"', text)
    assert following
    assert titles(officer, following[1].replace("&amp;", "&")) == ["甲"]


def test_another_department_does_not_see_the_backlog(web: Flask) -> None:
    stranger = web.test_client()
    sign_in(stranger, "housing_fio")
    assert stranger.get(PATH, headers=PAGE).status_code == 404
