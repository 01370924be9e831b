"""Office hours: the intervals of a day, and the part of the year in which they hold."""

from __future__ import annotations

from dataclasses import dataclass

#: A day of any year: month and day.
MonthDay = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Hours:
    """Hold a day's office intervals in minutes from midnight, in order and apart.

    ``first`` and ``last`` bound the season, both included; it may wrap around the year's end.
    """

    intervals: tuple[tuple[int, int], ...]
    first: MonthDay = (1, 1)
    last: MonthDay = (12, 31)

    def hold_on(self, day: MonthDay) -> bool:
        """Say whether these hours are in force on a day of the year."""
        if self.first <= self.last:
            return self.first <= day <= self.last
        return day >= self.first or day <= self.last

    @property
    def close(self) -> int:
        """The minute at which the office closes for the day."""
        return self.intervals[-1][1]

    @property
    def total(self) -> int:
        """The office minutes of a whole day."""
        return sum(end - start for start, end in self.intervals)

    def before(self, minute: int) -> int:
        """Count the day's office minutes that lie before a minute of the day."""
        return sum(min(minute, end) - start for start, end in self.intervals if minute > start)

    def at(self, passed: int) -> int:
        """Give the earliest minute before which ``passed`` office minutes lie, 1 to the total."""
        for start, end in self.intervals:
            if passed <= end - start:
                return start + passed
            passed -= end - start
        raise ValueError("more minutes than the day has")


#: 8:30-12:00 and 14:00-17:30, all year.
DEFAULT_HOURS = Hours(((510, 720), (840, 1050)))
