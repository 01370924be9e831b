"""Pauses between tries, the turns of periodic work, and the breaker of a target that fails."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from hypothesis import given
from hypothesis import strategies as st

from tiji.jobs.rules import (
    FAILURES,
    FIRST_DELAY,
    LONGEST_DELAY,
    TRIES,
    Breaker,
    Job,
    delay_after,
    fault,
    is_parked_after,
    next_time,
)

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def job(tries: int = 0, every_s: int | None = None) -> Job:
    return Job(1, "a.b", "TJ2026000001/1", "1:a.b", MappingProxyType({}), tries, every_s)


def test_pauses_double_up_to_an_hour_and_the_tries_last_about_a_day() -> None:
    pauses = [delay_after(tries) for tries in range(1, TRIES)]
    assert pauses[0] == FIRST_DELAY
    for shorter, longer in itertools.pairwise(pauses):
        assert longer == min(shorter * 2, LONGEST_DELAY)
    assert timedelta(hours=22) < sum(pauses, timedelta()) < timedelta(hours=26)


@given(st.integers(1, 10**6))
def test_no_pause_is_longer_than_an_hour(tries: int) -> None:
    assert FIRST_DELAY <= delay_after(tries) <= LONGEST_DELAY


@given(st.integers(0, 200), st.integers(10, 10**6))
def test_periodic_work_is_never_parked_nor_later_than_its_turn(tries: int, every_s: int) -> None:
    one = job(tries, every_s)
    assert not is_parked_after(one)
    assert NOW < next_time(one, True, NOW) <= NOW + timedelta(seconds=every_s)
    assert next_time(one, False, NOW) == NOW + timedelta(seconds=every_s)


def test_a_delivery_is_parked_with_its_last_try() -> None:
    assert not is_parked_after(job(TRIES - 2))
    assert is_parked_after(job(TRIES - 1))


def test_a_fault_names_type_and_place_and_no_word_of_its_message() -> None:
    try:
        raise ValueError("张某某 13900001234")
    except ValueError as error:
        said = fault(error)
    assert said.startswith("ValueError (test_a_fault_names")
    assert "139" not in said


@given(st.lists(st.booleans(), max_size=40))
def test_a_breaker_opens_after_failures_in_a_row_and_closes_with_one_success(
    goes: list[bool],
) -> None:
    breaker, now, in_a_row = Breaker(), NOW, 0
    for failed in goes:
        breaker.note("a.b", failed, now)
        in_a_row = in_a_row + 1 if failed else 0
        assert breaker.is_on_trial("a.b") == (in_a_row >= FAILURES)
        assert breaker.is_open("a.b", now) == (in_a_row >= FAILURES)
        assert not breaker.is_open("c.d", now)
        now += LONGEST_DELAY
        assert not breaker.is_open("a.b", now), "after its pause it gets a try"
