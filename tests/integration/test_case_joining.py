"""Similar cases are found; one takes another in, or one answer serves many."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask

from tiji.cases import actions
from tiji.cases.queries import heads
from tiji.cases.rules import WayForward
from tiji.cases.sheet import case_detail
from tiji.errors import RuleError
from tiji.events.queries import all_links
from tiji.events.rules import verify_chains
from tiji.intake.actions import import_ledger
from tiji.intake.queries import similar_cases
from tiji.people.queries import seat_holder
from tiji.runtime import runtime


def opened(title: str, officer: str = "housing_fio", **data: str) -> str:
    number = actions.open_case(
        matter_code="petitions.other",
        title=title,
        content="说明",
        client_name="沈一鸣",
        client_kind="citizen",
        actor=officer,
        data=data,
    ).number
    assert number
    return number


def up(number: str, officers: Sequence[str]) -> None:
    for officer in officers:
        actions.escalate(number, officer, why="缺", judgement="unsure", suggestion="会同")


def test_the_same_person_comes_before_like_subjects(app: Flask) -> None:
    number = opened("滨江花园两区交界道路路灯无人管养", id_number="340705190001010007")
    person = opened("幸福里二期外摆经营", id_number="340705190001010007")
    like = opened("滨江花园交界道路路灯与排水无人管养")
    elsewhere = opened("矿工新村两区交界道路路灯无人管养")
    other = opened("滨江花园安置房未办证")
    found = [case["number"] for case in similar_cases(number)["similar"]]
    assert found == [person, like]
    assert {elsewhere, other}.isdisjoint(found)


def test_an_import_counts_rows_that_resemble_open_cases(app: Flask, tmp_path: Path) -> None:
    number = opened("滨江花园两区交界道路路灯无人管养")
    ledger = tmp_path / "台账.csv"
    rows = ["甲某,滨江花园交界道路路灯与排水无人管养,住建局", "乙某,矿工新村路灯不亮,住建局"]
    ledger.write_text("\n".join(["信访人,信访事项,责任单位", *rows]), encoding="utf-8")
    report = import_ledger("petitions.backlog", ledger)
    assert report.imported == 2
    assert [(entry["row"], entry["cases"]) for entry in report.resembling_rows] == [(2, [number])]
    assert report.resembling == 1


def test_a_superior_of_both_merges_and_both_stay_readable(app: Flask) -> None:
    kept, gone = opened("路灯"), opened("路灯不亮")
    actions.merge(gone, "housing_head1", into=kept, reason="同一事项")
    merged, other = case_detail(gone), case_detail(kept)
    assert (merged["status"], merged["merged_into"]) == ("closed", kept)
    assert [case["number"] for case in other["took_in"]] == [gone]
    assert other["status"] == "open"


def test_a_chain_of_fifteen_resolves(app: Flask) -> None:
    chain = [opened(f"路灯{no}") for no in range(16)]
    for gone, kept in pairwise(chain):
        actions.merge(gone, "housing_head1", into=kept, reason="同一事项")
    late = opened("路灯")
    actions.merge(late, "housing_head1", into=chain[0], reason="同一事项")
    assert case_detail(late)["merged_into"] == chain[-1]


@pytest.mark.parametrize("officer", ["housing_fio", "transport_principal", "housing_head2"])
def test_nobody_merges_without_rights_on_both(app: Flask, officer: str) -> None:
    kept, gone = opened("路灯"), opened("路灯不亮", "transport_fio")
    with pytest.raises(RuleError, match="superior"):
        actions.merge(gone, officer, into=kept, reason="同一事项")
    assert case_detail(gone)["status"] == "open"


def test_a_case_is_not_merged_into_itself_not_even_through_others(app: Flask) -> None:
    first, second = opened("路灯"), opened("路灯不亮")
    actions.merge(first, "housing_head1", into=second, reason="同一事项")
    with pytest.raises(RuleError):
        actions.merge(second, "housing_head1", into=first, reason="同一事项")


def test_one_answer_reaches_every_client_of_a_group(app: Flask) -> None:
    lead, others = opened("办证"), [opened(f"办证{no}") for no in range(3)]
    actions.pause(others[0], "housing_fio", reason="awaiting_client", until=date(2026, 11, 27))
    actions.group(lead, "housing_head1", cases=others, reason="同一小区")
    actions.complete(lead, "housing_fio", result="已办证", outcome="done", feedback="已送达")
    for number in others:
        detail = case_detail(number)
        assert (detail["status"], detail["outcome"]) == ("answered", "done")
        assert detail["events"][-1]["data"]["feedback"] == "已送达"
    assert verify_chains(heads(), all_links()).bad == ()


def test_a_group_is_no_way_to_a_refusal_below_the_principal(app: Flask) -> None:
    lead, low, high = opened("外摆"), opened("外摆二"), opened("外摆三")
    line = ["housing_fio", "housing_head1", "housing_deputy1"]
    up(lead, line)
    up(high, line)
    leader = _leader_of("housing")
    actions.group(lead, leader, cases=[low, high])
    actions.refuse(
        lead,
        "housing_principal",
        reasons="未满五年",
        basis="某办法第三条",
        ways_forward=[WayForward("满五年后申请", "李科长")],
        feedback="已书面告知",
    )
    assert case_detail(high)["outcome"] == "refused"
    assert case_detail(low)["status"] == "open"


def _leader_of(department: str) -> str:
    seat = seat_holder(5, department, None, runtime().clock.now())
    assert seat
    return seat.officer
