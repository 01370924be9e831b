"""Up the stations, one by one; who may say no, who proposes, who decides."""

from __future__ import annotations

from datetime import date

import pytest
from tests.integration.cases import (
    DEPUTY,
    FIO,
    HEAD,
    LEADER,
    LINE,
    PRINCIPAL,
    REFUSAL,
    Json,
    at_station,
    do,
    holder,
    kinds,
    last,
    on_leave,
    opened,
    refused,
    seat,
    shown,
    swept,
    vacate,
)

from tiji.cases import actions
from tiji.cases.rules import WayForward

pytestmark = pytest.mark.usefixtures("city")


def test_a_case_climbs_one_station_at_a_time() -> None:
    number = opened()
    for station in (1, 2, 3):
        case = do(number, "escalate", why="把握不准", judgement="can_with_approval")
        assert case["station"] == station + 1
        assert case["holder"]["code"] == LINE[station + 1]
        assert case["first_inquiry_officer"]["code"] == FIO
        left = case["stays"][station - 1]
        assert (left["outcome"], left["judgement"]) == ("escalated", "can_with_approval")
        said = last(number, "case_escalated")
        assert (said["from_station"], said["to_station"]) == (station, station + 1)
        assert (said["reason"], said["why"], said["suggestion"]) == (
            "judgement", "把握不准", "会同核验"
        )  # fmt: skip
    assert "propose" in refused("escalate", number, "escalate")
    case = do(number, "propose")
    assert (case["status"], case["station"], case["holder"]["code"]) == ("with_leaders", 5, LEADER)
    assert last(number, "case_proposed")["proposal"] == "先登记、后追缴"
    refused("status", number, "escalate")


@pytest.mark.parametrize("station", [1, 2, 3])
def test_below_the_principal_nobody_says_no(station: int) -> None:
    number = at_station(station)
    for actor in (LINE[station], PRINCIPAL, LEADER):
        message = refused("no-refusal-here", number, "refuse", actor)
        assert "escalate" in message
    refused("propose", number, "propose")
    refused("status", number, "decide")


@pytest.mark.parametrize("station", [4, 5])
def test_a_no_carries_reasons_basis_and_a_way_to_yes(station: int) -> None:
    number = at_station(station)
    action = "refuse"
    for changed, rule in (
        ({"reasons": ""}, "words-missing"),
        ({"feedback": " "}, "words-missing"),
        ({"basis": "无"}, "basis"),
        ({"reasons": "没有文件依据。"}, "no-document"),
        ({"ways_forward": []}, "way-forward"),
        ({"ways_forward": [WayForward("再申请", "")]}, "way-forward"),
    ):
        refused(rule, number, action, **changed)
    case = do(number, action)
    assert (case["status"], case["outcome"], case["station"]) == ("answered", "refused", None)
    assert case["holder"] is None
    assert case["due_at"] is None
    said = last(number, "case_refused")
    assert said["reasons"] == REFUSAL["reasons"]
    assert said["ways_forward"] == [{"what": "补齐三分之二业主签字后再申请", "helper": "范科长"}]


def test_phrases_to_avoid_are_advice_and_recorded() -> None:
    number = at_station(4)
    words = {**REFUSAL, "feedback": "暂时不能办理，请先补齐签字"}
    assert actions.refuse(number, PRINCIPAL, **words) == ("暂时不能办理",)
    assert last(number, "case_refused")["advice"] == ["暂时不能办理"]


@pytest.mark.parametrize("decision", ["do", "do_with_conditions"])
def test_a_decision_returns_to_a_department_with_feedback_owed(decision: str) -> None:
    number = at_station(5)
    words: Json = {"department": "市自规局", "by": date(2026, 12, 11), "reasons": "补缴价款后登记"}
    case = do(number, "decide", decision=decision, **words)
    assert (case["status"], case["station"]) == ("open", 1)
    assert case["department"] == "natural_resources"
    assert case["holder"]["code"] == "natural_resources_fio"
    assert case["first_inquiry_officer"]["code"] == FIO, "the first asked stays responsible"
    assert case["due_at"] == "2026-12-11T17:30:00+08:00"
    refused("words-missing", number, "complete", feedback="")
    case = do(number, "escalate")
    assert (case["station"], case["holder"]["code"]) == (2, "natural_resources_head1")
    assert do(number, "complete")["status"] == "answered"


def test_a_decision_to_the_first_department_goes_to_its_first_officer() -> None:
    number = at_station(5)
    assert do(number, "decide", department="housing")["holder"]["code"] == FIO


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"department": None}, "words-missing"),
        ({"by": None}, "words-missing"),
        ({"decision": "do_with_conditions"}, "words-missing"),
        ({"decision": "perhaps"}, "decision"),
        ({"by": date(2026, 11, 20)}, "promise-past"),
        ({"department": "city_leaders"}, "decision"),
        ({"decision": "refuse"}, "words-missing"),
        ({"decision": "refuse", **REFUSAL, "basis": ""}, "basis"),
        ({"decision": "refuse", **REFUSAL, "ways_forward": ()}, "way-forward"),
    ],
)
def test_what_a_decision_needs(changed: Json, rule: str) -> None:
    refused(rule, at_station(5), "decide", **changed)


