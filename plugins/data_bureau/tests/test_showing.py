"""What is shown of messages: order, pages, both numbers and languages, and never who asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SECRETS = ("王某某", "13900000000")


def test_the_panel_stands_beside_the_case(city: Any) -> None:
    number = city.open(
        external_id="TL1", source="12345热线", kind="求助", votes_for=12, urgency="紧急",
        received_at="2026-11-20 09:12", reply_by="2026-11-30",
    )  # fmt: skip
    (panel,) = city.json("case", "show", number)["panels"]
    assert panel == {
        "title": "Online message",
        "facts": {
            "Number": "TL1",
            "Source": "12345热线",
            "Kind": "求助",
            "Urgency": "紧急",
            "Received": "2026-11-20T09:12:00+08:00",
            "Answer by": "2026-11-30",
            "Votes for/against": "12/0",
        },
    }
    city.answer(number)
    (panel,) = city.json("case", "show", number)["panels"]
    assert panel["facts"]["Answered"] == "2026-11-23T09:00:00+08:00"


def test_the_list_is_ordered_by_when_messages_came_and_paged(city: Any) -> None:
    late = city.open(received_at="2026-11-22 10:00")
    now = city.open()
    early = city.open(received_at="2026-11-20 10:00")
    same = city.open(received_at="2026-11-22 10:00")
    page = city.json("data-bureau", "list", "--limit", "2")
    assert [row["number"] for row in page["messages"]] == [early, late]
    rest = city.json("data-bureau", "list", "--after", page["next"])
    assert [row["number"] for row in rest["messages"]] == [same, now]
    assert rest["next"] is None
    shown = city.run("data-bureau", "list", "--limit", "2").stdout
    assert early in shown
    assert page["next"] in shown
    for cursor in ("nonsense", "2026-11-22_1", "0001-01-01T00:00:00+08:00_1", "_"):
        city.run("data-bureau", "list", "--after", cursor, code=2)


def test_nothing_waits_at_first(city: Any) -> None:
    assert "No message" in city.run("data-bureau", "list").stdout


def test_a_message_is_found_by_either_number(city: Any) -> None:
    first = city.open(external_id="TL1", source="12345热线")
    assert city.show("TL1") == city.show(first)
    second = city.open(external_id="TL1", source="留言板")
    refused = city.run("data-bureau", "show", "TL1", code=2)
    assert first in refused.stderr
    assert second in refused.stderr
    assert "no message" in city.run("data-bureau", "show", "TL9", code=2).stderr.lower()


def test_nothing_shows_who_asked(city: Any, messages_csv: Callable[..., Path]) -> None:
    number = city.open(mobile=SECRETS[1], external_id="TL1")
    city.take_in(messages_csv({"联系电话": SECRETS[1], "答复意见": "尊敬的王某某:已疏通"}))
    shown = [
        city.run("data-bureau", *args).output
        for args in (("list",), ("list", "--json"), ("show", number), ("show", number, "--json"))
    ]
    shown += [
        city.run("case", "show", case, *args).output
        for case in (number, city.show("1001")["number"])
        for args in ((), ("--json",))
    ]
    assert not [secret for secret in SECRETS for text in shown if secret in text]


def test_messages_are_chinese_too(city: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    number = city.open(kind="求助", external_id="TL1")
    monkeypatch.setenv("TIJI_LANG", "zh_CN")
    assert "留言编号  TL1" in city.run("data-bureau", "show", number).stdout
    assert "求助" in city.run("data-bureau", "list").stdout
    assert "没有编号" in city.run("data-bureau", "show", "TL9", code=2).stderr


@pytest.mark.parametrize("command", ["list", "show"])
def test_every_command_has_an_example(city: Any, command: str) -> None:
    assert f"tiji data-bureau {command}" in city.run("data-bureau", command, "--help").stdout
