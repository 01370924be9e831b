"""A case's log as text: who did what when, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tiji.cases.move import SYSTEM
from tiji.cases.words import codes, event_kinds, listed, word
from tiji.cli import words
from tiji.cli.columns import aligned
from tiji.cli.names import (
    FormWords,
    Names,
    channel_title,
    ledger_title,
    matter_title,
    names_of,
    written,
)
from tiji.cli.times import stamp
from tiji.i18n import _

Json = dict[str, Any]


def log_lines(events: list[Json], form: FormWords) -> list[str]:
    """Write a case's events, one a line; officers and departments by name."""
    names = names_of(_codes(events))
    rows = [_row(event, names, form) for event in events]
    return aligned(rows, "  ")


def _codes(events: Iterable[Json]) -> Iterator[str]:
    for event in events:
        yield event["actor"]
        for name in (*words.OFFICERS, *words.DEPARTMENTS):
            if isinstance(value := event["data"].get(name), str):
                yield value


def _row(event: Json, names: Names, form: FormWords) -> tuple[str, ...]:
    labels = words.event_fields()
    said = _("; ").join(
        _("{name}: {value}").format(
            name=labels.get(name, name), value=_said(name, value, names, form)
        )
        for name, value in event["data"].items()
        if value not in (None, "", [], False) and name not in words.UNREAD
    )
    kind = word(event_kinds(), event["kind"])
    actor = _("system") if event["actor"] == SYSTEM else names.officer(event["actor"])
    return f"{event['seq']:>3}", stamp(event["at"]), actor, kind, said


def _said(name: str, value: Any, names: Names, form: FormWords) -> str:
    """Write what an event holds: codes by their words, times short, lists in one line."""
    if isinstance(value, list):
        return listed(_item(name, item, names, form) for item in value)
    return _item(name, value, names, form)


def _item(name: str, value: Any, names: Names, form: FormWords) -> str:
    if isinstance(value, dict):
        return _pair(name, value)
    if not isinstance(value, str):
        return written(value)
    if name in words.OFFICERS:
        return names.officer(value)
    if name in words.DEPARTMENTS:
        return names.office(value)
    say = {
        "fields": form.label,
        "matter": matter_title,
        "ledger": ledger_title,
        "due_at": stamp,
        "at": stamp,
    }
    if name in say:
        return say[name](value)
    said = word(codes(), value) if name in words.CODED else value
    return channel_title(said) if name == "channel" else said


def _pair(name: str, value: Json) -> str:
    if name == "ways_forward":
        return _("{what} ({who} helps)").format(what=value["what"], who=value["helper"])
    if name == "passed":
        why = word(codes(), value["why"])
        return _("station {no} ({why})").format(no=value["station"], why=why)
    return written(value)
