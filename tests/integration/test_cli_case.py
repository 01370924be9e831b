"""The command line about cases: the shape of its JSON, its filters, its exit codes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from click.testing import CliRunner
from tests.integration.cases import (
    DEPUTY,
    FIO,
    HEAD,
    LEADER,
    LINE,
    PRINCIPAL,
    STRANGER,
    change_behind,
)
from tests.integration.cli import OPEN, WORDS, Json, Run, data, fails

from tiji.cli import main

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00")
SUMMARY: dict[str, type | tuple[type, ...]] = {
    "number": str, "title": str, "matter": str, "category": str, "status": str,
    "outcome": (str, type(None)), "department": str, "first_inquiry_officer": dict,
    "station": (int, type(None)), "holder": (dict, type(None)), "due_at": (str, type(None)),
    "client_due_at": (str, type(None)), "provisional": bool, "missing": list, "version": int,
}  # fmt: skip
STEP: dict[str, type | tuple[type, ...]] = {
    "no": int, "key": str, "state": str, "title": str, "office": (str, type(None)),
    "holder": (str, type(None)), "used_min": int, "limit_min": int, "ratio": float,
    "light": (str, type(None)), "entered_at": (str, type(None)), "left_at": (str, type(None)),
    "due_at": (str, type(None)), "outcome": (str, type(None)), "note": (str, type(None)),
    "note_public": (str, type(None)),
}  # fmt: skip
STAY: dict[str, type | tuple[type, ...]] = {
    "no": int, "holder": (dict, type(None)), "entered_at": str, "due_at": (str, type(None)),
    "left_at": (str, type(None)), "judgement": (str, type(None)), "outcome": (str, type(None)),
}  # fmt: skip
EVENT: dict[str, type | tuple[type, ...]] = {
    "seq": int, "kind": str, "at": str, "actor": str, "data": dict,
}  # fmt: skip


def assert_shape(item: Json, shape: dict[str, Any]) -> None:
    """Assert that all keys are there with values of their types, times with their offset."""
    for key, types in shape.items():
        assert key in item, key
        assert isinstance(item[key], types), (key, item[key])
        if key.endswith("_at") or key == "at":
            assert item[key] is None or TIME.fullmatch(item[key]), (key, item[key])
    for key in ("holder", "first_inquiry_officer"):
        if isinstance(item.get(key), dict):
            assert set(item[key]) == {"code", "name"}


def assert_case(item: Json) -> None:
    """Assert the whole shape of `case show`."""
    assert_shape(item, SUMMARY)
    for step in item["ladder"]:
        assert_shape(step, STEP)
    for stay in item["stays"]:
        assert_shape(stay, STAY)
    for event in item["events"]:
        assert_shape(event, EVENT)
    assert [event["seq"] for event in item["events"]] == list(range(1, item["version"] + 1))
    now = [step["no"] for step in item["ladder"] if step["state"] == "now"]
    assert now == ([item["station"]] if item["station"] else [])


def test_a_whole_life_has_the_same_shape_at_every_step(case: Callable[..., Json]) -> None:
    opened = case("open")
    assert_case(opened)
    number = opened["number"]
    assert (opened["status"], opened["outcome"], opened["version"]) == ("open", None, 1)
    assert opened["holder"] == {"code": FIO, "name": "孟望舒"}
    life = [
        ("take", FIO), ("guide", FIO), ("decline", "natural_resources_fio"), ("pause", FIO),
        ("resume", FIO), ("extend", FIO), ("grant", HEAD), ("extend", FIO), ("deny", HEAD),
        ("escalate", FIO), ("escalate", HEAD), ("escalate", DEPUTY), ("propose", PRINCIPAL),
        ("decide", LEADER), ("handover", PRINCIPAL), ("comment", "housing_fio4"),
        ("agree", "housing_fio4"), ("complete", "housing_fio4"), ("rate", STRANGER),
        ("reopen", HEAD), ("withdraw", STRANGER),
    ]  # fmt: skip
    version = 1
    for action, actor in life:
        shown = case(action, number, actor)
        assert_case(shown)
        assert shown["version"] > version, action
        version = shown["version"]
    assert shown["status"] == "withdrawn"


def test_the_ladder_is_the_contract_of_the_design(case: Callable[..., Json]) -> None:
    number = case("open")["number"]
    case("escalate", number, at="2026-11-23T10:00")
    ladder = case("take", number, HEAD, at="2026-11-23T16:00")["ladder"]
    assert [step["key"] for step in ladder] == ["first", "section", "deputy", "principal", "city"]
    assert [step["no"] for step in ladder] == [1, 2, 3, 4, 5]
    assert [step["state"] for step in ladder] == ["done", "now", "next", "next", "next"]
    first, second, third = ladder[:3]
    assert (first["outcome"], first["note"], first["note_public"]) == ("escalated", "缺备案", None)
    assert (first["used_min"], first["limit_min"], first["ratio"]) == (60, 810, 0.07)
    assert (first["light"], first["holder"], first["office"]) == ("g", "孟望舒", "房地产市场科")
    assert (second["used_min"], second["light"], second["left_at"]) == (240, "g", None)
    assert (third["limit_min"], third["used_min"], third["holder"]) == (840, 0, None)
    assert (third["entered_at"], third["due_at"]) == (None, None)


def test_show_prints_a_staircase_and_no_name_of_the_client(
    tiji: Run, case: Callable[..., Json]
) -> None:
    number = case("open")["number"]
    text = tiji("case", "show", number.lower()).stdout
    for word in (number, "孟望舒", "First-inquiry officer", "City leaders", "路灯无人管养"):
        assert word in text
    assert "张某某" not in text


def test_a_page_has_the_case_without_its_ladder(tiji: Run, case: Callable[..., Json]) -> None:
    case("open")
    page = data(tiji("case", "list", "--json"))
    assert set(page) == {"cases", "next"}
    assert page["next"] is None
    assert_shape(page["cases"][0], SUMMARY)
    assert not {"ladder", "stays", "events"} & set(page["cases"][0])


@pytest.mark.parametrize("limit", [1, 3, 50])
def test_pages_give_every_case_once(tiji: Run, case: Callable[..., Json], limit: int) -> None:
    numbers = [case("open")["number"] for _no in range(5)]
    case("complete", numbers[1])
    case("withdraw", numbers[2], STRANGER)
    case("escalate", numbers[3], FIO, at="2026-11-24T09:00")
    seen: list[str] = []
    cursor: list[str] = []
    while True:
        page = data(tiji("case", "list", "--json", "--limit", str(limit), *cursor))
        assert len(page["cases"]) <= limit
        seen += [item["number"] for item in page["cases"]]
        if page["next"] is None:
            break
        cursor = ["--after", page["next"]]
    assert sorted(seen) == numbers
    due = [item for item in seen if item not in (numbers[1], numbers[2])]
    assert due[-1] == numbers[3], "by due time"


def test_filters(tiji: Run, case: Callable[..., Json]) -> None:
    one, two, three, four = (
        case("open", "", actor)["number"] for actor in (FIO, FIO, "transport_fio", "transport_fio")
    )
    case("escalate", two)
    case("agree", three, "transport_fio")
    case("pause", four, "transport_fio")

    def listed(*filters: str, at: str = "2026-11-23T09:00") -> set[str]:
        page = data(tiji("case", "list", "--json", *filters, at=at))
        return {item["number"] for item in page["cases"]}

    assert listed() == {one, two, three, four}
    assert listed("--department", "housing") == {one, two}
    assert listed("--department", "市住建局") == {one, two}, "any name of it"
    assert listed("--station", "2") == {two}
    assert listed("--status", "in_progress") == {three}
    assert listed("--status", "paused", "--department", "transport") == {four}
    assert listed("--status", "closed") == set()
    assert listed("--overdue") == set()
    assert listed("--overdue", at="2026-11-24T17:31") == {one, two}
    assert listed("--holder", HEAD) == {two}


def test_a_page_can_be_read_by_people(tiji: Run, case: Callable[..., Json]) -> None:
    assert tiji("case", "list").stdout.strip()
    number = case("open")["number"]
    assert number in tiji("case", "list").stdout
    case("open")
    assert "--after" in tiji("case", "list", "--limit", "1").stdout


def test_missing_fields_are_in_the_json(tiji: Run) -> None:
    given = json.dumps({"visits": 2, "mobile": "13812345678"})
    shown = data(tiji(*OPEN, "--as", FIO, "--data", given, "--json"))
    assert "id_number" in shown["missing"]
    assert not {"visits", "mobile"} & set(shown["missing"])
    assert "13812345678" not in json.dumps(shown)


def test_a_routine_matter_gives_guidance(tiji: Run) -> None:
    args = [arg if arg != "petitions.other" else "petitions.enquiry" for arg in OPEN]
    shown = data(tiji(*args, "--as", FIO, "--json"))
    assert shown["number"] is None
    assert set(shown["guidance"]) == {"who", "where", "contact"}
    assert data(tiji("case", "list", "--json"))["cases"] == []
    assert shown["guidance"]["who"] in tiji(*args, "--as", FIO).stdout


def test_a_rule_exits_with_four_and_says_what_to_do_instead(
    tiji: Run, case: Callable[..., Json]
) -> None:
    number = case("open")["number"]
    assert FIO in fails(tiji, 4, "take", number, STRANGER)
    assert "escalate" in fails(tiji, 4, "refuse", number, FIO)
    assert "escalate" in fails(tiji, 4, "propose", number, FIO)
    assert "open" in fails(tiji, 4, "decide", number, LEADER)
    for station in (1, 2, 3):
        case("escalate", number, LINE[station])
    assert "propose" in fails(tiji, 4, "escalate", number, PRINCIPAL)
    for words in (
        ["--basis", "无"],
        ["--reasons", "没有文件依据"],
        ["--way-forward", "再申请"],
        ["--way-forward", "再申请::"],
        ["--feedback", ""],
    ):
        fails(tiji, 4, "refuse", number, PRINCIPAL, *words)
    assert data(tiji("case", "show", number, "--json"))["status"] == "open"
    assert case("refuse", number, PRINCIPAL)["outcome"] == "refused"


def test_a_phrase_to_avoid_is_advice_on_stderr(tiji: Run, case: Callable[..., Json]) -> None:
    number = case("open")["number"]
    for station in (1, 2, 3):
        case("escalate", number, LINE[station])
    words = ["--reasons", "不符合办理条件：未满五年"]
    result = tiji("case", "refuse", number, "--as", PRINCIPAL, *WORDS["refuse"], *words, "--json")
    assert "不符合办理条件" in result.stderr
    assert data(result)["outcome"] == "refused"


def test_a_long_pause_says_that_it_waits(tiji: Run, case: Callable[..., Json]) -> None:
    number = case("open")["number"]
    words = ["--reason", "public_notice", "--until", "2026-12-31", "--json"]
    result = tiji("case", "pause", number, "--as", FIO, *words)
    assert result.stderr.strip()
    assert data(result)["status"] == "open"


def test_a_conflict_exits_with_five_and_names_who_did_what(
    tiji: Run, case: Callable[..., Json]
) -> None:
    number = case("open")["number"]
    case("comment", number, HEAD)
    case("take", number, FIO, "--version", "1")
    message = fails(tiji, 5, "escalate", number, FIO, "--version", "1")
    for word in ("孟望舒", "acknowledged"):
        assert word in message
    fails(tiji, 5, "escalate", number, FIO, "--version", "99")
    assert case("escalate", number, FIO, "--version", "3")["station"] == 2


def test_the_sweep_and_the_clock(tiji: Run, case: Callable[..., Json]) -> None:
    number = case("open")["number"]
    before = data(tiji("sweep", "--json", at="2026-11-24T17:30"))
    assert {k: before[k] for k in ("due", "escalated", "alarmed", "closed", "quarantined")} == {
        "due": 0, "escalated": 0, "alarmed": 0, "closed": 0, "quarantined": [],
    }  # fmt: skip
    after = data(tiji("sweep", "--json", at="2026-11-24T17:31"))
    assert (after["due"], after["escalated"], after["warned"]) == (1, 1, 0)
    assert data(tiji("sweep", "--json", at="2026-11-24T17:31"))["due"] == 0
    shown = data(tiji("case", "show", number, "--json", at="2026-11-24T17:32"))
    assert (shown["station"], shown["holder"]["code"]) == (2, HEAD)
    assert datetime.fromisoformat(shown["stays"][1]["entered_at"]).hour == 17
    assert tiji("sweep").stdout.strip()


def test_a_clock_that_is_no_time_is_wrong_usage(tiji: Run) -> None:
    assert "noon" in tiji("case", "list", at="noon", code=2).stderr


def test_verify_counts_and_exits_with_one_when_a_log_is_bad(
    tiji: Run, case: Callable[..., Json]
) -> None:
    number = case("open")["number"]
    case("take", number)
    whole = data(tiji("events", "verify", "--json"))
    assert (whole["cases"], whole["events"], whole["bad"]) == (1, 2, [])
    assert tiji("events", "verify").stdout.strip()
    change_behind("update tj_event set actor = 'somebody' where seq = 2")
    result = CliRunner().invoke(main, ["events", "verify", "--json"])
    assert result.exit_code == 1
    bad = data(result)["bad"]
    assert [(fault["case"], fault["seq"]) for fault in bad] == [(number, 2)]
    assert bad[0]["why"]
    text = CliRunner().invoke(main, ["events", "verify"])
    assert number in text.output


def test_a_quarantined_case_is_listed_and_the_sweep_says_what_to_do(
    tiji: Run, case: Callable[..., Json]
) -> None:
    number = case("open")["number"]
    change_behind("update tj_case set pauses = '[7]'")
    result = tiji("sweep", "--json", at="2026-11-24T17:31")
    assert data(result)["quarantined"] == [number]
    assert "--retry" in result.stderr
