"""The staircase: what is done, where it is now, what lies ahead."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tiji.cases.ladder import light_of, staircase
from tiji.cases.state import State, Stay
from tiji.clock import parse_moment
from tiji.stations.calendar import WorkCalendar
from tiji.stations.rules import DEFAULT_LADDER

CALENDAR = WorkCalendar.load(None)
START = parse_moment("2026-11-23T09:00")
NAMES = {"fio": "孟望舒", "deputy": "苏怀瑾"}
OFFICES = {"housing": "市住建局", "estate": "房地产市场科"}
STATE = State(
    status="open", department="housing", section="estate", fio="fio", fio_department="housing",
    opened_at=START, client_from=START, stay=3, station=3, holder="deputy",
)  # fmt: skip
STAYS = [
    Stay(1, 1, "housing", "estate", "fio", START, 1, limit_min=810, used_min=600,
         left_at=START + timedelta(days=1), outcome="escalated", note="缺备案"),
    Stay(2, 2, "housing", "estate", None, START, 1, used_min=0, outcome="vacant",
         left_at=START + timedelta(days=1)),
    Stay(3, 3, "housing", "estate", "deputy", START + timedelta(days=1), 2, limit_min=1230),
]  # fmt: skip


def steps(state: State = STATE, hours: float = 26) -> list[dict[str, object]]:
    """Draw the staircase some hours after the start."""
    now = START + timedelta(hours=hours)
    return staircase(DEFAULT_LADDER, state, STAYS, CALENDAR, now, NAMES, OFFICES)


def test_done_now_and_next() -> None:
    drawn = steps()
    assert [step["state"] for step in drawn] == ["done", "next", "now", "next", "next"]
    assert [step["light"] for step in drawn] == ["a", None, "g", None, None]
    assert [step["holder"] for step in drawn] == ["孟望舒", None, "苏怀瑾", None, None]
    assert [step["office"] for step in drawn] == [
        "房地产市场科", "房地产市场科", "市住建局", "市住建局", None,
    ]  # fmt: skip
    assert drawn[1]["outcome"] == "vacant", "a station passed through stays unused, and is named"
    assert (drawn[2]["used_min"], drawn[2]["ratio"]) == (120, 0.1)


def test_what_lies_ahead_shows_its_limit() -> None:
    assert [step["limit_min"] for step in steps()] == [810, 420, 1230, 1260, 2100]


def test_a_finished_case_is_nowhere() -> None:
    assert "now" not in {step["state"] for step in steps(replace(STATE, status="answered"))}


def test_a_note_is_never_public_by_itself() -> None:
    assert (steps()[0]["note"], steps()[0]["note_public"]) == ("缺备案", None)


def test_the_light_of_a_case() -> None:
    now = START + timedelta(days=30)
    assert light_of(CALENDAR, STATE, STAYS[2], now) == "r"
    assert light_of(CALENDAR, replace(STATE, status="paused"), STAYS[2], now) == "p"
    assert light_of(CALENDAR, replace(STATE, status="answered"), STAYS[2], now) is None
    assert light_of(CALENDAR, STATE, None, now) is None
