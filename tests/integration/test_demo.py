"""The demo city's crowd: every state and light, in working order, whatever day it is today."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from random import Random

import pytest

from tiji.cases.queries import Filter, case_page
from tiji.cases.verifying import verify_log
from tiji.clock import LOCAL, FixedClock, local
from tiji.demo.crowd import play
from tiji.demo.ledgers import ledgers
from tiji.runtime import runtime

#: A working evening; a Sunday; the first working day after a week of holidays.
DAYS = (
    datetime(2026, 11, 25, 20, 0, tzinfo=LOCAL),
    datetime(2026, 11, 29, 11, 0, tzinfo=LOCAL),
    datetime(2026, 10, 8, 9, 30, tzinfo=LOCAL),
)


@pytest.mark.parametrize("now", DAYS, ids=str)
def test_the_crowd_leaves_cases_of_every_kind_on_any_day(city: Path, now: datetime) -> None:
    clock = runtime().clock = FixedClock(now)
    play(cases=70, fresh=20, with_ledgers=False)
    assert runtime().clock is clock, "the past is over"
    cases = case_page(Filter(), 500)["cases"]
    assert 75 <= len(cases) <= 90
    statuses = Counter(case["status"] for case in cases)
    assert statuses.keys() >= {"open", "in_progress", "answered", "closed"}
    assert {case["light"] for case in cases} >= {"g", "a", "r"}
    assert {case["station"] for case in cases} >= {1, 2, 3, 4, None}
    assert all(datetime.fromisoformat(case["opened_at"]) <= now for case in cases)
    assert verify_log().bad == ()


@pytest.mark.usefixtures("city")
def test_every_row_of_the_ledgers_enters() -> None:
    today = local(runtime().clock.now()).date()
    estates, backlog, messages = (kept.bring_in() for kept in ledgers(Random(3), today))
    assert (estates.read, estates.rejected, estates.warned) == (446, [], [])
    assert (messages.read, messages.rejected, messages.warned) == (72, [], [])
    assert backlog.imported == 234
