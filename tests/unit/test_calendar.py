"""Working days, due times and office minutes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from holidays.countries.china import ChinaStaticHolidays
from hypothesis import given
from hypothesis import strategies as st

from tiji.clock import LOCAL
from tiji.errors import BadInputError
from tiji.stations.calendar import WorkCalendar
from tiji.stations.calendar_files import Overrides
from tiji.stations.hours import Hours

CALENDAR = WorkCalendar()
SUMMER = Hours(((480, 720), (870, 1050)), (6, 1), (9, 30))
WINTER = Hours(((540, 1020),), (12, 15), (2, 10))
SEASONAL = WorkCalendar(Overrides(frozenset(), {}, (SUMMER, WINTER), "seasons"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


def days_between(first: date, last: date) -> Iterator[date]:
    return (date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1))


def test_every_day_of_2010_to_2026_equals_the_oracle() -> None:
    differing = [
        day
        for day in days_between(date(2010, 1, 1), date(2026, 12, 31))
        if CALENDAR.is_working_day(day) != chinese_calendar.is_workday(day)
    ]
    assert differing == []


def test_the_make_up_days_of_2026_are_those_of_the_notice() -> None:
    weekends = (d for d in days_between(date(2026, 1, 1), date(2026, 12, 31)) if d.weekday() > 4)
    assert [f"{d:%m-%d}" for d in weekends if CALENDAR.is_working_day(d)] == [
        "01-04",
        "02-14",
        "02-28",
        "05-09",
        "09-20",
        "10-10",
    ]


def test_a_year_is_published_only_if_its_list_is_known() -> None:
    published = [year for year in range(1990, 2101) if CALENDAR.is_published(year)]
    assert published == sorted(ChinaStaticHolidays.special_public_holidays)
    assert {2001, 2026} <= set(published)


def test_an_unpublished_year_has_weekdays_but_statutory_holidays() -> None:
    assert not CALENDAR.is_working_day(date(2099, 10, 1))
    assert not CALENDAR.is_working_day(date(2099, 10, 3))
    assert CALENDAR.is_working_day(date(2099, 9, 30))


@pytest.mark.parametrize(
    ("entered", "days", "due"),
    [
        ("2026-09-24", 5, "2026-10-09"),
        ("2026-09-30", 2, "2026-10-09"),
        ("2026-02-13", 5, "2026-02-27"),
        ("2026-02-14", 2, "2026-02-25"),
        ("2026-05-08", 1, "2026-05-09"),
        ("2026-10-03", 1, "2026-10-08"),
        ("2025-09-26", 5, "2025-10-10"),
        ("2024-02-28", 1, "2024-02-29"),
        ("2024-02-29", 1, "2024-03-01"),
        ("2025-12-31", 1, "2026-01-04"),
    ],
)
@pytest.mark.parametrize("hour", ["00:00", "09:00", "17:31", "23:59"])
def test_working_days_are_due_at_the_last_office_minute(
    entered: str, days: int, due: str, hour: str
) -> None:
    found = CALENDAR.due(at(f"{entered}T{hour}"), days)
    assert found.at == at(f"{due}T17:30")
    assert found.at.utcoffset() == timedelta(hours=8)
    assert not found.provisional


@pytest.mark.parametrize(
    ("start", "days", "due", "unrolled"),
    [
        ("2026-09-16", 60, "2026-11-16", "2026-11-15"),
        ("2026-08-04", 60, "2026-10-08", "2026-10-03"),
        ("2026-02-13", 1, "2026-02-14", "2026-02-14"),
        ("2024-02-28", 1, "2024-02-29", "2024-02-29"),
    ],
)
def test_natural_days_roll_forward_from_a_rest_day(
    start: str, days: int, due: str, unrolled: str
) -> None:
    day = date.fromisoformat(start)
    assert CALENDAR.natural_due(day, days).at == at(f"{due}T17:30")
    assert CALENDAR.natural_due(day, days, roll=False).at == at(f"{unrolled}T17:30")


def test_the_day_of_entry_is_the_local_one() -> None:
    late_in_london = datetime(2026, 9, 22, 17, 0, tzinfo=UTC)  # 01:00 on the 23rd in China
    assert CALENDAR.due(late_in_london, 1).at == at("2026-09-24T17:30")


def test_a_promise_ends_with_its_day_or_the_next_working_day() -> None:
    assert CALENDAR.promised(date(2026, 9, 24)).at == at("2026-09-24T17:30")
    assert CALENDAR.promised(date(2026, 10, 1)).at == at("2026-10-08T17:30")
    assert CALENDAR.promised(date(2026, 5, 9)).at == at("2026-05-09T17:30")


@pytest.mark.parametrize(
    ("entered", "days", "provisional"),
    [("2098-12-30", 1, True), ("2026-12-30", 1, False), ("1990-05-08", 1, True)],
)
def test_a_due_time_is_provisional_in_an_unpublished_year(
    entered: str, days: int, provisional: bool
) -> None:
    assert CALENDAR.due(at(f"{entered}T09:00"), days).provisional is provisional


@pytest.fixture
def last_list_2026(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget newer lists, so that these tests hold with a newer library too."""
    for year in list(ChinaStaticHolidays.special_public_holidays):
        if year > 2026:
            monkeypatch.delitem(ChinaStaticHolidays.special_public_holidays, year)


