"""What a client reads of a case: stations, lights and events in public words, titles for names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from tiji.i18n import _, either
from tiji.privacy import mask_text
from tiji.stations.rules import Ladder, Station, station_title

Json = dict[str, Any]
Scrub = Callable[[str], str]


def scrubber(names: Iterable[str]) -> Scrub:
    """Make what takes officers' names out of a text, and numbers of persons."""
    wanted = sorted({name for name in names if len(name) > 1}, key=len, reverse=True)
    found = re.compile("|".join(map(re.escape, wanted))) if wanted else None

    def scrub(text: str) -> str:
        plain = mask_text(text)
        return found.sub(_("the officer"), plain) if found else plain

    return scrub


def duty_of(station: Station) -> str:
    """Say what a station does with a case."""
    return {
        "first": _("Whoever was asked first works on it, and owns it to the end."),
        "section": _("The section weighs it up. What can be done is done at once."),
        "deputy": _("The deputy head examines it. What can be done is done at once."),
        "principal": _(
            "The head of the department decides. Nobody else may say no, and only in writing, "
            "with reasons and another way."
        ),
        "city": _("The city's leaders decide what several departments could not settle."),
    }[station.role]


def public_titles(ladder: Ladder) -> Ladder:
    """Give a ladder with its stations named for the public."""
    named = (replace(one, title=station_title(one.title)) for one in ladder.stations)
    return replace(ladder, stations=tuple(named))


def note_of(step: Json, station: Station) -> str:
    """Say what happened on a step, or why it may not be needed, where nobody wrote it."""
    if step["state"] == "done":
        outcomes = {
            "escalated": _("Passed it up"),
            "resolved": _("Answered"),
            "declined": _("Answered: not as asked"),
            "guided": _("Led on to the unit in charge"),
            "decided": _("Decided"),
            "proposed": _("Laid it before the city's leaders"),
        }
        return outcomes.get(step["outcome"] or "", "")
    if step["state"] == "next" and station.role in ("principal", "city"):
        later = {
            "principal": _("Not needed if it can be done before"),
            "city": _("Only if departments cannot agree"),
        }
        return later[station.role]
    return ""


def day_words(day: date) -> str:
    """Write a day with its weekday, as people keep it in mind."""
    names = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    weekday = names[day.weekday()]
    written = {
        "zh": f"{day.month}月{day.day}日 {weekday}",
        "en": f"{weekday} {day.day} {day:%B}",
    }
    return either(written)


def sentences(*said: str) -> str:
    """Write sentences one after the other; after a full-width stop no space follows."""
    return either({"zh": "", "en": " "}).join(text for text in said if text)


@dataclass(frozen=True, slots=True)
class Line:
    """Tell what happened when, in which words; ``kind`` is up, pub, alert or blank."""

    at: str
    what: str
    text: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Know what lines are written with: the ladder, offices by code, what takes names out."""

    ladder: Ladder
    offices: Mapping[str, str]
    scrub: Scrub

    def station(self, no: object) -> str:
        """Name the office of a station."""
        known = isinstance(no, int) and 1 <= no <= self.ladder.top
        return station_title(self.ladder.station(no).title) if known and isinstance(no, int) else ""

    def office(self, code: object) -> str:
        """Name a department."""
        return self.offices.get(str(code), "")

    def said(self, *texts: str | None) -> str:
        """Write what somebody said, without names."""
        return " · ".join(self.scrub(text) for text in texts if text)


def lines_of(events: Iterable[Json], reader: Reader) -> list[Line]:
    """Tell a case's events to its client, the newest first; what was taken back never happened."""
    events = list(events)
    undone = {event["data"]["seq"] for event in events if event["kind"] == "undone"}
    lines = []
    for event in events:
        write = _WRITTEN.get(event["kind"])
        if write and event["seq"] not in undone and (line := write(event, reader)):
            lines.append(replace(line, at=event["at"]))
    return lines[::-1]


def _line(what: str, text: str = "", kind: str = "") -> Line:
    return Line("", what, text, kind)


def _day(text: str) -> str:
    return day_words(date.fromisoformat(text))


def _opened(_event: Json, _reader: Reader) -> Line:
    return _line(_("Your case came in"))


def _taken(event: Json, reader: Reader) -> Line:
    return _line(
        _("{title} has it in hand").format(title=reader.station(event["data"].get("station")))
    )


def _guided(event: Json, reader: Reader) -> Line:
    data = event["data"]
    said = reader.said(data["who"], data["where"], data["contact"])
    return _line(_("You were told who is in charge, and contact was made"), said, "pub")


def _accepted(event: Json, reader: Reader) -> Line:
    return _line(_("{office} took it over").format(office=reader.office(event["data"]["unit"])))


def _declined(_event: Json, _reader: Reader) -> Line:
    return _line(_("It came back; whoever was asked first goes on with it"))


