"""Cases as text: a list with lights, one case's ladder as a drawn staircase."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tiji.cases.labels import categories, client_kinds
from tiji.cases.names import FormWords, Names, matter_title, short_names
from tiji.cases.sheet import Sheet
from tiji.cases.story import told
from tiji.cases.times import balance, day_minutes, duration, moment, stamp
from tiji.cases.words import codes, listed, named, statuses, word
from tiji.cli.columns import aligned, room
from tiji.i18n import _
from tiji.runtime import runtime
from tiji.stations.rules import station_title

Json = dict[str, Any]

LIGHTS = {"g": "●", "a": "▲", "r": "■", "p": "‖", None: " "}
#: Terminals at least so wide show what is left of a limit, and steeper steps.
WIDE = 100


def case_table(cases: list[Json], cursor: str | None = None) -> str:
    """Draw a list of cases, one a line: light, number, station, holder, due time, title."""
    if not cases:
        return _("No case here: nothing is waiting.")
    now = runtime().clock.now()
    offices = short_names({case["department"] for case in cases})
    lines = aligned([_listed_case(case, offices, now) for case in cases], cut=True)
    if cursor:
        lines.append(_("More: --after {cursor}").format(cursor=cursor))
    return "\n".join(lines)


def _listed_case(case: Json, offices: dict[str, str], now: datetime) -> list[str]:
    holder = case["holder"]["name"] if case["holder"] else "—"
    station = (
        _("station {no}").format(no=case["station"])
        if case["station"]
        else word(statuses(), case["status"])
    )
    return [
        f"{LIGHTS[case['light']]} {case['number']}",
        station,
        f"{offices.get(case['department'], case['department'])} {holder}",
        *([_left(case, now)] if room() >= WIDE else []),
        moment(case["due_at"], now),
        case["title"],
    ]


def _left(case: Json, now: datetime) -> str:
    """Say what is left until a case's due time; nothing where its clock stands."""
    if not case["due_at"] or case["status"] == "paused":
        return _("paused") if case["due_at"] else ""
    calendar, due = runtime().calendar, datetime.fromisoformat(case["due_at"])
    left = calendar.working_minutes(now, due) or -calendar.working_minutes(due, now)
    return balance(left, day_minutes(calendar, now))


def staircase_text(detail: Json) -> str:
    """Draw a case's ladder as a staircase that climbs to the right, the highest step first."""
    rise = 6 if room() >= WIDE else 3
    now = runtime().clock.now()
    day = day_minutes(runtime().calendar, now)
    lines = [f"{detail['number']}  {detail['title']}"]
    for step in reversed(detail["ladder"]):
        indent = " " * (rise * (step["no"] - 1))
        mark = {"now": "◆", "done": LIGHTS[step["light"]], "next": "○"}[step["state"]]
        here = _("  ← it is here") if step["state"] == "now" else ""
        title = f"{step['no']} {station_title(step['title'])}"
        parts = (mark, title, step["holder"], _used(step, now, day))
        lines.append(f"{indent}{' '.join(filter(None, parts))}{here}")
        lines.append(indent + "▔" * 30)
    return "\n".join(lines)


def _used(step: Json, now: datetime, day: int) -> str:
    """Say what a step has used or has left; of one ahead, what it may take."""
    left = step["limit_min"] - step["used_min"]
    if step["state"] == "now":
        due = _("due {when}").format(when=moment(step["due_at"], now))
        rest = f"{LIGHTS[step['light']]} {balance(left, day)}"
        return _("{left}, {due}").format(left=rest, due=due)
    if step["state"] == "done":
        used = _("took {time}").format(time=duration(step["used_min"], day))
        over = _("{used}, {over}").format(used=used, over=balance(left, day))
        return over if left < 0 else used
    if step["outcome"]:
        return word(codes(), step["outcome"])
    return _("limit {days} d").format(days=step["limit_days"])


def case_text(sheet: Sheet) -> str:
    """Draw one case: staircase, facts, panels of its bureau, log."""
    detail = sheet.detail
    form = FormWords(detail["matter"])
    facts = [*_facts(detail, sheet.names), *_joined_cases(detail), *_asked(detail, form)]
    lines = [staircase_text(detail), "", detail["content"], "", *aligned(facts)]
    for panel in detail["panels"]:
        lines += ["", panel["title"], *aligned(list(panel["facts"].items()), "  ")]
    return "\n".join([*lines, "", _("Log"), *_log(sheet, form)])


def _facts(detail: Json, names: Names) -> Iterator[tuple[str, str]]:
    """Say how a case stands: who holds it, until when, and what the client knows."""
    now, client, fio = runtime().clock.now(), detail["client"], detail["first_inquiry_officer"]
    category = word(categories(), detail["category"])
    kind = word(client_kinds(), client["kind"])
    yield _("status"), _status(detail)
    yield _("matter"), named(detail["matter"], matter_title(detail["matter"]))
    yield _("category"), category
    yield _("client"), f"{kind} · {client['name']}"
    yield _("department"), named(detail["department"], names.office(detail["department"]))
    if detail["guided_to"]:
        yield _("guided to"), named(detail["guided_to"], names.office(detail["guided_to"]))
    yield _("first-inquiry officer"), named(fio["code"], fio["name"])
    if holder := detail["holder"]:
        yield _("holder"), named(holder["code"], holder["name"])
    if detail["due_at"]:
        yield _("due"), moment(detail["due_at"], now)
    if detail["client_due_at"]:
        yield _("answer due"), moment(detail["client_due_at"], now)
    if detail["provisional"]:
        yield _("provisional"), _("the next year's calendar is not published yet")
    if request := detail["request"]:
        yield _("request"), word(codes(), request["what"])
    if detail["grade"]:
        yield _("grade"), str(detail["grade"])
    yield _("version"), str(detail["version"])
    if detail["quarantined"]:
        yield _("quarantined"), detail["quarantined"]


def _status(detail: Json) -> str:
    outcome = detail["outcome"]
    parts = [word(statuses(), detail["status"])]
    return " · ".join([*parts, word(codes(), outcome)] if outcome else parts)


def _joined_cases(detail: Json) -> Iterator[tuple[str, str]]:
    if detail["merged_into"]:
        yield _("merged into"), detail["merged_into"]
    if detail["grouped_with"]:
        yield _("answered with"), detail["grouped_with"]
    if detail["took_in"]:
        yield _("answers too"), listed(other["number"] for other in detail["took_in"])


def _asked(detail: Json, form: FormWords) -> Iterator[tuple[str, str]]:
    """Give what the form and the ledger say, by the labels that officers know."""
    values = detail["form"] | detail["personal"]
    for name in sorted(values, key=form.place):
        yield form.label(name), form.value(name, values[name])
    if detail["missing"]:
        yield _("still missing"), form.labels(detail["missing"])


def _log(sheet: Sheet, form: FormWords) -> list[str]:
    """Write a case's events, one a line."""
    pair = _("{name}: {value}")
    rows = [
        (
            f"{event.seq:>3}",
            stamp(event.at),
            event.actor,
            event.what,
            _("; ").join(pair.format(name=name, value=value) for _name, name, value in event.said),
        )
        for event in told(sheet.detail["events"], sheet.names, form)
    ]
    return aligned(rows, "  ")
