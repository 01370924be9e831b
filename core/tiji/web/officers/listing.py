"""Lists of cases as pages show them: what an address asks for, and each case as a line of words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from flask import current_app, request, url_for

from tiji.accounts.rules import Viewer
from tiji.cases import labels, times, words
from tiji.cases.clocks import Light
from tiji.cases.inbox import PAGE, Counts, Wanted, scopes_of
from tiji.cases.lanes import LIGHTS, MOST, VIEWS, Scope
from tiji.cases.state import OPEN
from tiji.cases.words import word
from tiji.clock import local
from tiji.i18n import N_, _, either
from tiji.matters.rules import CATEGORIES
from tiji.runtime import runtime
from tiji.stations.rules import station_title
from tiji.web.pages import share

Json = dict[str, Any]
#: The longest text that a list is searched for.
LONGEST_TEXT = 200
#: What a page may be asked to show, beside what is usual.
ROWS = ("50", "100")
_WEEKDAYS = (
    *(N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday")),
    *(N_("Saturday"), N_("Sunday")),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A case as a line of a list: words only, so that a template has nothing to work out.

    ``spark`` is its small staircase.
    """

    number: str
    version: int
    href: str
    title: str
    client: str
    category: str
    matter: str
    holder: str
    office: str
    light: Light | None
    left: str
    due: str
    share: int
    spark: str
    last: str
    last_at: str
    channel: str


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of one light, with their heading."""

    light: Light | None
    heading: str
    lines: tuple[Line, ...]


def light_words() -> dict[Light, str]:
    """Say what each light means in a list."""
    return {
        "r": _("Overdue"),
        "a": _("Due soon"),
        "g": _("In time"),
        "p": _("Waiting (clock stopped)"),
    }


def channels() -> dict[str, str]:
    """Give the channels by which cases come, by code."""
    bureaus = runtime().plugins.bureaus().values()
    return labels.channels() | {one.code: one.title for b in bureaus for one in b.channels}


def asked_for(viewer: Viewer) -> Wanted:
    """Read what an address asks for; a value that nobody offers filters nothing (S22)."""
    given = request.values
    usual: Scope = "mine" if viewer.seats or not viewer.sees_all else "all"
    scope = given.get("of", usual)
    return Wanted(
        scope=next((one for one in scopes_of(viewer) if one == scope), usual),
        view=next((one for one in VIEWS if one == given.get("view")), "open"),
        light=next((one for one in LIGHTS if one == given.get("light")), None),
        today=given.get("today") == "1",
        department=_department(viewer, scope, given.get("department")),
        matter=_short("matter"),
        category=_one_of("category", CATEGORIES),
        channel=_short("channel"),
        station=int(station) if (station := given.get("station", "")) in tuple("12345") else None,
        status=_one_of("status", OPEN),
        words=" ".join(given.get("q", "").split())[:LONGEST_TEXT],
    )


def _one_of(name: str, known: Collection[str]) -> str | None:
    value = request.values.get(name)
    return value if value in known else None


def _short(name: str) -> str | None:
    """Take a code that the database knows or does not."""
    value = request.values.get(name, "").strip()
    return value if 0 < len(value) <= 80 and value.isprintable() else None


def _department(viewer: Viewer, scope: str, code: str | None) -> str | None:
    if scope == "department" and not viewer.sees_all:
        return code if code in viewer.departments else viewer.department
    return _short("department") if scope in ("all", "department") and viewer.sees_all else None


def rows_wanted() -> int:
    """Read how many cases a page of a list shows."""
    rows = request.args.get("rows", "")
    return int(rows) if rows in ROWS else PAGE


def arguments(wanted: Wanted) -> dict[str, str]:
    """Write what is wanted as the address's arguments; what is usual is left out."""
    given = {
        "of": wanted.scope if wanted.scope != "mine" else None,
        "view": wanted.view if wanted.view != "open" else None,
        "light": wanted.light,
        "today": "1" if wanted.today else None,
        "department": wanted.department,
        **wanted.columns(),
        "q": wanted.words or None,
    }
    return {name: str(value) for name, value in given.items() if value is not None}


class Address:
    """Give addresses of a list like the one that is shown, with other arguments."""

    def __init__(self, endpoint: str, given: Mapping[str, str]) -> None:
        self._path, self._given = url_for(endpoint), dict(given)

    def __call__(self, **changed: str | None) -> str:
        """Give the address with some arguments changed, those that are None left out."""
        both = {**self._given, **changed}
        kept = {name: value for name, value in both.items() if value}
        return f"{self._path}?{urlencode(kept)}" if kept else self._path


