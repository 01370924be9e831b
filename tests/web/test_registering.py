"""The page of a first inquiry: quick, forgiving, and never registering the same twice."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, insert, select
from tests.integration.cases import vacate
from tests.web.officers import signed_in

from tiji.accounts.model import RoleRow
from tiji.cases.model import CaseRow, GuidanceRow
from tiji.cases.sheet import case_detail
from tiji.db import db, transaction
from tiji.drafts.queries import draft_of
from tiji.portal.actions import look_up
from tiji.runtime import runtime

pytestmark = pytest.mark.sqlite("pages call what is tested on both")

FIO, HEAD, CLERK = "housing_fio", "housing_head1", "transport_fio2"
HTML = {"Accept": "text/html"}
PART = {**HTML, "HX-Request": "true"}
TYPED: dict[str, Any] = {
    "kind": "citizen",
    "name": "张某某",
    "phone": "13812345678",
    "address": "",
    "title": "翠湖名苑三期安置房十年未办证",
    "content": "开发单位已注销，三十户无法办证",
    "matter": "natural_resources.developer_gone",
    "guided": "natural_resources.developer_gone",
    "told_who": "1",
    "who": "市自然资源局不动产登记科",
    "told_contact": "1",
    "contact": "已联系余科长",
    "own_project_name": "翠湖名苑",
    "token": "a" * 32,
}


@pytest.fixture
def desk(web: Flask) -> FlaskClient:
    """Give the browser of an officer who is asked first."""
    return signed_in(web, FIO)


def _cases() -> int:
    count = db.session.scalar(select(func.count()).select_from(CaseRow))
    db.session.rollback()
    return int(count or 0)


def _send(browser: FlaskClient, press: str = "register", value: str = "1", **typed: Any) -> Any:
    return browser.post("/register", data={**TYPED, press: value, **typed}, headers=HTML)


def _done(browser: FlaskClient, *press: str, **typed: Any) -> str:
    """Register, and give the page with the receipt."""
    sent = _send(browser, *press, **typed)
    assert sent.status_code == 303, sent.text
    page = browser.get(sent.location, headers=HTML)
    assert page.status_code == 200
    return str(page.text)


def _number(page: str) -> str:
    found = re.search(r"TJ\d{10}", page)
    assert found
    return found[0]


def test_an_officer_registers_on_one_page_and_hands_out_a_receipt(desk: FlaskClient) -> None:
    page = _done(desk)
    detail = case_detail(number := _number(page))
    first = detail["events"][0]
    assert (first["actor"], detail["first_inquiry_officer"]["code"]) == (FIO, FIO)
    assert (first["data"]["who"], first["data"]["contact"]) == (TYPED["who"], TYPED["contact"])
    assert detail["form"] == {"project_name": "翠湖名苑"} and "id_number" in detail["missing"]
    assert "Tell where to go" in page and "Tell who is in charge" not in page
    code = re.search(r'regcode">([0-9A-Z-]+)<', page)
    assert code and look_up(number, code[1], "192.0.2.1").whole


def test_the_receipt_is_told_to_nobody_else(web: Flask, desk: FlaskClient) -> None:
    where = _send(desk).location
    assert signed_in(web, HEAD).get(where, headers=HTML).status_code == 404
    assert desk.get("/register/0123456789abcdef/done", headers=HTML).status_code == 404


@pytest.mark.parametrize("matter", ["natural_resources.developer_gone", "petitions.other"])
def test_a_button_that_is_pressed_twice_gives_one_case(desk: FlaskClient, matter: str) -> None:
    first, again = _send(desk, matter=matter), _send(desk, matter=matter)
    assert first.location == again.location and _cases() == 1
    number = _number(desk.get(again.location, headers=HTML).text)
    assert case_detail(number)["repeats"] == 0
    assert _send(desk, "anyway", matter=matter, title="另外一件事情").location != first.location
    assert _cases() == 2


def test_the_same_clients_same_subject_is_counted_on_the_open_case(desk: FlaskClient) -> None:
    number = _number(_done(desk))
    sent = _send(desk, "anyway", token="b" * 32)
    assert sent.location == f"/cases/{number}" and _cases() == 1
    _send(desk, "anyway", token="b" * 32)
    repeated = [e for e in case_detail(number)["events"] if e["kind"] == "case_repeated"]
    assert [e["data"]["who"] for e in repeated] == [TYPED["who"]]


def test_what_is_wrong_is_said_beside_its_field_and_no_word_is_lost(desk: FlaskClient) -> None:
    wrong = {"phone": "1381234567", "matter": "", "name": " ", "own_project_name": "x"}
    answer = _send(desk, **wrong, content="<script>alert(1)</script>")
    assert answer.status_code == 422 and _cases() == 0
    for text in ("has 11 digits", "Choose the matter", "Name: Fill this in", "1381234567"):
        assert text in answer.text
    assert TYPED["title"] in answer.text and "&lt;script&gt;" in answer.text
    assert "<script>alert" not in answer.text and "<title>Error: " in answer.text


def test_a_date_that_is_none_is_said_before_anything_is_registered(desk: FlaskClient) -> None:
    answer = _send(desk, own_occupied_since="很久以前", told_who="")
    assert answer.status_code == 422 and "很久以前" in answer.text and "is no date" in answer.text
    assert _cases() == 0


def test_similar_cases_are_shown_before_anything_is_registered(desk: FlaskClient) -> None:
    known = _number(_done(desk, title="翠湖名苑安置房十年没办证", name="李某某", phone=""))
    answer = _send(desk, token="b" * 32)
    assert answer.status_code == 200 and _cases() == 1
    assert known in answer.text and "Look at these first" in answer.text
    assert _send(desk, "anyway", token="b" * 32).status_code == 303 and _cases() == 2


def test_who_saw_them_while_typing_is_not_asked_again(desk: FlaskClient) -> None:
    known = _number(_done(desk))
    part = desk.post("/register/part/similar", data=TYPED, headers=PART)
    assert known in part.text and "same client" in part.text and "<html" not in part.text
    assert _send(desk, shown=known, title="翠湖名苑另一件", token="b" * 32).status_code == 303


def test_nothing_is_said_of_cases_that_may_not_be_seen(web: Flask, desk: FlaskClient) -> None:
    number = _number(_done(desk))
    part = signed_in(web, CLERK).post("/register/part/similar", data=TYPED, headers=PART)
    assert part.status_code == 200 and number not in part.text and "翠湖" not in part.text


def test_a_head_groups_a_new_case_with_one_that_is_there(web: Flask, desk: FlaskClient) -> None:
    known = _number(_done(desk, matter="petitions.other"))
    new = _number(
        _done(signed_in(web, HEAD), "join", known, matter="petitions.other", name="李某某")
    )
    assert case_detail(new)["grouped_with"] == known


def test_who_may_not_group_leaves_a_remark(desk: FlaskClient) -> None:
    known = _number(_done(desk, matter="petitions.other"))
    new = _number(_done(desk, "join", known, matter="petitions.other", name="李某某"))
    last = case_detail(new)["events"][-1]
    assert last["kind"] == "case_commented" and known in last["data"]["text"]
    hidden = _send(desk, "join", "TJ2026999999", token="c" * 32)
    assert hidden.status_code == 404 and _cases() == 2


def test_a_clerk_takes_down_what_the_officer_on_duty_gets(web: Flask) -> None:
    vacate(CLERK)
    browser = signed_in(web, CLERK)
    assert browser.get("/register", headers=HTML).status_code == 404, "an officer without a seat"
    with transaction() as session:
        role: dict[str, Any] = {"officer": CLERK, "role": "window", "department": None}
        now = runtime().clock.now()
        session.execute(insert(RoleRow).values(**role, starts_at=now, ends_at=None))
    page = _done(browser)
    detail = case_detail(_number(page))
    assert detail["first_inquiry_officer"]["code"] == "natural_resources_fio"
    first = detail["events"][0]
    assert (first["actor"], first["data"]["channel"]) == (CLERK, "window")
    assert "regcode" in page and TYPED["title"] not in page, "the clerk sees no case of theirs"


def test_a_routine_matter_is_guided_and_opens_no_case(desk: FlaskClient) -> None:
    sent = _send(desk, matter="data_bureau.enquiry")
    page = desk.get(sent.location, headers=HTML).text
    assert "Guided, and no case opened" in page and "12345" in page and _cases() == 0
    assert db.session.scalar(select(func.count()).select_from(GuidanceRow)) == 1


def test_matters_are_suggested_from_the_words(desk: FlaskClient) -> None:
    said = {**TYPED, "matter": "", "guided": "", "title": "开发商注销了办不了证"}
    part = desk.post("/register/part/matters", data=said, headers=PART).text
    codes = re.findall(r'name="take" value="([^"]+)"', part)
    assert codes[0] == "natural_resources.developer_gone"
    taken = desk.post("/register", data={**said, "take": codes[0]}, headers=HTML)
    assert taken.status_code == 200 and 'name="own_project_name"' in taken.text
    assert "市自然资源和规划局不动产登记科" in taken.text, "the guidance is there to be told"
    assert "rong:" not in taken.text and _cases() == 0


def test_words_of_another_matters_guidance_are_not_told_of_this_one(desk: FlaskClient) -> None:
    page = _done(desk, matter="petitions.other", who="市自然资源局不动产登记科")
    told = case_detail(_number(page))["events"][0]["data"]["who"]
    assert told and told != TYPED["who"]


def test_what_was_typed_is_found_again_and_gone_once_it_is_sent(desk: FlaskClient) -> None:
    desk.post("/drafts", data={**TYPED, "draft_key": "register"}, headers=PART)
    page = desk.get("/register", headers=HTML).text
    assert TYPED["title"] in page and f'value="{TYPED["token"]}"' not in page
    _done(desk)
    assert draft_of(f"officer:{FIO}", "register") is None


def test_a_draft_that_was_kept_while_it_was_sent_does_not_come_back(desk: FlaskClient) -> None:
    _done(desk)
    desk.post("/drafts", data={**TYPED, "draft_key": "register"}, headers=PART)
    assert TYPED["title"] not in desk.get("/register", headers=HTML).text


def test_asking_for_the_page_writes_nothing(desk: FlaskClient) -> None:
    assert desk.get("/register", headers=HTML).status_code == 200
    assert desk.get("/register/part/similar", headers=HTML).status_code == 404
    assert desk.post("/register/part/other", headers=HTML).status_code == 404
    assert _cases() == 0
