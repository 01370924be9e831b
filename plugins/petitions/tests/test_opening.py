"""An opened petition has its own row and clock, repeats are counted, answers end the clock."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tiji.api import Event, case_view, runtime
from tiji_petitions import actions, queries

WHO = {"id_number": "340711190001010004", "mobile": "13900000000"}


def test_the_matters_are_active_and_cover_the_three_categories(city: Any) -> None:
    matters = {m["code"]: m for m in city.json("matters", "list")["matters"]}
    own = {code: m for code, m in matters.items() if code.startswith("petitions.")}
    assert all(m["active"] for m in own.values())
    assert {m["category"] for m in own.values()} == {
        "legacy",
        "cross_department",
        "no_precedent",
    }
    assert "petitions.other" in own


def test_missing_fields_are_listed_and_block_nothing(city: Any) -> None:
    number = city.open("petitions.policy_change", visits="12次")
    case = city.json("case", "show", number)
    assert case["missing"] == ["id_number", "mobile", "way", "origin"]
    assert case["form"] == {"visits": 12}
    assert city.show(number)["visits"] == 12


def test_an_enquiry_opens_no_case(city: Any) -> None:
    guided = city.json(
        "case", "open", "--matter", "petitions.enquiry", "--title", "问进度", "--content", "问进度",
        "--client-name", "孙某某", "--client-kind", "citizen", "--as", "petitions_bureau_fio",
    )  # fmt: skip
    assert guided["number"] is None
    assert guided["guidance"]["where"]
    assert city.json("petitions", "list")["petitions"] == []


def test_the_clock_starts_at_registration_and_ends_with_the_answer(city: Any) -> None:
    number = city.open(people=3, way="来访", first_visit="2019.3", leader="甲副市长")
    shown = city.show(number)
    assert (shown["accept_by"], shown["days_left"]) == ("2026-12-08", 15)
    # 6 February 2027 is New Year's Day of the old calendar; its list is not published yet.
    assert shown["conclude_by"] == "2027-02-11"
    assert (shown["first_visit"], shown["leader"]) == ("2019-03", "甲副市长")
    done = ("--result", "已办证", "--outcome", "done", "--feedback", "已电话告知")
    city.run("case", "complete", number, "--as", "housing_fio", *done)
    shown = city.show(number)
    assert (shown["state"], shown["days_left"]) == ("resolved", None)
    assert shown["concluded_at"].startswith("2026-11-23")
    city.run("case", "undo", number, "--as", "housing_fio")
    shown = city.show(number)
    assert (shown["state"], shown["concluded_at"]) == ("unresolved", None)
    city.run("case", "complete", number, "--as", "housing_fio", *done)
    assert city.json("petitions", "list")["petitions"] == []


def test_reopening_starts_60_days_anew(city: Any) -> None:
    number = city.open()
    done = ("--result", "已办证", "--outcome", "done", "--feedback", "已电话告知")
    city.run("case", "complete", number, "--as", "housing_fio", *done)
    city.at = "2026-12-01T09:00+08:00"
    city.run("case", "reopen", number, "--as", "housing_head1", "--reason", "未办成")
    shown = city.show(number)
    assert (shown["state"], shown["concluded_at"]) == ("relapsed", None)
    assert shown["conclude_by"] == "2027-02-01"  # 30 January is a Saturday


def test_the_same_person_and_subject_is_counted_on_one_case(city: Any) -> None:
    number = city.open(visits=3, **WHO)
    assert city.open(**WHO) == number
    assert city.open(**WHO) == number
    assert city.show(number)["visits"] == 5


@pytest.fixture
def petition(app: Flask, city: Any) -> str:
    """Give the number of an open petition, with the application at hand."""
    return str(city.open(visits=2))


def _event(number: str, kind: str, seq: int, **data: Any) -> Event:
    case = case_view(number)
    now = runtime().clock.now()
    return Event(f"{number}/{seq}", number, case.id, seq, kind, now, "housing_fio", data)


def test_deliveries_may_come_twice_late_and_in_any_order(petition: str) -> None:
    twice, thrice = (_event(petition, "case_repeated", n, times=n) for n in (2, 3))
    for event in (thrice, twice, thrice):
        actions.count_repeat(event)
    assert queries.detail(petition)["visits"] == 4

    answered = _event(petition, "case_answered", 4, outcome="done")
    reopened = _event(petition, "case_reopened", 5)
    for event in (answered, reopened, answered):
        actions.follow(event)
    assert queries.detail(petition)["state"] == "relapsed"
    assert queries.detail(petition)["concluded_at"] is None

    opened = _event(petition, "case_opened", 1, matter="petitions.other")
    actions.register(opened)
    assert queries.detail(petition)["visits"] == 4


def test_a_lost_event_is_made_good_by_the_next(petition: str, app: Flask) -> None:
    from sqlalchemy import delete

    from tiji.api import transaction
    from tiji_petitions.models import Petition

    with transaction() as session:
        session.execute(delete(Petition))
    actions.count_repeat(_event(petition, "case_repeated", 2, times=2))
    assert queries.detail(petition)["visits"] == 3


def test_other_bureaus_cases_are_left_alone(petition: str) -> None:
    actions.register(_event(petition, "case_opened", 1, matter="resources.certificate"))
    page = queries.backlog()
    assert [row["number"] for row in page["petitions"]] == [petition]


def test_a_form_that_cannot_be_read_names_the_field(city: Any) -> None:
    opening = (
        *("case", "open", "--matter", "petitions.other", "--title", "路灯", "--content", "路灯"),
        *("--client-name", "孙某某", "--client-kind", "citizen", "--as", "housing_fio"),
    )
    refused = city.run(*opening, "--data", '{"people": "许多"}', code=2)
    assert "people" in refused.stderr
    assert "unknown" in city.run(*opening, "--data", '{"unknown": 1}', code=2).stderr
