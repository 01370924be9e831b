"""Take, guide, accept and decline: the first officer stays the owner until another unit accepts."""

from __future__ import annotations

import pytest
from tests.integration.cases import (
    FIO,
    HEAD,
    STRANGER,
    at_station,
    do,
    kinds,
    last,
    opened,
    refused,
    shown,
    swept,
)

pytestmark = pytest.mark.usefixtures("city")

UNIT, UNIT_FIO = "natural_resources", "natural_resources_fio"


def test_taking_is_recorded_with_its_time_and_only_once() -> None:
    number = opened()
    case = do(number, "take")
    assert case["stays"][0]["taken_at"] == "2026-11-23T09:00:00+08:00"
    assert case["status"] == "open"
    refused("taken", number, "take")
    do(number, "escalate")
    assert do(number, "take")["stays"][1]["taken_at"]


def test_guided_the_first_officer_stays_owner() -> None:
    number = opened()
    due = shown(number)["due_at"]
    case = do(number, "guide")
    assert (case["status"], case["guided_to"]) == ("guided", UNIT)
    assert (case["department"], case["holder"]["code"]) == ("housing", FIO)
    assert case["due_at"] == due, "guiding moves no deadline"
    said = last(number, "case_guided")
    assert (said["who"], said["where"]) == ("市自然资源局不动产登记科", "政务中心二楼")


def test_the_unit_that_accepts_begins_at_its_station_one() -> None:
    number = opened()
    do(number, "guide")
    for other in (FIO, HEAD, STRANGER):
        refused("not-the-unit", number, "accept", other)
        refused("not-the-unit", number, "decline", other)
    case = do(number, "accept", UNIT_FIO)
    assert (case["status"], case["station"], case["department"]) == ("open", 1, UNIT)
    assert case["holder"]["code"] == UNIT_FIO
    assert case["first_inquiry_officer"]["code"] == FIO, "responsible to the end"
    assert case["due_at"] == "2026-11-24T17:30:00+08:00"
    assert [stay["outcome"] for stay in case["stays"]] == ["guided", None]
    assert do(number, "escalate")["holder"]["code"] == "natural_resources_head1"


def test_whoever_of_the_unit_accepts_holds_it_if_a_first_officer() -> None:
    number = opened()
    do(number, "guide")
    assert do(number, "accept", "natural_resources_fio3")["holder"]["code"] == (
        "natural_resources_fio3"
    )


def test_a_chief_who_accepts_gives_it_to_the_officer_on_duty() -> None:
    number = opened()
    do(number, "guide")
    case = do(number, "accept", "natural_resources_principal")
    assert (case["station"], case["holder"]["code"]) == (1, UNIT_FIO)


def test_a_decline_brings_it_back_and_counts_as_a_return() -> None:
    number = opened()
    for returns in (1, 2):
        do(number, "guide")
        case = do(number, "decline", UNIT_FIO)
        assert (case["status"], case["returns"], case["holder"]["code"]) == ("open", returns, FIO)
        assert last(number, "guidance_declined")["returns"] == returns
    assert case["guided_to"] is None


def test_a_unit_outside_the_organisation_cannot_accept_so_guiding_is_the_answer() -> None:
    number = opened()
    case = do(number, "guide", who="国网云川供电公司", where="营业厅", contact="已电话联系")
    assert (case["status"], case["guided_to"]) == ("guided", None)
    refused("guided-outside", number, "accept", UNIT_FIO)
    case = do(number, "complete", outcome="guided")
    assert (case["status"], case["outcome"]) == ("answered", "guided")


def test_nobody_guides_to_the_own_department() -> None:
    refused("guide", opened(), "guide", who="市住建局物业科")


def test_above_station_one_a_client_is_not_sent_on() -> None:
    refused("guide", at_station(2), "guide")


def test_a_guided_case_goes_up_by_itself_when_the_unit_is_silent() -> None:
    number = opened()
    do(number, "guide")
    assert swept("2026-11-24T17:31").escalated == 1
    case = shown(number)
    assert (case["status"], case["station"], case["holder"]["code"]) == ("open", 2, HEAD)
    refused("status", number, "accept", UNIT_FIO)
    assert kinds(number)[-2:] == ["deadline_missed", "case_escalated"]