def shown_count(count: int) -> str:
    """Write a count, which nobody counts further than a thousand."""
    return f"{MOST:,}+" if count > MOST else str(count)


def grouped(lines: Iterable[Line], counts: Counts | None = None) -> list[Group]:
    """Put lines under the heading of their light; those that follow one another alike are one."""
    say = light_words()
    groups = []
    for light, some in groupby(lines, key=lambda line: line.light):
        heading = say[light] if light else ""
        if light and counts:
            heading = f"{heading} {shown_count(counts.lights[light])}"
        groups.append(Group(light, heading, tuple(some)))
    return groups


class Lines:
    """Turn cases into lines; what many of them share is put into words once."""

    def __init__(self, offices: Mapping[str, str]) -> None:
        self._offices = offices
        self._now = runtime().clock.now()
        self._day = times.day_minutes(runtime().calendar, self._now)
        self._kinds, self._codes = words.event_kinds(), words.codes()
        self._statuses, self._categories = words.statuses(), labels.categories()
        self._channels, self._lights = channels(), light_words()
        self._moments: dict[str, str] = {}
        self._far = (local(self._now) + timedelta(days=2)).date().isoformat()
        self._path = url_for("case.page", number="NUMBER")

    def of(self, cases: Iterable[Json]) -> Iterator[Line]:
        """Give the line of each case."""
        return map(self._line, cases)

    def _line(self, case: Json) -> Line:
        light = case["light"]
        return Line(
            number=case["number"],
            version=case["version"],
            href=self._path.replace("NUMBER", case["number"]),
            title=case["title"],
            client=case["client"]["name"],
            category=word(self._categories, case["category"]),
            matter=case["matter_title"] or case["matter"],
            holder=case["holder"] or "",
            office=self._offices.get(case["department"], ""),
            light=light,
            left=self._left(case),
            due=self._due(case),
            share=share(case["ratio"]),
            spark=_spark(tuple(map(_bar, case["ladder"])), self._stands(case)),
            last=word(self._kinds, case["last"]["kind"] or ""),
            last_at=self.moment(case["last"]["at"]),
            channel=word(self._channels, case["channel"]),
        )

    def moment(self, text: str | None) -> str:
        """Write a moment as people say it."""
        if text is None:
            return ""
        if text not in self._moments:
            self._moments[text] = times.moment(text, self._now)
        return self._moments[text]

    def _left(self, case: Json) -> str:
        if case["light"] is None:
            outcome = case["outcome"]
            status = word(self._statuses, case["status"])
            return f"{status} · {word(self._codes, outcome)}" if outcome else status
        if case["light"] == "p":
            return self._statuses["paused"]
        return times.balance(case["left_min"], self._day)

    def _due(self, case: Json) -> str:
        if case["light"] is None:
            return self.moment(case["ended_at"])
        when = self.moment(case["due_at"])
        if case["due_at"] > self._far:  # a day that is far away ends with office hours
            when = when.rpartition(" ")[0]
        return _("due {when}").format(when=when)

    def _stands(self, case: Json) -> str:
        if not case["station"]:
            return word(self._statuses, case["status"])
        title = case["ladder"][case["station"] - 1]["title"]
        light = self._lights.get(case["light"], "")
        return _("{station}, {light}").format(station=station_title(title), light=light)


# Many cases stand alike, and every page offers the same choices: each is made once.
@lru_cache(maxsize=2048)
def _spark(bars: tuple[str, ...], stands: str) -> str:
    return _macro("spark")(bars, stands)


@lru_cache(maxsize=256)
def options(choices: tuple[tuple[str, str], ...], chosen: str | None) -> str:
    """Write the options of a select."""
    return _macro("options")(choices, chosen)


def _macro(name: str) -> Callable[..., str]:
    found: Callable[..., str] = getattr(
        current_app.jinja_env.get_template("macros/lines.html").module, name
    )
    return found


def _bar(step: Json) -> str:
    if step["state"] == "next":
        return ""
    light: str = "d" if step["light"] in (None, "p") else step["light"]
    return f"{light} now" if step["state"] == "now" else light


def clock_words(now: datetime) -> str:
    """Say what time it is and how much of the working day is left."""
    here, calendar = local(now), runtime().calendar
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    left = calendar.working_minutes(now, midnight + timedelta(days=1))
    weekday = _(_WEEKDAYS[here.weekday()])
    zh = f"{here.month}月{here.day}日 {weekday} {here:%H:%M}"
    said = either({"zh": zh, "en": f"{weekday} {here.day} {here:%b}, {here:%H:%M}"})
    if not left:
        return said
    rest = times.duration(left, times.day_minutes(calendar, now))
    return _("{now} · {rest} of working time left today").format(now=said, rest=rest)
