"""The clocks of a case as functions of what is stored: computing them again gives the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiji.cases.clocks import amber_at, client_due, due_light, is_missed, stay_due, used_minutes
from tiji.cases.state import State, Stay
from tiji.clock import LOCAL, parse_moment
from tiji.stations.calendar import WorkCalendar

CALENDAR = WorkCalendar.load(None)
START = parse_moment("2026-11-23T09:00")
#: Two working days from a Monday's nine o'clock: 390, 420 and 420 working minutes.
LIMIT = 1230


def case(*pauses: tuple[str, str], days: int = 2) -> tuple[State, Stay]:
    """Make a case that entered on a Monday at nine and was paused at times."""
    state = State(
        status="open", department="housing", section=None, fio="fio", fio_department="housing",
        opened_at=START, client_from=START,
        pauses=[[parse_moment(p).astimezone(UTC).isoformat() for p in pause] for pause in pauses],
    )  # fmt: skip
    return state, Stay(1, 1, "housing", None, "fio", START, days)


def due(state: State, stay: Stay) -> str:
    """Say when a stay is due."""
    return stay_due(CALENDAR, state, stay)[0].at.strftime("%m-%d %H:%M")


@pytest.mark.parametrize(
    ("used", "light"),
    [(0, "g"), (559, "g"), (560, "a"), (840, "a"), (841, "r"), (5000, "r")],
)
def test_the_light(used: int, light: str) -> None:
    assert due_light(used, 840, paused=False) == light
    assert due_light(used, 840, paused=True) == "p"


def test_a_limit_is_due_at_the_last_office_minute() -> None:
    state, stay = case()
    assert due(state, stay) == "11-25 17:30"
    assert stay_due(CALENDAR, state, stay)[1] == LIMIT
    assert client_due(CALENDAR, state, 10).at.strftime("%m-%d %H:%M") == "12-07 17:30"


@pytest.mark.parametrize(
    ("pauses", "expected"),
    [
        ([("2026-11-23T09:00", "2026-11-23T10:00")], "11-26 09:30"),
        ([("2026-11-23T09:00", "2026-11-23T17:30")], "11-26 17:00"),
        ([("2026-11-23T12:00", "2026-11-23T14:00")], "11-25 17:30"),
        ([("2026-11-23T17:30", "2026-11-24T08:30")], "11-25 17:30"),
        ([("2026-11-28T09:00", "2026-11-29T16:00")], "11-25 17:30"),
        # Two pauses add up; one that begins only within the time won by the first counts too.
        (
            [("2026-11-23T09:00", "2026-11-23T10:00"), ("2026-11-26T09:00", "2026-11-26T10:00")],
            "11-26 10:30",
        ),
        # What begins after the limit is over excuses nothing.
        ([("2026-11-26T09:00", "2026-11-26T10:00")], "11-25 17:30"),
    ],
)
def test_a_pause_moves_a_due_time_by_its_working_minutes(
    pauses: list[tuple[str, str]], expected: str
) -> None:
    assert due(*case(*pauses)) == expected
    state, stay = case(*pauses)
    assert stay_due(CALENDAR, state, stay)[1] == LIMIT, "the limit itself stays"


def test_a_promise_takes_the_limits_place_and_an_extension_adds_to_it() -> None:
    state, stay = case()
    stay.promised_on, stay.promised_at = date(2026, 12, 4), START + timedelta(hours=2)
    assert due(state, stay) == "12-04 17:30"
    stay.extra_days = 2
    assert due(state, stay) == "12-08 17:30"


def test_a_year_whose_list_is_not_published_makes_it_provisional() -> None:
    state, stay = case(days=40)
    assert stay_due(CALENDAR, state, stay)[0].provisional
    assert not stay_due(CALENDAR, *case(days=20))[0].provisional


@given(st.integers(0, 20), st.integers(0, 600), st.integers(1, 4000))
def test_paused_time_is_not_used_time_and_due_follows_it(days: int, after: int, long: int) -> None:
    begun = START + timedelta(minutes=after)
    pause = (begun.isoformat(), (begun + timedelta(minutes=long)).isoformat())
    plain, paused = case(days=days + 1), case(pause, days=days + 1)
    now = START + timedelta(days=30)
    lost = CALENDAR.working_minutes(begun, begun + timedelta(minutes=long))
    assert used_minutes(CALENDAR, *plain, now) - used_minutes(CALENDAR, *paused, now) == lost
    before, later = stay_due(CALENDAR, *plain)[0].at, stay_due(CALENDAR, *paused)[0].at
    assert CALENDAR.working_minutes(before, later) == lost
    assert stay_due(CALENDAR, *paused)[0].at == later, "the same again"


def test_amber_comes_when_a_third_is_left() -> None:
    state, stay = case(days=1)
    stay.limit_min = stay_due(CALENDAR, state, stay)[1]
    amber = amber_at(CALENDAR, state, stay)
    assert amber == datetime(2026, 11, 24, 11, 0, tzinfo=LOCAL)
    used = used_minutes(CALENDAR, state, stay, amber)
    assert due_light(used - 1, stay.limit_min, paused=False) == "g"
    assert due_light(used, stay.limit_min, paused=False) == "a"


def test_a_limit_is_missed_after_its_minute_and_once() -> None:
    minute = timedelta(minutes=1)
    assert not is_missed(START, None, START)
    assert is_missed(START, None, START + minute)
    assert not is_missed(START, START, START + minute)
    assert is_missed(START + minute, START, START + 2 * minute), "a new limit after a missed one"
    assert not is_missed(None, None, START)
