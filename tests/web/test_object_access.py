"""Whoever may not see a case finds none of its routes, whatever they are (S2)."""

from __future__ import annotations

import pytest
from flask import Flask
from tests.web.officers import signed_in
from werkzeug.routing import Rule

from tiji.cases import actions
from tiji.cases.sheet import case_detail

pytestmark = pytest.mark.sqlite("pages call what is tested on both")

HTML = {"Accept": "text/html"}
#: What else an address may hold beside the case's number.
FILLED = {"action": "take", "attachment_id": 1}


def _address(rule: Rule, number: str) -> str:
    address = rule.rule
    for name, value in {"number": number, **FILLED}.items():
        for writing in (f"<{name}>", f"<int:{name}>"):
            address = address.replace(writing, str(value))
    return address


@pytest.fixture
def number(web: Flask) -> str:
    """Give a case of the housing bureau."""
    opened = actions.open_case(
        matter_code="petitions.circumstances_passed",
        title="安置房入住十年未办不动产权证",
        content="原开发单位已注销。",
        client_name="沈某某",
        client_kind="citizen",
        actor="housing_fio",
    )
    assert opened.number
    return opened.number


def test_every_route_of_a_case_is_closed_to_strangers(web: Flask, number: str) -> None:
    stranger = signed_in(web, "transport_fio")
    rules = [rule for rule in web.url_map.iter_rules() if rule.rule.startswith("/cases/<number>")]
    assert len(rules) > 8
    for rule in rules:
        for method in {"GET", "POST"} & set(rule.methods or ()):
            answer = stranger.open(_address(rule, number), method=method, headers=HTML)
            assert answer.status_code == 404, (method, rule.rule, answer.status_code)
            assert "安置房" not in answer.text
    assert case_detail(number)["version"] == 1


def test_every_route_is_closed_to_who_has_not_signed_in_but_the_public_ones(
    web: Flask, number: str
) -> None:
    visitor = web.test_client()
    opened = set()
    for rule in web.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or "<" in rule.rule.replace("<number>", ""):
            continue
        answer = visitor.get(_address(rule, number), headers=HTML)
        if answer.status_code == 200:
            opened.add(rule.rule)
        else:
            assert answer.status_code in (303, 401, 404, 503), (rule.rule, answer.status_code)
    assert opened <= {
        *("/", "/matters", "/privacy", "/signin", "/submit", "/track"),
        *("/healthz", "/readyz", "/metrics"),
    }, opened