def _agreed(event: Json, reader: Reader) -> Line:
    data = event["data"]
    what = _("It can be done, by {day}").format(day=_day(data["promised"]))
    return _line(what, reader.said(data["feedback"]), "pub")


def _answered(event: Json, reader: Reader) -> Line:
    return _line(_("You were answered"), reader.said(event["data"]["feedback"]), "pub")


def _escalated(event: Json, reader: Reader) -> Line:
    data = event["data"]
    words = {"no": data["to_station"], "title": reader.station(data["from_station"])}
    if data.get("reason") == "timeout":
        what = _("Its time was over: it went up to station {no} by itself")
        return _line(what.format(**words), kind="alert")
    return _line(_("{title} passed it up to station {no}").format(**words), kind="up")


def _proposed(_event: Json, _reader: Reader) -> Line:
    return _line(_("It was laid before the city's leaders"), kind="up")


def _decided(event: Json, reader: Reader) -> Line:
    data = event["data"]
    what = _("The city's leaders decided: {office} does it, by {day}")
    office = reader.office(data["department"])
    return _line(what.format(office=office, day=_day(data["by"])), kind="pub")


def pause_reason(code: str | None) -> str:
    """Say why the clock stands still."""
    reasons = {
        "awaiting_client": _("We wait for something from you."),
        "expert_appraisal": _("Experts are appraising it."),
        "public_notice": _("A public notice must run its time."),
    }
    return reasons.get(code or "", "")


def _paused(event: Json, _reader: Reader) -> Line:
    data = event["data"]
    what = _("The clock stopped until {day}").format(day=_day(data["until"]))
    return _line(what, pause_reason(data.get("reason")), "pub")


def _granted(event: Json, reader: Reader) -> Line | None:
    data = event["data"]
    if data["what"] == "pause":
        return _paused(event, reader)
    return _line(_("{days} more working days were granted").format(days=data["days"]))


def _resumed(_event: Json, _reader: Reader) -> Line:
    return _line(_("The clock runs again"))


def _commented(event: Json, reader: Reader) -> Line | None:
    data = event["data"]
    if not data.get("public"):
        return None
    return _line(_("A word from the office"), reader.said(data["text"]), "pub")


def _wrote(event: Json, _reader: Reader) -> Line:
    data = event["data"]
    missing = data["what"] == "supplement"
    return _line(
        _("You sent what was missing") if missing else _("You wrote"), data.get("text", "")
    )


def _attached(event: Json, _reader: Reader) -> Line | None:
    return _line(_("You added a file")) if event["actor"] == "client" else None


def _withdrawn(_event: Json, _reader: Reader) -> Line:
    return _line(_("It was taken back"))


def _rated(event: Json, _reader: Reader) -> Line:
    return _line(_("You gave {grade} of 5").format(grade=event["data"]["grade"]))


def _reopened(event: Json, reader: Reader) -> Line:
    title = reader.station(event["data"]["station"])
    return _line(_("It was opened again: {title}").format(title=title), kind="up")


def _missed(event: Json, reader: Reader) -> Line:
    title = reader.station(event["data"]["station"])
    return _line(_("{title}: the time was over").format(title=title), kind="alert")


def _late(_event: Json, _reader: Reader) -> Line:
    return _line(_("Your answer is overdue"), kind="alert")


def _merged(_event: Json, _reader: Reader) -> Line:
    return _line(_("It goes on together with another case about the same"))


def _closed(_event: Json, _reader: Reader) -> Line:
    return _line(_("It was closed"))


def _changed(_event: Json, _reader: Reader) -> Line:
    return _line(_("Somebody else goes on with it, where it stands"))


_WRITTEN: dict[str, Callable[[Json, Reader], Line | None]] = {
    "case_opened": _opened,
    "case_imported": _opened,
    "case_taken": _taken,
    "case_guided": _guided,
    "guidance_accepted": _accepted,
    "guidance_declined": _declined,
    "case_agreed": _agreed,
    "case_answered": _answered,
    "case_refused": _answered,
    "case_escalated": _escalated,
    "case_proposed": _proposed,
    "case_decided": _decided,
    "case_paused": _paused,
    "request_granted": _granted,
    "case_resumed": _resumed,
    "case_commented": _commented,
    "client_wrote": _wrote,
    "attached": _attached,
    "case_withdrawn": _withdrawn,
    "case_rated": _rated,
    "case_reopened": _reopened,
    "deadline_missed": _missed,
    "client_deadline_missed": _late,
    "case_merged": _merged,
    "case_grouped": _merged,
    "case_closed": _closed,
    "officer_changed": _changed,
    "holder_changed": _changed,
}


def working_days_left(minutes: int, day: int) -> str:
    """Write working minutes as days with one decimal."""
    return f"{minutes / day:.1f}".removesuffix(".0")


def due_words(due: datetime) -> str:
    """Write until when somebody will hear."""
    day, time = day_words(due.date()), f"{due:%H:%M}"
    return either({"zh": f"{day} {time}", "en": f"{day}, {time}"})
