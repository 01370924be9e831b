"""The estates in the browser: grid and table, a household, accepting, releasing, and for whom."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tiji.testing.browsing import Visitor, send, sign_in
from tiji.testing.databases import Databases
from tiji.testing.pages import web_app

PAGE = {"Accept": "text/html"}
PART = {**PAGE, "HX-Request": "true"}
FIO, HEAD = "natural_resources_fio", "natural_resources_head1"


@pytest.fixture
def web(city: Any, ledger_csv: Callable[..., Path], databases: Databases) -> Iterator[Flask]:
    """Give the web application on a city with one estate of two buildings."""
    city.load(
        ledger_csv(
            {"房号": "101", "办证状态": "已办"},
            {"房号": "102", "办证状态": "办理中"},
            {"房号": "201", "难点": "缺竣工验收备案"},
            {"房号": "202", "难点": "缺竣工验收备案"},
            {"楼栋": "2栋", "单元": "", "房号": "101", "权利人": "孙某某"},
            {"楼栋": "2栋", "单元": "", "房号": "102"},
        )
    )
    with web_app(city.home, databases) as app:
        yield app


def browser(web: Flask, officer: str) -> FlaskClient:
    """Give a browser in which an officer has signed in."""
    client = web.test_client()
    assert isinstance(client, Visitor)
    sign_in(client, officer)
    return client


def cells(text: str) -> list[str]:
    """Give the cells of a grid as they are read aloud."""
    found: list[str] = re.findall(r'<a class="u [^>]*aria-label="([^"]+)"', text)
    return found


def test_the_grid_says_where_and_how_each_household_stands(web: Flask) -> None:
    text = browser(web, HEAD).get("/natural-resources/estates/XQ0001", headers=PAGE).text
    assert cells(text) == [
        "Building 1 unit 1 201 blocked",
        "Building 1 unit 1 202 blocked",
        "Building 1 unit 1 101 issued",
        "Building 1 unit 1 102 accepted",
        "Building 2 101 can apply",
        "Building 2 102 can apply",
    ], "the highest floor first"
    assert "issued 1, accepted 1, can apply 2, blocked 2" in text
    assert "孙某某" not in text
    assert "style=" not in text


def test_the_table_is_filtered_by_state_and_building(web: Flask) -> None:
    officer = browser(web, HEAD)
    for asked, rooms in (
        ("", ["101", "102", "201", "202", "101", "102"]),
        ("&state=blocked", ["201", "202"]),
        ("&building=2", ["101", "102"]),
        ("&building=2&state=blocked", []),
        ("&state=nonsense", []),
    ):
        path = f"/natural-resources/estates/XQ0001?view=table{asked}"
        text = officer.get(path, headers=PAGE).text
        found = re.findall(r"<tr><td>.*?</td><td>\d+</td><td>\d*</td><td>(\d+)</td>", text)
        assert found == rooms, asked


def test_estates_are_found_by_a_part_of_their_name(web: Flask) -> None:
    officer = browser(web, HEAD)
    assert "滨河锦苑" in officer.get("/natural-resources/estates?q=河锦", headers=PAGE).text
    absent = officer.get("/natural-resources/estates?q=%25", headers=PAGE).text
    assert "No estate has this name." in absent
    assert officer.get("/natural-resources/estates/XQ0009", headers=PAGE).status_code == 422


def number_of(officer: FlaskClient, label: str) -> str:
    """Give the case of a household by how its cell is read aloud."""
    text = officer.get("/natural-resources/estates/XQ0001", headers=PAGE).text
    match = re.search(rf'data-case="(\w+)" aria-label="{label} ', text)
    assert match
    return match[1]


def test_a_household_shows_its_blocker_and_its_case_to_who_may_see_it(web: Flask) -> None:
    officer = browser(web, HEAD)
    number = number_of(officer, "Building 1 unit 1 201")
    path = f"/natural-resources/estates/XQ0001/houses/{number}"
    part = officer.get(path, headers=PART).text
    assert "KD0001 缺竣工验收备案" in part
    assert f'href="/cases/{number}"' in part
    assert "<html" not in part
    whole = officer.get(path, headers=PAGE, follow_redirects=True).text
    assert "KD0001 缺竣工验收备案" in whole
    other = "/natural-resources/estates/XQ0001/houses/TJ2026999999"
    assert officer.get(other, headers=PART).status_code == 422


def test_the_holder_accepts_all_that_can_apply_and_others_are_told_why_not(web: Flask) -> None:
    head, fio = browser(web, HEAD), browser(web, FIO)
    number = number_of(head, "Building 2 101")
    assert "that can apply" not in head.get("/natural-resources/estates/XQ0001", headers=PAGE).text
    path = "/natural-resources/estates/XQ0001/accept"
    not_mine = head.get(f"{path}?case={number}", headers=PAGE).text
    assert "not yours: its holder accepts it: Building 2 101" in not_mine
    asked = fio.get(path, headers=PAGE).text
    assert "Will be accepted: 2" in asked
    sent = re.findall(r'name="case" value="(\w+)"', asked)
    done = send(fio, path, case=sent)
    assert (done.status_code, done.location) == (303, "/natural-resources/estates/XQ0001")
    after = fio.get(done.location, headers=PAGE).text
    assert "2 households accepted." in after
    assert cells(after)[4:] == ["Building 2 101 accepted", "Building 2 102 accepted"]
    again = send(fio, path, case=sent)
    assert again.status_code == 422
    nothing = fio.get(f"{path}?picked=1", headers=PAGE)
    assert nothing.status_code == 303


def test_a_blocker_is_released_after_it_was_asked(web: Flask) -> None:
    officer = browser(web, HEAD)
    asked = officer.get("/natural-resources/blockers/KD0001", headers=PAGE).text
    assert "It holds 2 households of 滨河锦苑" in asked
    done = send(officer, "/natural-resources/blockers/KD0001/release")
    assert done.location == "/natural-resources/estates/XQ0001"
    after = officer.get(done.location, headers=PAGE).text
    assert "2 households are released" in after
    assert "solved" in after
    assert cells(after)[:2] == [
        "Building 1 unit 1 201 can apply",
        "Building 1 unit 1 202 can apply",
    ]


def test_another_department_does_not_see_the_estates(web: Flask) -> None:
    stranger = browser(web, "housing_fio")
    for path in ("estates", "estates/XQ0001", "blockers/KD0001"):
        assert stranger.get(f"/natural-resources/{path}", headers=PAGE).status_code == 404
    assert send(stranger, "/natural-resources/blockers/KD0001/release").status_code == 404
    assert "/natural-resources/" not in stranger.get("/account", headers=PAGE).text
