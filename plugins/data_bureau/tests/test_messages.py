"""A registered message has its own row, and its answer is noted whatever order events come in."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tiji.api import BadInputError, Event, case_view, runtime
from tiji_data_bureau import actions, queries


def test_the_matters_are_active_and_cover_the_three_categories(city: Any) -> None:
    matters = {m["code"]: m for m in city.json("matters", "list")["matters"]}
    own = {code: m for code, m in matters.items() if code.startswith("data_bureau.")}
    assert all(m["active"] for m in own.values())
    assert {m["category"] for m in own.values()} == {
        "legacy",
        "cross_department",
        "no_precedent",
    }
    assert "data_bureau.other" in own


def test_missing_fields_are_listed_and_block_nothing(city: Any) -> None:
    number = city.open(
        "data_bureau.complaint", external_id="TL1", received_at="2026.11.20 9:12:30", votes_for="0"
    )
    case = city.json("case", "show", number)
    assert case["missing"] == ["source", "kind", "mobile", "location", "about"]
    assert case["form"] == {
        "external_id": "TL1",
        "received_at": "2026-11-20T09:12:30",
        "votes_for": 0,
    }
    assert city.show(number)["received_at"] == "2026-11-20T09:12:30+08:00"


def test_the_answer_is_promised_in_five_working_days(city: Any) -> None:
    case = city.json("case", "show", city.open())
    assert case["client_due_at"].startswith("2026-11-30")


def test_an_enquiry_opens_no_case(city: Any) -> None:
    guided = city.json(
        "case", "open", "--matter", "data_bureau.enquiry", "--title", "到哪办",
        "--content", "补贴到哪办", "--client-name", "李某", "--client-kind", "citizen",
        "--as", "data_bureau_fio",
    )  # fmt: skip
    assert guided["number"] is None
    assert guided["guidance"]["where"]
    assert city.waiting() == []


def test_the_answers_time_is_noted_until_the_message_is_reopened(city: Any) -> None:
    number = city.open(external_id="TL1")
    city.at = "2026-11-23T15:30+08:00"
    city.answer(number)
    shown = city.show("TL1")
    assert (shown["status"], shown["replied_at"]) == ("answered", "2026-11-23T15:30:00+08:00")
    assert city.waiting() == []
    city.run("case", "undo", number, "--as", "data_bureau_fio")
    assert city.show(number)["replied_at"] is None
    assert [row["number"] for row in city.waiting()] == [number]
    city.answer(number)
    city.run("case", "reopen", number, "--as", "data_bureau_head1", "--reason", "未修复")
    assert city.show(number)["replied_at"] is None
    assert [row["number"] for row in city.waiting()] == [number]


def test_a_withdrawn_message_waits_no_more(city: Any) -> None:
    number = city.open()
    city.run("case", "withdraw", number, "--as", "data_bureau_fio", "--text", "已自行解决")
    assert city.waiting() == []
    assert city.show(number)["replied_at"] is None


@pytest.fixture
def message(app: Flask, city: Any) -> str:
    """Give the number of an open message, with the application at hand."""
    return str(city.open(external_id="TL1"))


def _event(number: str, kind: str, seq: int, **data: Any) -> Event:
    case = case_view(number)
    now = runtime().clock.now()
    return Event(f"{number}/{seq}", number, case.id, seq, kind, now, "data_bureau_fio", data)


def test_deliveries_may_come_twice_late_and_in_any_order(message: str) -> None:
    answered = _event(message, "case_answered", 4, outcome="done")
    reopened = _event(message, "case_reopened", 5)
    for event in (answered, reopened, answered):
        actions.follow(event)
    assert queries.detail(message)["replied_at"] is None
    closed = _event(message, "case_refused", 6)
    for event in (closed, closed, reopened):
        actions.follow(event)
    assert queries.detail(message)["replied_at"] == "2026-11-23T09:00:00+08:00"
    actions.register(_event(message, "case_opened", 1, matter="data_bureau.other"))
    assert queries.detail(message)["replied_at"] == "2026-11-23T09:00:00+08:00"


def test_a_lost_event_is_made_good_by_the_next(message: str) -> None:
    from sqlalchemy import delete

    from tiji.api import transaction
    from tiji_data_bureau.models import Message

    with transaction() as session:
        session.execute(delete(Message))
    actions.follow(_event(message, "case_answered", 2, outcome="done"))
    assert queries.detail("TL1")["replied_at"] == "2026-11-23T09:00:00+08:00"


def _petition(city: Any) -> str:
    case = city.json(
        "case", "open", "--matter", "petitions.other", "--title", "路灯不亮", "--content", "路灯",
        "--client-name", "孙某某", "--client-kind", "citizen", "--as", "housing_fio",
    )  # fmt: skip
    return str(case["number"])


def test_other_bureaus_cases_are_left_alone(app: Flask, city: Any) -> None:
    message, other = city.open(), _petition(city)
    actions.follow(_event(other, "case_answered", 2, outcome="done"))
    actions.register(_event(message, "case_opened", 1, matter="resources.certificate"))
    assert [row["number"] for row in queries.waiting()["messages"]] == [message]
    with pytest.raises(BadInputError, match="No message"):
        queries.detail(other)
