"""Around a case: comments, handover, the client's word, reopening, closing."""

from __future__ import annotations

import pytest
from tests.integration.cases import (
    DEPUTY,
    FIO,
    HEAD,
    LEADER,
    PRINCIPAL,
    STRANGER,
    at_station,
    do,
    holder,
    in_status,
    kinds,
    last,
    on_leave,
    opened,
    refused,
    shown,
    swept,
)

from tiji.errors import BadInputError

pytestmark = pytest.mark.usefixtures("city")


@pytest.mark.parametrize("actor", [FIO, HEAD, DEPUTY, PRINCIPAL, LEADER])
def test_a_comment_of_any_party_moves_no_deadline(actor: str) -> None:
    number = at_station(2)
    before = shown(number)
    after = do(number, "comment", actor, text="已约周三面谈", public=True)
    for name in ("status", "station", "holder", "due_at", "client_due_at", "stays", "ladder"):
        assert after[name] == before[name], name
    assert last(number, "case_commented") == {"text": "已约周三面谈", "public": True}


def test_the_unit_that_a_client_is_guided_to_is_a_party() -> None:
    number = opened()
    refused("not-a-party", number, "comment", "natural_resources_fio")
    do(number, "guide")
    assert do(number, "comment", "natural_resources_fio")["status"] == "guided"


@pytest.mark.parametrize("actor", [STRANGER, "mayor", "housing_head2"])
def test_no_party_does_not_comment(actor: str) -> None:
    refused("not-a-party", opened(), "comment", actor)


def test_only_a_handover_by_the_department_head_changes_the_first_officer() -> None:
    number = opened()
    for actor in (FIO, HEAD, DEPUTY, LEADER, "transport_principal"):
        assert PRINCIPAL in refused("not-head", number, "handover", actor)
    case = do(number, "handover", PRINCIPAL)
    assert case["first_inquiry_officer"]["code"] == "housing_fio4"
    assert case["holder"]["code"] == "housing_fio4", "at station 1 the holder is the first officer"
    assert case["due_at"] == "2026-11-24T17:30:00+08:00", "a handover gives no new time"
    assert last(number, "officer_changed") == {
        "from": FIO, "to": "housing_fio4", "reason": "岗位调整",
    }  # fmt: skip
    do(number, "escalate")
    assert do(number, "handover", PRINCIPAL, to=FIO)["holder"]["code"] == HEAD


def test_the_acting_head_hands_over_and_the_one_on_leave_does_not() -> None:
    number = opened()
    on_leave(PRINCIPAL, DEPUTY)
    refused("not-head", number, "handover", PRINCIPAL)
    assert do(number, "handover", DEPUTY)["first_inquiry_officer"]["code"] == "housing_fio4"


def test_a_case_is_handed_to_another_officer_of_the_department() -> None:
    number = opened()
    for to in (FIO, STRANGER):
        refused("handover", number, "handover", PRINCIPAL, to=to)
    with pytest.raises(BadInputError, match="nobody"):
        do(number, "handover", PRINCIPAL, to="nobody")


def test_no_other_action_changes_the_first_officer() -> None:
    number = at_station(5)
    do(number, "decide")
    do(number, "complete")
    do(number, "reopen", "natural_resources_head1")
    assert shown(number)["first_inquiry_officer"]["code"] == FIO
    assert "officer_changed" not in kinds(number)


def test_a_withdrawn_case_is_over() -> None:
    number = opened()
    case = do(number, "withdraw", STRANGER, text="已自行解决")
    assert (case["status"], case["station"], case["holder"]) == ("withdrawn", None, None)
    assert (case["due_at"], case["outcome"]) == (None, None)
    for action, actor in (("comment", FIO), ("rate", STRANGER), ("reopen", LEADER), ("take", FIO)):
        refused("status", number, action, actor)
    assert swept("2027-01-05T09:00").due == 0


@pytest.mark.parametrize("grade", [1, 2, 3, 4, 5])
def test_grades_one_and_two_ask_to_reopen(grade: int) -> None:
    number = in_status("answered")
    case = do(number, "rate", STRANGER, grade=grade, text="没有解决")
    bad = grade <= 2
    assert (case["grade"], case["reopen_requested"]) == (grade, bad)
    assert ("reopen_requested" in kinds(number)) == bad
    assert swept("2026-12-08T09:00").closed == (0 if bad else 1)
    assert shown(number)["status"] == ("answered" if bad else "closed")


def test_who_answered_does_not_rate_nor_in_whose_name_it_was() -> None:
    number = opened()
    on_leave(FIO, "housing_fio4")
    do(number, "complete", "housing_fio4")
    for actor in (FIO, "housing_fio4"):
        refused("assessed", number, "rate", actor)
    assert do(number, "rate", "housing_fio2")["grade"] == 5
    refused("rated", number, "rate", STRANGER, grade=1)


@pytest.mark.parametrize("grade", [0, 6])
def test_a_grade_outside_one_to_five_is_refused(grade: int) -> None:
    refused("grade", in_status("answered"), "rate", STRANGER, grade=grade)


def test_an_answered_case_closes_after_ten_working_days() -> None:
    number = in_status("answered")
    assert swept("2026-12-07T17:30").closed == 0
    assert swept("2026-12-07T17:31").closed == 1
    assert shown(number)["status"] == "closed"
    assert swept("2026-12-07T17:32").closed == 0
    for action, actor in (("comment", FIO), ("rate", STRANGER), ("withdraw", STRANGER)):
        message = refused("status", number, action, actor)
        assert "reopen" in message


def test_a_superior_reopens_where_it_was_answered_and_then_one_above() -> None:
    number = opened()
    do(number, "complete")
    for actor in (FIO, STRANGER, "housing_head2", "mayor"):
        refused("not-superior", number, "reopen", actor)
    case = do(number, "reopen", HEAD)
    assert (case["status"], case["station"], case["holder"]["code"]) == ("open", 1, FIO)
    assert (case["outcome"], case["grade"], case["reopen_requested"]) == (None, None, False)
    assert case["due_at"] == "2026-11-24T17:30:00+08:00", "a new stay"
    assert case["client_due_at"] == "2026-12-07T17:30:00+08:00"
    do(number, "complete")
    assert do(number, "reopen", HEAD)["station"] == 2, "the second time one station above"
    do(number, "complete")
    refused("not-superior", number, "reopen", HEAD)
    assert do(number, "reopen", DEPUTY)["station"] == 3


def test_a_closed_case_changes_only_by_reopening() -> None:
    number = in_status("closed", 4)
    case = do(number, "reopen", LEADER)
    assert (case["status"], case["station"], holder(number)) == ("open", 4, PRINCIPAL)
    assert len(case["stays"]) == 5


def test_the_leaders_answer_is_reopened_by_another_leader() -> None:
    number = at_station(5)
    do(number, "refuse")
    refused("not-superior", number, "reopen", LEADER)
    refused("not-superior", number, "reopen", PRINCIPAL)
    case = do(number, "reopen", "mayor")
    assert (case["status"], case["station"]) == ("with_leaders", 5)
