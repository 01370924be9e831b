"""The working-time calendar: China's working days, office hours, and when a limit ends."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, date, datetime, time, timedelta
from functools import cache, cached_property
from pathlib import Path

from tiji.clock import LOCAL
from tiji.errors import BadInputError
from tiji.i18n import _
from tiji.stations.calendar_files import NO_OVERRIDES, Overrides, read_overrides
from tiji.stations.hours import DEFAULT_HOURS, Hours


@dataclass(frozen=True, slots=True)
class Due:
    """Say when a limit ends, in local time.

    It is provisional when a day counted lies in a year whose list is not published.
    """

    at: datetime
    provisional: bool


@dataclass(frozen=True, slots=True)
class _Year:
    """A year's working days as ordinals, and the office minutes before each and after the last."""

    days: tuple[int, ...]
    minutes: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class WorkCalendar:
    """Count working days and office minutes; all days and hours are local (Asia/Shanghai)."""

    overrides: Overrides = NO_OVERRIDES
    _years: dict[int, _Year] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, folder: Path | None) -> WorkCalendar:
        """Read the override files of a folder, which need not exist.

        Raises BadInputError naming the file and the key (format: ``calendar_files``).
        """
        return cls(read_overrides(folder))

    @cached_property
    def version(self) -> str:
        """A short hash that changes when a list arrives: the library's or an override file."""
        from holidays.version import __version__ as library_version

        parts = (library_version, sorted(_library_lists()), self.overrides.digest)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]

    def is_published(self, year: int) -> bool:
        """Say whether the State Council's list for a year is known: the only place to ask.

        The library answers for other years too, silently and without the adjusted days.
        """
        return year in _library_lists() or year in self.overrides.years

    def is_provisional(self, day: date) -> bool:
        """Say whether a day lies in a year whose list is not published."""
        return not self.is_published(day.year)

    def is_working_day(self, day: date) -> bool:
        """Say whether offices work on a day; without a list: weekdays but statutory holidays."""
        days = self._year(day.year).days
        place = bisect_left(days, day.toordinal())
        return place < len(days) and days[place] == day.toordinal()

    def add_working_days(self, day: date, n: int) -> date:
        """Give the nth working day after a day; for 0 the day itself, or the next working day."""
        if n < 0:
            raise ValueError("working days are counted forwards")
        number, days = day.year, self._year(day.year).days
        if n == 0:
            place = bisect_left(days, day.toordinal())
        else:
            place = bisect_right(days, day.toordinal()) + n - 1
        while place >= len(days):
            place -= len(days)
            number += 1
            days = self._year(number).days
        return date.fromordinal(days[place])

    def count_working_days(self, start: date, end: date) -> int:
        """Count the working days after ``start`` up to and including ``end``."""
        if end <= start:
            return 0
        whole_years = sum(len(self._year(number).days) for number in range(start.year, end.year))
        return (
            whole_years
            + bisect_right(self._year(end.year).days, end.toordinal())
            - bisect_right(self._year(start.year).days, start.toordinal())
        )

    def close_of(self, day: date) -> datetime:
        """Give the last office minute of a day, by the hours in force even on a rest day."""
        return _at_minute(day, self._hours(day).close)

    def due(self, entered: datetime, days: int) -> Due:
        """Give the last office minute of the nth working day after the day of entry.

        Day 1 is the next working day, whatever the hour of entry.
        """
        entry = _local(entered).date()
        return self._due(entry, self.add_working_days(entry, days))

    def promised(self, day: date) -> Due:
        """Give the last office minute of a promised day, rolled forward from a rest day."""
        return self._due(day, self.add_working_days(day, 0))

    def natural_due(self, day: date, days: int, roll: bool = True) -> Due:
        """Count calendar days, the first not included (Civil Code, articles 201 and 203).

        A last day that is a rest day moves to the next working day. Without ``roll`` no list is
        asked, so the result is never provisional.
        """
        try:
            last = day + timedelta(days=days)
        except OverflowError:
            raise _beyond() from None
        if not roll:
            return Due(self.close_of(last), provisional=False)
        return self._due(day, self.add_working_days(last, 0))

    def working_minutes(self, start: datetime, end: datetime) -> int:
        """Count the office minutes from ``start`` until ``end``; seconds are dropped."""
        if end <= start:
            return 0
        first, last = _local(start), _local(end)
        whole_years = sum(self._year(year).minutes[-1] for year in range(first.year, last.year))
        return whole_years + self._minutes_before(last) - self._minutes_before(first)

    def add_working_minutes(self, start: datetime, minutes: int) -> datetime:
        """Give the earliest moment at which so many office minutes have passed since ``start``.

        It is a closing minute rather than the opening one after it; for 0 it is ``start``.
        """
        if minutes < 0:
            raise ValueError("working minutes are counted forwards")
        first = _local(start)
        if minutes == 0:
            return first
        number, year = first.year, self._year(first.year)
        wanted = self._minutes_before(first) + minutes
        while wanted > year.minutes[-1]:
            wanted -= year.minutes[-1]
            number += 1
            year = self._year(number)
        place = bisect_left(year.minutes, wanted) - 1
        day = date.fromordinal(year.days[place])
        return _at_minute(day, self._hours(day).at(wanted - year.minutes[place]))

    def _due(self, start: date, end: date) -> Due:
        first_counted = min(start + timedelta(days=1), end)
        provisional = any(
            not self.is_published(year) for year in range(first_counted.year, end.year + 1)
        )
        return Due(self.close_of(end), provisional)

    def _minutes_before(self, moment: datetime) -> int:
        """Count the office minutes from the start of the moment's year."""
        year, day = self._year(moment.year), moment.date()
        place = bisect_left(year.days, day.toordinal())
        passed = year.minutes[place]
        if place < len(year.days) and year.days[place] == day.toordinal():
            passed += self._hours(day).before(moment.hour * 60 + moment.minute)
        return passed

    def _hours(self, day: date) -> Hours:
        for hours in reversed(self.overrides.hours):
            if hours.hold_on((day.month, day.day)):
                return hours
        return DEFAULT_HOURS

    def _year(self, number: int) -> _Year:
        year = self._years.get(number)
        if year is None:
            year = self._years[number] = self._read_year(number)
        return year

    def _read_year(self, number: int) -> _Year:
        if number >= MAXYEAR:
            raise _beyond()
        # A published list names the days in lieu itself, so the library must not guess them.
        guess_in_lieu = number in _library_lists() or number not in self.overrides.years
        rest, make_up = _library_days(number, guess_in_lieu)
        days: list[int] = []
        minutes = [0]
        for ordinal in range(date(number, 1, 1).toordinal(), date(number + 1, 1, 1).toordinal()):
            day = date.fromordinal(ordinal)
            usual = day in make_up or (day.weekday() < 5 and day not in rest)
            if self.overrides.days.get(day, usual):
                days.append(ordinal)
                minutes.append(minutes[-1] + self._hours(day).total)
        return _Year(tuple(days), tuple(minutes))


@cache
def _library_lists() -> Mapping[int, object]:
    """Give the library's lists of the State Council by year."""
    from holidays.countries.china import ChinaStaticHolidays

    return ChinaStaticHolidays.special_public_holidays


def _library_days(year: int, in_lieu: bool) -> tuple[set[date], set[date]]:
    """Give the rest days and the make-up working days that the library knows around a year."""
    from holidays.countries.china import China

    # The next year's list may make days of this December working days.
    found = China(years=(year, year + 1), observed=in_lieu, expand=False)  # type: ignore[no-untyped-call]
    return set(found), set(found.weekend_workdays)


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(LOCAL)


def _at_minute(day: date, minute: int) -> datetime:
    return datetime.combine(day, time(minute // 60, minute % 60), LOCAL)


def _beyond() -> BadInputError:
    return BadInputError(_("The calendar ends before that day; check the date and the limit."))
