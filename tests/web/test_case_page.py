"""The case page as officers use it: act, be refused, meet somebody faster, take back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from tests.web.officers import signed_in

from tiji.cases import actions
from tiji.cases.sheet import case_detail
from tiji.db import db

FIO, HEAD, OTHER = "housing_fio", "housing_head1", "transport_fio"
HTML = {"Accept": "text/html"}
WHY = {"why": "缺竣工验收备案", "judgement": "unsure", "suggestion": "会同自然资源局核验"}
NO: dict[str, Any] = {
    "reasons": "地下一层到出口 46 米，超过 40 米",
    "basis": "疏散距离条款第 5.2 条要求不超过 40 米",
    "ways_forward_what": ["改到室外"],
    "ways_forward_helper": ["能源科许某某"],
    "feedback": "您提的建在地下一层办不了，改到室外就能办",
}


@pytest.fixture
def number(web: Flask) -> str:
    """Give a case that its first-inquiry officer has just registered."""
    opened = actions.open_case(
        matter_code="petitions.circumstances_passed",
        title="安置房入住十年未办不动产权证",
        content="原开发单位已注销，<script>alert(1)</script>一百余户无法登记。",
        client_name="沈某某",
        client_kind="citizen",
        actor=FIO,
    )
    assert opened.number
    return opened.number


def _get(browser: FlaskClient, path: str) -> str:
    answer = browser.get(path, headers=HTML)
    assert answer.status_code == 200, answer.status_code
    return answer.text


def _version(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


def test_who_may_not_see_a_case_finds_no_page(web: Flask, number: str) -> None:
    stranger = signed_in(web, OTHER)
    seen = stranger.get(f"/cases/{number}", headers=HTML)
    absent = stranger.get("/cases/TJ2026999999", headers=HTML)
    acted = stranger.post(f"/cases/{number}/do/take", headers=HTML)
    assert (seen.status_code, absent.status_code, acted.status_code) == (404, 404, 404)
    assert seen.text == absent.text.replace("TJ2026999999", number)
    assert case_detail(number)["version"] == 1


def test_nobody_who_is_not_signed_in_sees_it(web: Flask, number: str) -> None:
    answer = web.test_client().get(f"/cases/{number}", headers=HTML)
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"/signin?next=/cases/{number}")


def test_an_officer_takes_it_up_and_back(web: Flask, number: str) -> None:
    officer = signed_in(web, FIO)
    page = _get(officer, f"/cases/{number}?do=escalate")
    assert "<script>alert" not in page
    assert "沈某某" not in page

    short = officer.post(
        f"/cases/{number}/do/escalate",
        data={**WHY, "suggestion": " ", "version": _version(page)},
        headers=HTML,
    )
    assert short.status_code == 422
    assert WHY["why"] in short.text
    assert 'href="#suggestion"' in short.text

    sent = officer.post(
        f"/cases/{number}/do/escalate", data={**WHY, "version": _version(page)}, headers=HTML
    )
    assert sent.status_code == 303
    assert case_detail(number)["station"] == 2
    back = _get(officer, f"/cases/{number}")
    assert f'action="/cases/{number}/undo"' in back
    assert "1 → 2" in back

    assert officer.post(f"/cases/{number}/undo", headers=HTML).status_code == 303
    assert case_detail(number)["station"] == 1
    assert "What the stations before said" not in _get(officer, f"/cases/{number}")


def test_who_was_slower_keeps_all_words_and_reads_what_happened(web: Flask, number: str) -> None:
    officer = signed_in(web, FIO)
    version = _version(_get(officer, f"/cases/{number}?do=agree"))
    actions.take(number, FIO)
    typed = {"plan": "先登记后追缴", "promised": "2099-12-01", "feedback": "三十日内给您办好"}
    slow = officer.post(
        f"/cases/{number}/do/agree", data={**typed, "version": version}, headers=HTML
    )
    assert slow.status_code == 409
    assert all(text in slow.text for text in typed.values())
    assert "conflict" in slow.text
    assert case_detail(number)["status"] == "open"

    again = officer.post(
        f"/cases/{number}/do/agree", data={**typed, "version": _version(slow.text)}, headers=HTML
    )
    assert again.status_code == 303
    assert case_detail(number)["status"] == "in_progress"


def test_words_for_an_act_that_became_impossible_are_still_shown(web: Flask, number: str) -> None:
    officer = signed_in(web, FIO)
    version = _version(_get(officer, f"/cases/{number}?do=escalate"))
    actions.escalate(number, FIO, why="缺备案", judgement="unsure", suggestion="请核验")
    slow = officer.post(
        f"/cases/{number}/do/escalate", data={**WHY, "version": version}, headers=HTML
    )
    assert slow.status_code == 409
    assert WHY["suggestion"] in slow.text


def test_only_the_principal_may_refuse_and_must_show_a_way(web: Flask, number: str) -> None:
    officer = signed_in(web, FIO)
    assert "do/refuse" not in _get(officer, f"/cases/{number}?do=refuse")
    refused = officer.post(f"/cases/{number}/do/refuse", data=NO, headers=HTML)
    assert refused.status_code == 422
    assert case_detail(number)["status"] == "open"

    for holder in (FIO, HEAD, "housing_deputy1"):
        actions.escalate(number, holder, why="缺备案", judgement="unsure", suggestion="请核验")
    head = signed_in(web, "housing_principal")
    page = _get(head, f"/cases/{number}?do=refuse")
    no_way = {**NO, "version": _version(page), "ways_forward_helper": [""]}
    wrong = head.post(f"/cases/{number}/do/refuse", data=no_way, headers=HTML)
    assert wrong.status_code == 422
    assert 'id="ways_forward-error"' in wrong.text
    assert NO["reasons"] in wrong.text

    shown = head.post(f"/cases/{number}/do/refuse", data={**NO, "preview": "1"}, headers=HTML)
    assert shown.status_code == 200
    preview = shown.text.partition('id="preview"')[2]
    assert NO["feedback"] in preview
    assert "能源科许某某" in preview
    assert case_detail(number)["status"] == "open"

    sent = head.post(
        f"/cases/{number}/do/refuse", data={**NO, "version": _version(page)}, headers=HTML
    )
    assert sent.status_code == 303
    assert case_detail(number)["outcome"] == "refused"


def test_a_case_costs_the_same_statements_however_long_its_story(web: Flask, number: str) -> None:
    officer = signed_in(web, FIO)
    counted: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: counted.append(args[2]))
    _get(officer, f"/cases/{number}?do=escalate")
    few = [text for text in counted if not text.startswith(("BEGIN", "UPDATE tj_session"))]
    for times in range(20):
        actions.comment(number, FIO, text=f"第 {times} 次联系")
    counted.clear()
    _get(officer, f"/cases/{number}?do=escalate")
    many = [text for text in counted if not text.startswith(("BEGIN", "UPDATE tj_session"))]
    assert len(many) == len(few)
    assert len(many) <= 12, "\n".join(text[:200] for text in many)


def test_what_happened_can_be_narrowed(web: Flask, number: str) -> None:
    officer = signed_in(web, FIO)
    actions.comment(number, FIO, text="只给同事看")
    actions.comment(number, FIO, text="您可以看到", public=True)
    everything = _get(officer, f"/cases/{number}")
    public = _get(officer, f"/cases/{number}?show=public")
    assert "只给同事看" in everything
    assert "只给同事看" not in public
    assert "您可以看到" in public