@pytest.mark.usefixtures("last_list_2026")
def test_the_last_day_of_the_last_list_leads_into_the_provisional() -> None:
    calendar = WorkCalendar()
    found = calendar.due(at("2026-12-31T10:00"), 1)
    assert (found.at, found.provisional) == (at("2027-01-04T17:30"), True)
    assert not calendar.due(at("2026-12-30T10:00"), 1).provisional
    assert not calendar.promised(date(2026, 12, 31)).provisional
    assert calendar.promised(date(2027, 1, 1)).provisional
    assert calendar.natural_due(date(2026, 12, 20), 15).provisional
    assert not calendar.natural_due(date(2026, 12, 20), 15, roll=False).provisional
    assert calendar.is_provisional(date(2027, 1, 1))


@pytest.mark.usefixtures("last_list_2026")
def test_the_librarys_new_list_changes_the_version(monkeypatch: pytest.MonkeyPatch) -> None:
    before = WorkCalendar()
    assert before.version == WorkCalendar.load(None).version
    monkeypatch.setitem(ChinaStaticHolidays.special_public_holidays, 2027, ((2, 11, 2, 14),))
    after = WorkCalendar()
    assert after.version != before.version
    assert after.is_published(2027)
    assert after.is_working_day(date(2027, 2, 14))
    assert not after.due(at("2026-12-31T10:00"), 1).provisional


def test_a_limit_of_no_days_ends_today_or_on_the_next_working_day() -> None:
    assert CALENDAR.add_working_days(date(2026, 9, 24), 0) == date(2026, 9, 24)
    assert CALENDAR.add_working_days(date(2026, 10, 1), 0) == date(2026, 10, 8)


def test_counting_skips_the_start_and_includes_the_end() -> None:
    assert CALENDAR.count_working_days(date(2026, 9, 24), date(2026, 10, 9)) == 5
    assert CALENDAR.count_working_days(date(2026, 9, 24), date(2026, 9, 24)) == 0
    assert CALENDAR.count_working_days(date(2026, 10, 9), date(2026, 9, 24)) == 0


def test_rest_days_have_a_closing_minute_and_seasons_their_own() -> None:
    assert CALENDAR.close_of(date(2026, 10, 1)) == at("2026-10-01T17:30")
    assert SEASONAL.close_of(date(2026, 1, 1)) == at("2026-01-01T17:00")
    assert SEASONAL.close_of(date(2026, 2, 11)) == at("2026-02-11T17:30")


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-09-24T08:30", "2026-09-24T17:30", 420),
        ("2026-09-24T00:00", "2026-09-25T00:00", 420),
        ("2026-09-24T11:59", "2026-09-24T14:01", 2),
        ("2026-09-24T12:00", "2026-09-24T14:00", 0),
        ("2026-09-24T17:30", "2026-09-28T08:30", 0),  # Mid-Autumn holiday
        ("2026-09-24T17:30", "2026-10-09T17:30", 5 * 420),
        ("2026-10-10T09:00", "2026-10-10T10:00", 60),  # a make-up Saturday
        ("2025-12-31T17:00", "2026-01-04T08:31", 31),
        ("2026-09-24T10:00", "2026-09-24T09:00", 0),
    ],
)
def test_office_minutes(start: str, end: str, minutes: int) -> None:
    assert CALENDAR.working_minutes(at(start), at(end)) == minutes


def test_a_day_counts_by_the_hours_of_its_season() -> None:
    assert SEASONAL.working_minutes(at("2026-05-31T00:00"), at("2026-06-02T00:00")) == 240 + 180
    assert SEASONAL.working_minutes(at("2026-12-31T00:00"), at("2027-01-01T00:00")) == 480


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-09-24T08:30", 210, "2026-09-24T12:00"),
        ("2026-09-24T08:30", 211, "2026-09-24T14:01"),
        ("2026-09-24T08:30", 420, "2026-09-24T17:30"),
        ("2026-09-24T18:00", 1, "2026-09-28T08:31"),
        ("2026-10-02T10:00", 420, "2026-10-08T17:30"),
        ("2025-12-31T17:29", 2, "2026-01-04T08:31"),
        ("2026-09-24T12:30", 0, "2026-09-24T12:30"),
    ],
)
def test_adding_minutes_lands_on_the_closing_minute(start: str, minutes: int, end: str) -> None:
    assert CALENDAR.add_working_minutes(at(start), minutes) == at(end)


