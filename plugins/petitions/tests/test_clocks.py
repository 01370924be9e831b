"""The petition clocks count natural days from registration, acceptance and import."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tiji_petitions.facts import read_day
from tiji_petitions.rules import accepted, extended, imported, is_collective, registered

DAYS = st.dates(date(2020, 1, 1), date(2040, 1, 1))


def test_a_registered_petition_is_accepted_within_15_days_and_concluded_60_days_later() -> None:
    clock = registered(date(2026, 11, 23))
    assert clock.accept_by == date(2026, 12, 8)
    assert clock.conclude_by == date(2027, 2, 6)
    assert accepted(date(2026, 11, 24)) == date(2027, 1, 23)
    assert extended(date(2027, 1, 23)) == date(2027, 2, 22)


@given(DAYS, st.integers(0, 15))
def test_accepting_in_time_never_gives_more_time(day: date, after: int) -> None:
    assert accepted(day + timedelta(days=after)) <= registered(day).conclude_by


@given(DAYS, st.none() | DAYS)
def test_an_imported_clock_never_starts_before_the_import(
    day: date, resolve_by: date | None
) -> None:
    clock = imported(day, resolve_by)
    assert clock.accept_by is None
    assert clock.conclude_by > day
    if resolve_by and resolve_by > day:
        assert clock.conclude_by == resolve_by
    else:
        assert clock.conclude_by == accepted(day)


def test_five_people_are_a_collective_petition() -> None:
    assert [is_collective(people) for people in (None, 1, 4, 5, 86)] == [
        False,
        False,
        False,
        True,
        True,
    ]


def test_a_partial_date_keeps_its_precision() -> None:
    assert read_day("2019-03-05") == (date(2019, 3, 5), "day")
    assert read_day("2019-03") == (date(2019, 3, 1), "month")
    assert read_day("2019") == (date(2019, 1, 1), "year")
    assert read_day(None) == (None, None)
