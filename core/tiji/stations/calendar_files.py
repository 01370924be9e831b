"""Read the calendar's override files: a year's list, a city's own days, office hours.

Every ``*.toml`` in ``TIJI_HOME/calendars`` is read, in the order of the names. All keys are
optional, unknown keys are errors. Later files and later entries win, and ``[days]`` wins over
the ``[years]`` of its file::

    [years.2027]          # the State Council's list; it makes the year published
    rest = ["2027-01-01", "2027-02-05..2027-02-11"]     # days, or first..last
    work = ["2027-02-14"]                               # make-up working days

    [days]                # a city's own days of any year; they publish nothing
    rest = ["2026-11-20"]

    [[hours]]             # office hours; without from and to: all year
    from = "06-01"
    to = "09-30"          # included; the season may wrap around the year's end
    intervals = ["08:00-12:00", "14:30-17:30"]

A year's list may also name days of the December before it, as the State Council does.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from tiji.errors import BadInputError
from tiji.i18n import _
from tiji.stations.hours import Hours, MonthDay

#: A range longer than this is a slip of the pen: no list gives a year off.
LONGEST_RANGE = 366


@dataclass(frozen=True, slots=True)
class Overrides:
    """Hold what the files say; ``days`` maps a date to whether people work on it."""

    years: frozenset[int]
    days: dict[date, bool]
    hours: tuple[Hours, ...]
    digest: str


NO_OVERRIDES = Overrides(frozenset(), {}, (), "")


def read_overrides(folder: Path | None) -> Overrides:
    """Read all override files of a folder, which need not exist.

    Raises BadInputError naming the file and the key.
    """
    if folder is None:
        return NO_OVERRIDES
    years: set[int] = set()
    days: dict[date, bool] = {}
    hours: list[Hours] = []
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.toml")):
        if path.name.startswith("."):  # an editor's lock or backup
            continue
        file = _OverrideFile(path)
        digest.update(hashlib.sha256(file.content).digest())
        years |= file.years
        days |= file.days
        hours += file.hours
    if not (years or days or hours):
        return NO_OVERRIDES
    return Overrides(frozenset(years), days, tuple(hours), digest.hexdigest())


class _OverrideFile:
    """One file, checked key by key."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        try:
            self.content = path.read_bytes()
            data = tomllib.loads(self.content.decode("utf-8-sig"))
        except OSError as error:
            raise self._bad("", _("it cannot be read: {why}").format(why=error.strerror)) from None
        except UnicodeDecodeError:
            raise self._bad("", _("it is not UTF-8; save it as UTF-8.")) from None
        except tomllib.TOMLDecodeError as error:
            raise self._bad("", _("it is not valid TOML: {why}").format(why=error)) from None
        self._known("", data, {"years", "days", "hours"})
        self.days: dict[date, bool] = {}
        self.years = {self._year(key, table) for key, table in self._table("years", data).items()}
        self._read_days("days", self._table("days", data))
        seasons = data.get("hours", [])
        if not isinstance(seasons, list):
            raise self._bad("hours", _("write [[hours]] with double brackets."))
        self.hours = [self._season(f"hours[{no}]", s) for no, s in enumerate(seasons, 1)]

    def _bad(self, key: str, why: str) -> BadInputError:
        return BadInputError(": ".join(part for part in (self.name, key, why) if part))

    def _known(self, key: str, table: dict[str, Any], names: set[str]) -> None:
        if unknown := sorted(set(table) - names):
            raise self._bad(
                f"{key}.{unknown[0]}".lstrip("."),
                _("unknown key; known here: {names}.").format(names=", ".join(sorted(names))),
            )

    def _table(self, key: str, data: dict[str, Any]) -> dict[str, Any]:
        return self._checked_table(key, data.get(key, {}))

    def _checked_table(self, key: str, value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self._bad(key, _("a table is needed here."))
        return value

    def _year(self, key: str, value: object) -> int:
        name = f"years.{key}"
        if not re.fullmatch(r"[0-9]{4}", key):
            raise self._bad(name, _("write the year with four digits, like [years.2027]."))
        year = int(key)
        named = self._read_days(name, self._checked_table(name, value))
        for day in named:
            if day.year != year and (day.year, day.month) != (year - 1, 12):
                raise self._bad(
                    name,
                    _("{day} is neither in {year} nor in the December before it.").format(
                        day=day, year=year
                    ),
                )
        return year

    def _read_days(self, key: str, table: dict[str, Any]) -> dict[date, bool]:
        self._known(key, table, {"rest", "work"})
        rest = set(self._dates(f"{key}.rest", table.get("rest", [])))
        work = set(self._dates(f"{key}.work", table.get("work", [])))
        if both := sorted(rest & work):
            raise self._bad(
                key, _("{day} stands under rest and under work; keep one.").format(day=both[0])
            )
        named = dict.fromkeys(rest, False) | dict.fromkeys(work, True)
        self.days |= named
        return named

    def _dates(self, key: str, value: object) -> Iterator[date]:
        for item in self._list(key, value):
            if isinstance(item, date) and not isinstance(item, datetime):
                yield item
                continue
            first_text, dots, last_text = str(item).partition("..")
            first = self._date(key, first_text)
            last = self._date(key, last_text) if dots else first
            if not 0 <= (last - first).days < LONGEST_RANGE:
                raise self._bad(
                    key,
                    _("{item!r} ends before it starts, or a year later.").format(item=item),
                )
            for ordinal in range(first.toordinal(), last.toordinal() + 1):
                yield date.fromordinal(ordinal)

    def _date(self, key: str, text: str) -> date:
        try:
            return datetime.strptime(text.strip(), "%Y-%m-%d").date()  # noqa: DTZ007 - a date only
        except ValueError:
            raise self._bad(
                key,
                _("{text!r} is no day; write 2027-02-05, or 2027-02-05..2027-02-11.").format(
                    text=text
                ),
            ) from None

    def _list(self, key: str, value: object) -> list[object]:
        if not isinstance(value, list):
            raise self._bad(key, _("a list in square brackets is needed here."))
        return value

    def _season(self, key: str, value: object) -> Hours:
        table = self._checked_table(key, value)
        self._known(key, table, {"from", "to", "intervals"})
        intervals = self._intervals(f"{key}.intervals", table.get("intervals", []))
        if ("from" in table) != ("to" in table):
            raise self._bad(key, _("give both from and to, or neither for all year."))
        if "from" not in table:
            return Hours(intervals)
        first = self._month_day(f"{key}.from", table["from"])
        return Hours(intervals, first, self._month_day(f"{key}.to", table["to"]))

    def _month_day(self, key: str, value: object) -> MonthDay:
        try:
            day = datetime.strptime(f"2000-{value}", "%Y-%m-%d")  # noqa: DTZ007 - a date only
        except ValueError:
            raise self._bad(
                key, _("{text!r} is no day of the year; write it like 06-01.").format(text=value)
            ) from None
        return day.month, day.day

    def _intervals(self, key: str, value: object) -> tuple[tuple[int, int], ...]:
        intervals = tuple(self._interval(key, item) for item in self._list(key, value))
        if not intervals:
            raise self._bad(key, _('give one or more, like ["08:00-12:00", "14:30-17:30"].'))
        for (_start, end), (start, _end) in pairwise(intervals):
            if start < end:
                raise self._bad(key, _("the intervals overlap or are not in order."))
        return intervals

    def _interval(self, key: str, item: object) -> tuple[int, int]:
        clock = r"([01]?[0-9]|2[0-3]):([0-5][0-9])"
        match = re.fullmatch(rf"\s*{clock}\s*-\s*{clock}\s*", str(item))
        if match is None:
            raise self._bad(
                key, _("{text!r} is no interval; write it like 08:00-12:00.").format(text=item)
            )
        numbers = [int(number) for number in match.groups()]
        start, end = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
        if start >= end:
            raise self._bad(key, _("{text!r} ends before it starts.").format(text=item))
        return start, end