@pytest.fixture(params=["UTC", "Asia/Shanghai", "America/New_York"])
def process_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("process_zone")
def test_results_do_not_depend_on_the_machines_zone() -> None:
    entered = datetime(2026, 9, 24, 2, 0, tzinfo=UTC)
    calendar = WorkCalendar()
    assert calendar.due(entered, 5).at.isoformat() == "2026-10-09T17:30:00+08:00"
    assert calendar.add_working_minutes(entered, 300).isoformat() == "2026-09-24T17:00:00+08:00"
    assert calendar.working_minutes(entered, entered + timedelta(days=1)) == 330
    assert calendar.natural_due(date(2026, 9, 16), 60).at.isoformat() == "2026-11-16T17:30:00+08:00"


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        CALENDAR.due(datetime(2026, 9, 24), 1)


def test_days_beyond_the_calendar_are_bad_input() -> None:
    with pytest.raises(BadInputError):
        CALENDAR.due(at("9998-12-31T09:00"), 1)
    with pytest.raises(BadInputError):
        CALENDAR.promised(date.max)
    with pytest.raises(BadInputError):
        CALENDAR.natural_due(date.max, 1)


def test_the_library_is_imported_only_when_a_day_is_asked() -> None:
    code = (
        "import sys, tiji.cli.calendar; from tiji.stations.calendar import WorkCalendar as W;"
        "W.load(None); print(sorted({'holidays', 'flask', 'sqlalchemy'} & set(sys.modules)))"
    )
    core = str(Path(sys.modules["tiji"].__path__[0]).parent)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": core, "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


calendars = st.sampled_from([CALENDAR, SEASONAL])
dates = st.dates(date(2008, 1, 1), date(2028, 12, 31))
moments = st.datetimes(datetime(2008, 1, 1), datetime(2028, 12, 31), timezones=st.just(LOCAL))
limits = st.integers(1, 400)


@given(calendars, moments, st.integers(0, 200_000))
def test_added_minutes_are_counted_back(
    calendar: WorkCalendar, start: datetime, minutes: int
) -> None:
    end = calendar.add_working_minutes(start, minutes)
    assert calendar.working_minutes(start, end) == minutes


@given(calendars, moments, moments)
def test_counted_minutes_lead_no_further_than_the_end(
    calendar: WorkCalendar, start: datetime, end: datetime
) -> None:
    minutes = calendar.working_minutes(start, end)
    reached = calendar.add_working_minutes(start, minutes)
    assert reached <= max(start, end)
    assert calendar.working_minutes(reached, end) == 0


@given(calendars, moments, moments, moments)
def test_minutes_add_up(calendar: WorkCalendar, a: datetime, b: datetime, c: datetime) -> None:
    a, b, c = sorted((a, b, c))
    halves = calendar.working_minutes(a, b) + calendar.working_minutes(b, c)
    assert halves == calendar.working_minutes(a, c)


@given(calendars, moments, st.integers(0, 4 * 24 * 60))
def test_minutes_equal_the_count_minute_by_minute(
    calendar: WorkCalendar, start: datetime, length: int
) -> None:
    start = start.replace(second=0, microsecond=0)
    inside = 0
    for step in range(length):
        moment = start + timedelta(minutes=step)
        season = (SUMMER, WINTER) if calendar is SEASONAL else ()
        hours = [h.intervals for h in season if h.hold_on((moment.month, moment.day))]
        minute = moment.hour * 60 + moment.minute
        intervals = hours[0] if hours else ((510, 720), (840, 1050))
        open_now = any(first <= minute < last for first, last in intervals)
        inside += open_now and calendar.is_working_day(moment.date())
    assert calendar.working_minutes(start, start + timedelta(minutes=length)) == inside


@given(calendars, moments, limits)
def test_due_is_a_later_working_day_and_grows_with_the_limit(
    calendar: WorkCalendar, entered: datetime, days: int
) -> None:
    due, next_due = calendar.due(entered, days).at, calendar.due(entered, days + 1).at
    assert entered < due < next_due
    assert calendar.is_working_day(due.date())
    assert calendar.count_working_days(entered.date(), due.date()) == days


@given(dates, limits)
def test_natural_due_is_a_working_day_with_only_rest_days_before_it(day: date, days: int) -> None:
    last, due = day + timedelta(days=days), CALENDAR.natural_due(day, days).at.date()
    assert CALENDAR.is_working_day(due)
    assert not any(map(CALENDAR.is_working_day, days_between(last, due - timedelta(days=1))))
