"""Cases as text: a list with lights, one case's ladder as a drawn staircase."""

from __future__ import annotations

import unicodedata
from typing import Any

from tiji.cli import words
from tiji.i18n import _

Json = dict[str, Any]

LIGHTS = {"g": "●", "a": "▲", "r": "■", "p": "‖", None: " "}
RISE = 6


def width(text: str) -> int:
    """Count the columns that a text takes on a terminal: two for a Chinese character."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def fit(text: str, columns: int) -> str:
    """Cut or fill a text to a number of columns."""
    kept = ""
    for char in text:
        if width(kept + char) > columns - (1 if width(text) > columns else 0):
            kept += "…"
            break
        kept += char
    return kept + " " * (columns - width(kept))


def case_table(cases: list[Json], cursor: str | None = None) -> str:
    """Draw a list of cases, one a line: light, number, station, holder, due time, title."""
    if not cases:
        return _("No case here: nothing is waiting.")
    lines = []
    statuses = words.statuses()
    for case in cases:
        holder = case["holder"]["name"] if case["holder"] else "—"
        station = (
            _("station {no}").format(no=case["station"])
            if case["station"]
            else _word(statuses, case["status"])
        )
        due = (case["due_at"] or "—")[:16].replace("T", " ")
        parts = (
            LIGHTS[case["light"]],
            case["number"],
            fit(station, 10),
            fit(f"{case['department']} {holder}", 30),
            fit(due, 16),
            fit(case["title"], 44),
        )
        lines.append("  ".join(parts).rstrip())
    if cursor:
        lines.append(_("More: --after {cursor}").format(cursor=cursor))
    return "\n".join(lines)


def staircase_text(detail: Json) -> str:
    """Draw a case's ladder as a staircase that climbs to the right, the highest step first."""
    lines = [f"{detail['number']}  {detail['title']}"]
    for step in reversed(detail["ladder"]):
        indent = " " * (RISE * (step["no"] - 1))
        mark = {"now": "◆", "done": LIGHTS[step["light"]], "next": "○"}[step["state"]]
        holder = step["holder"] or ""
        here = _("  ← it is here") if step["state"] == "now" else ""
        lines.append(f"{indent}{mark} {step['no']} {step['title']} {holder} {_used(step)}{here}")
        lines.append(indent + "▔" * 30)
    return "\n".join(line.rstrip() for line in lines)


def _used(step: Json) -> str:
    if step["state"] == "next":
        return _("{days} working days").format(days=step["limit_days"])
    used = _("{used} of {limit} working minutes").format(
        used=step["used_min"], limit=step["limit_min"]
    )
    due = f" · {step['due_at'][:16].replace('T', ' ')}" if step["due_at"] else ""
    return f"{LIGHTS[step['light']]} {used}{due}"


def case_text(detail: Json) -> str:
    """Draw one case: staircase, facts, panels of its bureau, log."""
    holder, client = detail["holder"], detail["client"]
    facts = [
        (_("status"), _status(detail)),
        (_("matter"), f"{detail['matter']} ({_word(words.categories(), detail['category'])})"),
        (_("client"), f"{client['name']} ({_word(words.client_kinds(), client['kind'])})"),
        (_("first-inquiry officer"), _named(detail["first_inquiry_officer"])),
        (_("holder"), _named(holder) if holder else "—"),
        (_("due"), _when(detail["due_at"])),
        (_("answer due"), _when(detail["client_due_at"])),
        (_("version"), str(detail["version"])),
        *((name, str(value)) for name, value in (detail["form"] | detail["personal"]).items()),
    ]
    if detail["provisional"]:
        facts.append((_("provisional"), _("the next year's calendar is not published yet")))
    if detail["missing"]:
        facts.append((_("still missing"), ", ".join(detail["missing"])))
    if detail["quarantined"]:
        facts.append((_("quarantined"), detail["quarantined"]))
    lines = [staircase_text(detail), "", detail["content"], ""]
    lines += [f"{fit(label, 22)} {value}".rstrip() for label, value in facts]
    for panel in detail["panels"]:
        lines += ["", panel["title"], *(f"  {fit(k, 20)} {v}" for k, v in panel["facts"].items())]
    lines += ["", _("Log")]
    lines += [_event(event) for event in detail["events"]]
    return "\n".join(lines)


def _named(person: Json) -> str:
    return f"{person['name']} ({person['code']})"


def _when(moment: str | None) -> str:
    return moment[:16].replace("T", " ") if moment else "—"


def _word(table: words.Words, code: str) -> str:
    return table.get(code, code)


def _status(detail: Json) -> str:
    outcome = detail["outcome"]
    parts = [_word(words.statuses(), detail["status"])]
    return " · ".join([*parts, _word(words.codes(), outcome)] if outcome else parts)


def _event(event: Json) -> str:
    names = words.event_fields()
    said = _("; ").join(
        _("{name}: {value}").format(name=_word(names, name), value=_said(name, value))
        for name, value in event["data"].items()
        if value not in (None, "", []) and name not in ("personal", "ladder")
    )
    kind = _word(words.event_kinds(), event["kind"])
    actor = _("system") if event["actor"] == "system" else event["actor"]
    return f"  {event['seq']:>3} {_when(event['at'])} {kind} {actor}  {said}".rstrip()


def _said(name: str, value: Any) -> str:
    """Write what an event holds: codes by their words, times short, lists in one line."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_said(name, item) for item in value)
    if name == "ways_forward":
        return f"{value['what']} ({value['helper']})"
    if name == "passed":
        return f"{value['station']} ({_word(words.codes(), value['why'])})"
    if name in ("due_at", "at"):
        return _when(value)
    return _word(words.codes(), value) if name in words.CODED else str(value)