def test_a_leader_refuses_as_a_principal_does() -> None:
    number = at_station(5)
    case = do(number, "decide", decision="refuse", **REFUSAL)
    assert (case["status"], case["outcome"]) == ("answered", "refused")
    assert kinds(number)[-1] == "case_refused"


def test_another_leader_does_not_decide() -> None:
    refused("not-holder", at_station(5), "decide", "mayor")


def test_a_vacant_station_is_passed_upwards_and_recorded() -> None:
    number = opened()
    vacate(HEAD)
    case = do(number, "escalate")
    assert (case["station"], case["holder"]["code"]) == (3, DEPUTY)
    assert last(number, "case_escalated")["passed"] == [{"station": 2, "why": "vacant"}]
    assert [(s["station"], s["outcome"]) for s in case["stays"]] == [
        (1, "escalated"), (2, "vacant"), (3, None),
    ]  # fmt: skip
    steps = {step["no"]: step for step in case["ladder"]}
    assert (steps[2]["state"], steps[2]["outcome"]) == ("next", "vacant")
    assert steps[3]["state"] == "now"


def test_a_leave_without_a_deputy_leaves_the_station_vacant() -> None:
    number = opened()
    on_leave(HEAD, None)
    assert do(number, "escalate")["station"] == 3


def test_a_leave_with_a_deputy_gives_the_case_to_the_deputy() -> None:
    number = opened()
    on_leave(HEAD, "housing_head2")
    assert do(number, "escalate")["holder"]["code"] == "housing_head2"
    assert do(number, "escalate", HEAD)["station"] == 3, "whose seat it is may act too"


def test_above_a_vacant_principal_stand_the_leaders() -> None:
    number = at_station(3)
    vacate(PRINCIPAL)
    case = do(number, "escalate")
    assert (case["station"], case["status"], case["holder"]["code"]) == (5, "with_leaders", LEADER)


def test_nobody_above_is_said_and_the_case_stays() -> None:
    number = at_station(3)
    vacate(PRINCIPAL)
    for leader in ("mayor", *(f"vice_mayor_{no}" for no in range(1, 7))):
        vacate(leader)
    assert "org load" in refused("no-holder", number, "escalate")


def test_a_merged_post_is_passed_and_recorded() -> None:
    vacate(DEPUTY)
    seat(HEAD, 3)
    number = at_station(2)
    case = do(number, "escalate")
    assert (case["station"], case["holder"]["code"]) == (4, PRINCIPAL)
    assert last(number, "case_escalated")["passed"] == [{"station": 3, "why": "merged"}]


def test_a_principal_who_is_deputy_too_still_decides_at_station_four() -> None:
    vacate(DEPUTY)
    seat(PRINCIPAL, 3)
    number = at_station(3)
    assert holder(number) == PRINCIPAL
    refused("no-refusal-here", number, "refuse")
    assert do(number, "escalate")["station"] == 4
    assert do(number, "refuse")["outcome"] == "refused"


@pytest.mark.parametrize("outcome", ["done", "done_with_effort"])
def test_what_can_be_done_is_answered(outcome: str) -> None:
    number = at_station(2)
    case = do(number, "complete", outcome=outcome)
    assert (case["status"], case["outcome"], case["station"]) == ("answered", outcome, None)
    assert last(number, "case_answered")["feedback"] == "已送达"
    assert case["stays"][-1]["outcome"] == "resolved"


def test_a_promise_is_the_due_time_and_a_broken_one_goes_up() -> None:
    number = opened()
    case = do(number, "agree", promised=date(2026, 12, 2))
    assert (case["status"], case["due_at"]) == ("in_progress", "2026-12-02T17:30:00+08:00")
    assert swept("2026-12-02T17:30").escalated == 0, "none before it is due"
    assert swept("2026-12-02T17:31").escalated == 1
    case = shown(number)
    assert (case["station"], case["status"]) == (2, "open")
    assert case["stays"][0]["outcome"] == "timeout"


def test_a_promised_rest_day_ends_on_the_next_working_day() -> None:
    assert do(opened(), "agree", promised=date(2026, 12, 5))["due_at"].startswith(
        "2026-12-07T17:30"
    )


def test_a_promise_for_a_day_that_is_over_is_refused() -> None:
    number = opened()
    assert "2026-11-23" in refused("promise-past", number, "agree", promised=date(2026, 11, 20))
    assert do(number, "agree", promised=date(2026, 11, 23))["status"] == "in_progress"


def test_the_principals_broken_promise_raises_the_alarm_again() -> None:
    number = at_station(4)
    assert swept("2026-11-26T17:31").alarmed == 1
    do(number, "agree", promised=date(2026, 12, 2))
    assert swept("2026-12-02T12:00").due == 0
    assert swept("2026-12-02T17:31").alarmed == 1
    assert swept("2026-12-03T09:00").due == 0
    assert kinds(number).count("deadline_missed") == 2
    assert shown(number)["station"] == 4
