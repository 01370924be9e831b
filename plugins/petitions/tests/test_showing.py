"""What is shown of petitions: order, limits, pages, both languages, and never who asked."""

from __future__ import annotations

from typing import Any

import pytest

SECRETS = ("孙某某", "340711190001010004", "13900000000", "示例小区")


def test_the_panel_shows_the_limits_beside_the_case(city: Any) -> None:
    number = city.open(people=86, visits=30, way="来访", leader="乙副市长")
    (panel,) = city.json("case", "show", number)["panels"]
    assert panel == {
        "title": "Petition",
        "facts": {
            "State": "unresolved",
            "Visits": "30",
            "People": "86 (collective)",
            "Form": "来访",
            "Leader in charge": "乙副市长",
            "Accept by": "2026-12-08 (15 days left)",
            "Conclude by": "2027-02-11 (80 days left, provisional)",
        },
    }
    city.at = "2026-12-10T09:00+08:00"
    (panel,) = city.json("case", "show", number)["panels"]
    assert panel["facts"]["Accept by"] == "2026-12-08 (2 days over)"
    done = ("--result", "已办证", "--outcome", "done", "--feedback", "已电话告知")
    city.run("sweep")
    holder = city.json("case", "show", number)["holder"]["code"]
    city.run("case", "complete", number, "--as", holder, *done)
    (panel,) = city.json("case", "show", number)["panels"]
    assert panel["facts"]["Concluded"] == "2026-12-10"
    assert "Conclude by" not in panel["facts"]


def test_the_list_is_ordered_by_conclusion_and_paged(city: Any) -> None:
    first = city.open()
    city.at = "2026-11-25T09:00+08:00"
    second = city.open("petitions.policy_change")
    third = city.open("petitions.no_precedent")
    city.run("petitions", "accept", third, "--as", "housing_fio")
    page = city.json("petitions", "list", "--limit", "2")
    assert [row["number"] for row in page["petitions"]] == [third, first]
    rest = city.json("petitions", "list", "--after", page["next"])
    assert [row["number"] for row in rest["petitions"]] == [second]
    assert rest["next"] is None
    text = city.run("petitions", "list", "--limit", "2").stdout
    assert third in text
    assert page["next"] in text
    city.run("petitions", "list", "--after", "nonsense", code=2)
    city.at = "2027-03-01T09:00+08:00"
    assert city.json("petitions", "list")["petitions"][0]["overdue"] is True
    assert "overdue" in city.run("petitions", "list").stdout


def test_nothing_shows_who_asked(city: Any) -> None:
    number = city.open(
        id_number=SECRETS[1], mobile=SECRETS[2], address="铜官区示例小区1栋101室", people=6
    )
    shown = [
        city.run("petitions", "list").output,
        city.run("petitions", "list", "--json").output,
        city.run("petitions", "show", number).output,
        city.run("petitions", "show", number, "--json").output,
        city.run("case", "show", number).output,
    ]
    assert not [secret for secret in SECRETS for text in shown if secret in text]


def test_messages_are_chinese_too(city: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    number = city.open(people=6)
    monkeypatch.setenv("TIJI_LANG", "zh_CN")
    assert "集体访  是" in city.run("petitions", "show", number).stdout
    assert "未化解" in city.run("petitions", "list").stdout
    assert "信访局" in city.run("case", "withdraw", number, "--as", "housing_fio2", code=4).stderr


@pytest.mark.parametrize("command", ["list", "show", "accept", "extend"])
def test_every_command_has_an_example(city: Any, command: str) -> None:
    assert f"tiji petitions {command}" in city.run("petitions", command, "--help").stdout
