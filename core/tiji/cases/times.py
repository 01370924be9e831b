"""Times as people say them: what is left of a limit, and the day on which it ends."""

from __future__ import annotations

from datetime import datetime, timedelta

from tiji.clock import LOCAL, local
from tiji.i18n import _, either
from tiji.stations.calendar import WorkCalendar


def day_minutes(calendar: WorkCalendar, now: datetime) -> int:
    """Count the office minutes of the next working day: what "one day" means in a duration."""
    day = calendar.add_working_days(local(now).date(), 1)
    close = calendar.close_of(day)
    return calendar.working_minutes(close.replace(hour=0, minute=0), close)


def duration(minutes: int, day: int) -> str:
    """Write working minutes as days and hours, or as hours and minutes within a day."""
    days, rest = divmod(minutes, day)
    hours, rest = divmod(rest, 60)
    if days:
        text = _("{days} d {hours} h") if hours else _("{days} d")
    elif hours:
        text = _("{hours} h {minutes} min") if rest else _("{hours} h")
    else:
        text = _("{minutes} min")
    return text.format(days=days, hours=hours, minutes=rest)


def balance(left: int, day: int) -> str:
    """Say how many working minutes are left of a limit, or over it where negative."""
    text = _("{time} over") if left < 0 else _("{time} left")
    return text.format(time=duration(abs(left), day))


def moment(text: str | None, now: datetime) -> str:
    """Write a time of a case: today and tomorrow by name, the year only where it is another."""
    if not text:
        return "—"
    at, today = _read(text), local(now).date()
    near = {
        today - timedelta(days=1): _("yesterday"),
        today: _("today"),
        today + timedelta(days=1): _("tomorrow"),
    }
    day = either({"zh": f"{at.month}月{at.day}日", "en": f"{at.day} {at:%b}"})
    if at.year != today.year:
        day = either({"zh": f"{at.year}年{day}", "en": f"{day} {at.year}"})
    return f"{near.get(at.date(), day)} {at:%H:%M}"


def stamp(text: str | None) -> str:
    """Write a time of the log: the whole date, so that lines stand under each other."""
    return f"{_read(text):%Y-%m-%d %H:%M}" if text else "—"


def _read(text: str) -> datetime:
    """Read a time as the city's; one without a zone is the city's already."""
    at = datetime.fromisoformat(text)
    return local(at if at.tzinfo else at.replace(tzinfo=LOCAL))
