"""The officers' matter list, the way of a matter's cases, and cases joined side by side."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from tests.integration.cases import at_station, opened, shown, vacate
from tests.web.officers import signed_in

from tiji.db import transaction
from tiji.matters.actions import publish_matters
from tiji.matters.model import MatterRow

pytestmark = pytest.mark.sqlite("pages call what is tested on both")

FIO, HEAD, DEPUTY, STRANGER = "housing_fio", "housing_head1", "housing_deputy1", "transport_fio"
CODE = "natural_resources.developer_gone"
HTML = {"Accept": "text/html"}


@pytest.fixture
def desk(web: Flask) -> FlaskClient:
    """Give the browser of an officer who is asked first."""
    return signed_in(web, FIO)


def _get(browser: FlaskClient, path: str) -> str:
    answer = browser.get(path, headers=HTML)
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def _rows(page: str) -> int:
    return page.count("<tr><td>")


def test_the_list_is_filtered_by_what_a_matter_is_and_says(desk: FlaskClient) -> None:
    every = _get(desk, "/desk/matters")
    assert "开发单位灭失的办证难" in every and "guidance only" in every
    bureau = _get(desk, "/desk/matters?department=petitions_bureau")
    assert _rows(bureau) < _rows(every) and "求助类网络留言" not in bureau
    assert _rows(_get(desk, "/desk/matters?q=注销 盖章")) == 1
    none = _get(desk, "/desk/matters?q=注销&category=no_precedent&audience=enterprise")
    assert "No matter fits" in none
    part = desk.get("/desk/matters?category=legacy", headers={**HTML, "HX-Request": "true"}).text
    assert "<html" not in part and _rows(part)


def test_the_list_counts_open_cases_that_the_viewer_may_see(web: Flask, desk: FlaskClient) -> None:
    at_station(2, matter_code="petitions.other")
    opened(matter_code="petitions.other", client_name="李某某")
    row = re.compile(r"/desk/matters/petitions\.other\".*?</tr>", re.S)
    mine, theirs = (
        row.search(_get(browser, "/desk/matters?q=petitions.other"))
        for browser in (desk, signed_in(web, STRANGER))
    )
    assert mine and 'class="num">2<' in mine[0]
    assert theirs and 'class="num">0<' in theirs[0] and "none open" in theirs[0]


def test_a_vacant_post_is_named_where_it_stops_a_matter(web: Flask, desk: FlaskClient) -> None:
    vacate("natural_resources_principal")
    publish_matters()
    page = _get(desk, f"/desk/matters/{CODE}/workflow")
    assert "Not active" in page and "vacant" in page and "Register a case of it" not in page


def test_the_way_shows_who_holds_each_station_and_where_it_leaves(desk: FlaskClient) -> None:
    page = _get(desk, f"/desk/matters/{CODE}/workflow")
    assert page.count('class="wf-card"') == 5
    for text in ("侯伯庸", "余书航", "雷南乔", "蔡疏影", "goes up by itself", "raises an alarm"):
        assert text in page, text
    assert page.count("“no” in writing") == 2


def test_a_matter_shows_what_is_asked_and_what_each_version_changed(desk: FlaskClient) -> None:
    with transaction() as session:
        old = update(MatterRow).where(MatterRow.code == CODE)
        session.execute(old.values(digest="other", title="旧的名称<i>"))
    publish_matters()
    page = _get(desk, f"/desk/matters/{CODE}")
    assert "version 2" in page and "<del>旧的名称&lt;i&gt;</del>" in page
    assert "<ins>开发单位灭失的办证难</ins>" in page and page.count("<ins>") == 1
    assert "identity number" in page and "kept sealed" in page and "listed while missing" in page


@pytest.mark.parametrize("view", ["", "/workflow", "/print"])
def test_a_matter_that_is_not_listed_is_absent(desk: FlaskClient, view: str) -> None:
    assert desk.get(f"/desk/matters/no.such{view}", headers=HTML).status_code == 404


def _pair() -> tuple[str, str]:
    return opened(), opened(client_name="李某某", content="同一小区，同一开发单位")


def _join(browser: FlaskClient, number: str, *others: str, **said: Any) -> Any:
    data = {"other": list(others), "reason": "同一小区同一问题", **said}
    return browser.post(f"/cases/{number}/join", data=data, headers=HTML)


def test_cases_stand_side_by_side_before_they_are_joined(desk: FlaskClient) -> None:
    one, other = _pair()
    page = _get(desk, f"/cases/{one}/join?other={other}")
    assert page.count("ladder--mini") == 2 and "同一小区，同一开发单位" in page


def test_a_superior_lets_one_answer_serve_both(web: Flask) -> None:
    one, other = _pair()
    assert _join(signed_in(web, HEAD), one, other, how="group").status_code == 303
    assert shown(other)["grouped_with"] == one


@pytest.mark.parametrize(("how", "gone"), [("into", 0), ("takes", 1)])
def test_a_superior_merges_and_has_to_be_sure(web: Flask, how: str, gone: int) -> None:
    pair = _pair()
    head = signed_in(web, HEAD)
    unsure = _join(head, *pair, how=how)
    assert unsure.status_code == 422 and "nobody can part them" in unsure.text
    assert "同一小区同一问题" in unsure.text, "the reason is kept"
    assert _join(head, *pair, how=how, sure="true").status_code == 303
    assert shown(pair[gone])["merged_into"] == pair[1 - gone]


def test_a_rules_refusal_is_shown_with_what_to_do(desk: FlaskClient) -> None:
    one, other = _pair()
    answer = _join(desk, one, other, how="group")
    assert answer.status_code == 422 and "Only a superior" in answer.text
    assert "Leave it a remark" in answer.text and not shown(other)["grouped_with"]


def test_what_may_not_be_seen_is_not_joined(web: Flask) -> None:
    mine, theirs = opened("transport_fio"), opened()
    leader = signed_in(web, "transport_head1")
    page = _get(leader, f"/cases/{mine}/join?other={theirs}")
    assert f"There is no case {theirs} for you" in page and page.count("ladder--mini") == 1
    assert _join(leader, mine, theirs, how="group").status_code == 422
    assert leader.get(f"/cases/{theirs}/join", headers=HTML).status_code == 404
