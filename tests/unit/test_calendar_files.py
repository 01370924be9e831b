"""Override files: a year's list, a city's own days, office hours, and their faults."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

from tiji.clock import LOCAL
from tiji.errors import BadInputError
from tiji.stations.calendar import WorkCalendar

Write = Callable[..., WorkCalendar]

LIST_2099 = """
[years.2099]
rest = ["2099-01-01..2099-01-03", "2099-10-01..2099-10-07"]
work = ["2098-12-28", "2099-10-10"]
"""


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIJI_LANG", "en")


@pytest.fixture
def load(tmp_path: Path) -> Write:
    def write_and_load(text: str | bytes, name: str = "cn.toml") -> WorkCalendar:
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return WorkCalendar.load(tmp_path)

    return write_and_load


def test_a_folder_that_does_not_exist_changes_nothing(tmp_path: Path) -> None:
    assert WorkCalendar.load(tmp_path / "calendars").version == WorkCalendar().version


def test_a_list_publishes_its_year_and_decides_its_days(load: Write) -> None:
    assert not WorkCalendar().is_published(2099)
    calendar = load(LIST_2099)
    assert calendar.is_published(2099)
    assert not calendar.is_published(2098)
    assert not calendar.is_working_day(date(2099, 10, 7))
    assert calendar.is_working_day(date(2099, 10, 10))
    assert calendar.is_working_day(date(2098, 12, 28))
    entered = datetime(2099, 9, 30, 9, tzinfo=LOCAL)
    due = calendar.due(entered, 2)
    assert (due.at.date(), due.provisional) == (date(2099, 10, 9), False)


def test_a_list_replaces_the_librarys_guess_of_days_in_lieu(load: Write) -> None:
    guessed = date(2099, 10, 5)  # for 3 October, a Saturday
    assert not WorkCalendar().is_working_day(guessed)
    calendar = load('[years.2099]\nrest = ["2099-10-08"]')
    assert calendar.is_working_day(guessed)
    assert not calendar.is_working_day(date(2099, 10, 1))  # statutory, listed or not


def test_a_list_amends_a_year_that_the_library_knows(load: Write) -> None:
    calendar = load('[years.2026]\nrest = ["2026-10-08"]\nwork = [2026-10-07]')
    assert calendar.is_working_day(date(2026, 10, 7))
    assert not calendar.is_working_day(date(2026, 10, 8))
    assert not calendar.is_working_day(date(2026, 10, 6))


def test_a_citys_own_days_publish_nothing(load: Write) -> None:
    calendar = load('[days]\nrest = ["2099-11-20"]')
    assert not calendar.is_working_day(date(2099, 11, 20))
    assert not calendar.is_published(2099)


def test_later_files_win_and_days_win_over_years(load: Write) -> None:
    load('[days]\nrest = ["2026-11-20"]\n[years.2026]\nwork = ["2026-11-20"]', "a.toml")
    assert not load("", "b.toml").is_working_day(date(2026, 11, 20))
    assert load('[days]\nwork = ["2026-11-20"]', "c.toml").is_working_day(date(2026, 11, 20))


def test_seasons_wrap_around_the_year_and_later_ones_win(load: Write) -> None:
    calendar = load(
        """
        [[hours]]
        intervals = ["08:00-12:00", "14:30-17:45"]
        [[hours]]
        from = "11-01"
        to = "02-29"
        intervals = ["9:00-12:00", "13:00-17:00"]
        """
    )
    closing = {day: calendar.close_of(date(2028, *day)) for day in [(2, 29), (3, 1), (11, 1)]}
    assert [f"{moment:%H:%M}" for moment in closing.values()] == ["17:00", "17:45", "17:00"]


def test_the_version_follows_the_files_content(load: Write) -> None:
    one = load(LIST_2099)
    assert one.version == load(LIST_2099).version != WorkCalendar().version
    assert load(LIST_2099 + '[days]\nrest = ["2099-11-20"]').version != one.version


def test_a_byte_order_mark_and_windows_line_ends_are_read(load: Write) -> None:
    assert load(b"\xef\xbb\xbf" + LIST_2099.replace("\n", "\r\n").encode()).is_published(2099)


def test_hidden_files_are_left_alone(load: Write) -> None:
    assert load("not toml", ".#cn.toml").version == WorkCalendar().version


@pytest.mark.parametrize(
    ("text", "key", "why"),
    [
        ("rest = []", "rest", "known here: days, hours, years"),
        ("[years]\n27 = {}", "years.27", "four digits"),
        ("[years.2027]\nrests = []", "years.2027.rests", "unknown key"),
        ("years = 2027", "years", "table"),
        ("[years]\n2027 = 1", "years.2027", "table"),
        ("[days]\nrest = '2027-01-01'", "days.rest", "list"),
        ("[days]\nrest = ['2027-02-30']", "days.rest", "2027-02-30"),
        ("[days]\nrest = [20270101]", "days.rest", "20270101"),
        ("[days]\nrest = [2027-01-01T08:00:00]", "days.rest", "no day"),
        ("[days]\nrest = ['2027-02-11..2027-02-05']", "days.rest", "ends before"),
        ("[days]\nrest = ['2027-02-05..2072-02-11']", "days.rest", "a year later"),
        ("[years.2027]\nrest = ['2026-02-05']", "years.2027", "neither in 2027"),
        ("[years.2027]\nwork = ['2028-01-01']", "years.2027", "neither in 2027"),
        ("[days]\nrest = ['2027-02-05']\nwork = ['2027-02-05']", "days", "2027-02-05"),
        ("[hours]\nintervals = []", "hours", "double brackets"),
        ("hours = [1]", "hours[1]", "table"),
        ("[[hours]]", "hours[1].intervals", "one or more"),
        ("[[hours]]\nintervals = '08:00-12:00'", "hours[1].intervals", "list"),
        ("[[hours]]\nintervals = ['8-12']", "hours[1].intervals", "8-12"),
        ("[[hours]]\nintervals = ['14:00-24:00']", "hours[1].intervals", "24:00"),
        ("[[hours]]\nintervals = ['12:00-12:00']", "hours[1].intervals", "ends before"),
        ("[[hours]]\nintervals = ['14:00-17:00', '08:00-12:00']", "hours[1]", "order"),
        ("[[hours]]\nintervals = ['08:00-12:00', '11:00-17:00']", "hours[1]", "overlap"),
        ("[[hours]]\nuntil = '09-30'", "hours[1].until", "from, intervals, to"),
        ("[[hours]]\nfrom = '06-01'\nintervals = ['08:00-12:00']", "hours[1]", "both"),
        (
            "[[hours]]\nfrom = '06-31'\nto = '09-30'\nintervals = ['08:00-12:00']",
            "hours[1].from",
            "06-31",
        ),
        ("[days\n", "cn.toml", "TOML"),
        (b"\xb5\xa5", "cn.toml", "UTF-8"),
    ],
)
def test_a_fault_names_the_file_and_the_key(
    load: Write, text: str | bytes, key: str, why: str
) -> None:
    with pytest.raises(BadInputError) as caught:
        load(text)
    message = str(caught.value)
    assert message.startswith("cn.toml: ")
    assert key in message
    assert why in message


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "cn.toml").mkdir()
    with pytest.raises(BadInputError, match=r"cn\.toml: it cannot be read"):
        WorkCalendar.load(tmp_path)
