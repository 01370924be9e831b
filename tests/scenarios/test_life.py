"""A Monday in 云川市, told through the command line: from an empty folder to closed cases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.scenarios.conftest import Tiji
from tests.scenarios.processes import write_ledger

from tiji.testing.pytest_plugin import CITY

Case = dict[str, Any]


@pytest.fixture
def city(tiji: Tiji, tmp_path: Path) -> Tiji:
    """Prepare a city with a small backlog."""
    tiji("init")
    tiji("org", "load", str(CITY))
    ledger = write_ledger(tmp_path / "积案.csv", 60)
    report = tiji("import", "petitions.backlog", str(ledger), "--json", code=3)
    # Row 50 names an office that does not exist; all others entered.
    assert (report["read"], report["imported"], len(report["rejected"])) == (60, 59, 1)
    again = tiji("import", "petitions.backlog", str(ledger), "--json", code=3)
    assert (again["imported"], again["unchanged"]) == (0, 59)
    return tiji


def act(tiji: Tiji, action: str, case: Case, actor: str, *words: str, at: str) -> Case:
    seen = str(case["version"])
    done: Case = tiji(
        "case", action, case["number"], "--as", actor, "--version", seen, *words, "--json", at=at
    )
    return done


def climb(tiji: Tiji, case: Case, actors: list[str], at: str) -> Case:
    """Let each holder in turn acknowledge a case and take it one station up."""
    words = ("--why", "缺竣工验收备案", "--judgement", "unsure", "--suggestion", "会同核验")
    for actor in actors:
        assert case["holder"]["code"] == actor
        case = act(tiji, "take", case, actor, at=at)
        case = act(tiji, "escalate", case, actor, *words, at=at)
    return case


def open_case(tiji: Tiji) -> Case:
    opened: Case = tiji(
        "case", "open", "--matter", "petitions.other", "--title", "集资房无法办证",
        "--content", "入住多年,开发商已注销", "--client-name", "张某某",
        "--client-kind", "citizen", "--as", "housing_fio", "--json",
    )  # fmt: skip
    return opened


STAFF = ["housing_fio", "housing_head1", "housing_deputy1"]
REFUSAL = (
    *("--reasons", "未满五年上市年限", "--basis", "某办法第三条", "--feedback", "已书面告知"),
    *("--way-forward", "满五年后再申请 :: 范科长", "--way-forward", "先办居住权登记 :: 登记中心"),
)


def test_a_refusal_comes_from_the_principal_with_ways_forward(city: Tiji) -> None:
    monday, tuesday = "2026-11-23T10:00", "2026-11-24T10:00"
    case = open_case(city)
    assert (case["station"], case["first_inquiry_officer"]["code"]) == (1, "housing_fio")
    # The first officer may not say no, and is told what to do instead.
    number = case["number"]
    said = city("case", "refuse", number, "--as", "housing_fio", *REFUSAL, at=monday, code=4)
    assert "escalate" in said
    case = climb(city, case, STAFF, monday)
    assert (case["station"], case["holder"]["code"]) == (4, "housing_principal")
    # "There is no document for it" is no reason, and a no without a way forward is none.
    empty = ("--reasons", "目前没有相关文件依据", "--basis", "某办法第三条", "--feedback", "已告知")
    city("case", "refuse", number, "--as", "housing_principal", *empty, at=tuesday, code=4)
    city("case", "refuse", number, "--as", "housing_principal", *REFUSAL[:6], at=tuesday, code=4)
    case = act(city, "refuse", case, "housing_principal", *REFUSAL, at=tuesday)
    assert (case["status"], case["outcome"]) == ("answered", "refused")
    told = case["events"][-1]
    assert told["kind"] == "case_refused"
    assert [way["helper"] for way in told["data"]["ways_forward"]] == ["范科长", "登记中心"]
    assert [stay["station"] for stay in case["stays"]] == [1, 2, 3, 4]


def test_a_proposal_is_decided_done_rated_and_closed_by_the_sweep(city: Tiji) -> None:
    monday, tuesday, friday = "2026-11-23T10:00", "2026-11-24T10:00", "2026-11-27T10:00"
    case = climb(city, open_case(city), STAFF, monday)
    case = act(city, "propose", case, "housing_principal", "--proposal", "先登记后追缴", at=monday)
    assert (case["status"], case["holder"]["code"]) == ("with_leaders", "vice_mayor_2")
    # Somebody who looked before the proposal is told who did what since.
    number = case["number"]
    said = city("case", "take", number, "--as", "vice_mayor_2", "--version", "2", code=5)
    assert "陆牧之" in said
    words = ("--decision", "do", "--department", "housing", "--by", "2026-12-04")
    case = act(city, "decide", case, "vice_mayor_2", *words, at=tuesday)
    assert (case["station"], case["holder"]["code"]) == (1, "housing_fio")
    assert case["due_at"] == "2026-12-04T17:30:00+08:00"
    words = ("--result", "已办证", "--outcome", "done_with_effort", "--feedback", "证已送达")
    case = act(city, "complete", case, "housing_fio", *words, at=friday)
    # Nobody rates their own answer.
    city("case", "rate", number, "--as", "housing_fio", "--grade", "5", at=friday, code=4)
    case = act(city, "rate", case, "petitions_bureau_fio", "--grade", "5", at=friday)
    # Ten working days after the answer it closes by itself, and not before.
    assert city("sweep", "--json", at="2026-12-11T17:30")["closed"] == 0
    assert city("sweep", "--json", at="2026-12-11T17:31")["closed"] == 1
    case = city("case", "show", number, "--json", at="2026-12-14T09:00")
    assert (case["status"], case["outcome"]) == ("closed", "done_with_effort")
    assert [stay["station"] for stay in case["stays"]] == [1, 2, 3, 4, 5, 1]
    assert city("events", "verify", "--json")["bad"] == []


def test_what_nobody_touches_goes_up_by_itself_and_no_further_than_the_principal(
    city: Tiji,
) -> None:
    number = open_case(city)["number"]
    stations = []
    for day in ("2026-11-25", "2026-11-27", "2026-12-02", "2026-12-31"):
        result = city("sweep", "--json", at=f"{day}T09:00")
        assert result["quarantined"] == []
        assert city("sweep", "--json", at=f"{day}T09:00")["due"] == 0
        stations.append(city("case", "show", number, "--json", at=f"{day}T09:00")["station"])
    assert stations == [2, 3, 4, 4]
    overdue = city("case", "list", "--overdue", "--limit", "100", "--json", at="2026-12-31T09:00")
    assert number in [case["number"] for case in overdue["cases"]]
    assert city("events", "verify", "--json")["bad"] == []
