"""Acceptance and the one extension: by whom, when, and how often."""

from __future__ import annotations

from typing import Any

ACCEPT = ("--as", "housing_fio")
EXTEND = ("--as", "housing_principal", "--reason", "等待鉴定结论")


def test_acceptance_starts_the_60_days(city: Any) -> None:
    number = city.open()
    city.at = "2026-11-30T09:00+08:00"
    shown = city.json("petitions", "accept", number, *ACCEPT)
    assert shown["accepted_at"] == "2026-11-30T09:00:00+08:00"
    assert shown["accept_by"] is None
    assert (shown["conclude_by"], shown["days_left"]) == ("2027-01-29", 60)
    assert shown["provisional"] is True
    refused = city.run("petitions", "accept", number, *ACCEPT, code=4)
    assert "accepted already" in refused.stderr


def test_only_the_department_that_handles_it_accepts(city: Any) -> None:
    number = city.open()
    refused = city.run("petitions", "accept", number, "--as", "transport_fio", code=4)
    assert "housing" in refused.stderr
    assert city.show(number)["accepted_at"] is None


def test_the_ladder_does_not_wait_for_acceptance(city: Any) -> None:
    number = city.open()
    city.run("case", "take", number, "--as", "housing_fio")
    why = ("--why", "把握不准", "--judgement", "unsure", "--suggestion", "请科室研判")
    city.run("case", "escalate", number, "--as", "housing_fio", *why)
    assert city.show(number)["accept_by"] == "2026-12-08"


def test_the_head_extends_once_and_before_expiry(city: Any) -> None:
    number = city.open()
    assert "not accepted" in city.run("petitions", "extend", number, *EXTEND, code=4).stderr
    city.run("petitions", "accept", number, *ACCEPT)
    refused = city.run(
        "petitions", "extend", number, "--as", "housing_fio", "--reason", "忙", code=4
    )
    assert "housing_principal" in refused.stderr
    shown = city.json("petitions", "extend", number, *EXTEND)
    assert shown["extended_by"] == "housing_principal"
    assert shown["conclude_by"] == "2027-02-22"  # 22 January and 30 days: a Sunday moves on
    assert "only once" in city.run("petitions", "extend", number, *EXTEND, code=4).stderr

    late = city.open("petitions.no_precedent")
    city.run("petitions", "accept", late, *ACCEPT)
    city.at = "2027-01-25T09:00+08:00"
    assert "before expiry" in city.run("petitions", "extend", late, *EXTEND, code=4).stderr


def test_nobody_approves_their_own(city: Any) -> None:
    number = city.open()
    city.run("petitions", "accept", number, *ACCEPT)
    why = ("--why", "把握不准", "--judgement", "unsure", "--suggestion", "请研判")
    for officer in ("housing_fio", "housing_head1", "housing_deputy1"):
        city.run("case", "escalate", number, "--as", officer, *why)
    assert city.json("case", "show", number)["holder"]["code"] == "housing_principal"
    refused = city.run("petitions", "extend", number, *EXTEND, code=4)
    assert "vice_mayor_2" in refused.stderr
    leader = ("--as", "vice_mayor_2", "--reason", "等待鉴定结论")
    assert city.json("petitions", "extend", number, *leader)["extended_by"] == "vice_mayor_2"


def test_an_answered_petition_is_over(city: Any) -> None:
    number = city.open()
    done = ("--result", "已办证", "--outcome", "done", "--feedback", "已电话告知")
    city.run("case", "complete", number, "--as", "housing_fio", *done)
    assert "concluded" in city.run("petitions", "accept", number, *ACCEPT, code=4).stderr


def test_unknown_case_and_officer(city: Any) -> None:
    number = city.open()
    city.run("petitions", "accept", "TJ2026999999", *ACCEPT, code=2)
    city.run("petitions", "accept", number, "--as", "nobody", code=2)
    city.run("petitions", "show", "TJ2026999999", code=2)
    blank = ("--as", "housing_principal", "--reason", " ")
    assert "reason" in city.run("petitions", "extend", number, *blank, code=4).stderr


def test_a_collective_petition_is_not_withdrawn_by_who_must_answer_it(city: Any) -> None:
    number = city.open(people=5)
    asked = ("case", "withdraw", number, "--text", "代表同意撤回")
    refused = city.run(*asked, "--as", "housing_fio2", code=4)
    assert "petitions bureau" in refused.stderr
    assert city.json("case", "show", number)["status"] == "open"
    city.run(*asked, "--as", "petitions_bureau_fio")
    assert city.json("case", "show", number)["status"] == "withdrawn"
    assert city.show(number)["concluded_at"] is not None


def test_a_single_petition_is_withdrawn_as_ever(city: Any) -> None:
    number = city.open("petitions.policy_change", people=4)
    city.run("case", "withdraw", number, "--as", "housing_fio2")
    assert city.json("case", "show", number)["status"] == "withdrawn"
