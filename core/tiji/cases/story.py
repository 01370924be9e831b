"""A case's log in words: who did what when, and what was said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tiji.cases import labels
from tiji.cases.move import SYSTEM
from tiji.cases.names import (
    FormWords,
    Names,
    channel_title,
    ledger_title,
    written,
)
from tiji.cases.rules import CLIENT
from tiji.cases.times import stamp
from tiji.cases.words import codes, event_kinds, listed, word
from tiji.i18n import _

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """Tell one event in words; ``said`` gives each field's name, its label and what it says."""

    seq: int
    at: str
    actor: str
    kind: str
    what: str
    said: tuple[tuple[str, str, str], ...]
    public: bool


def told(events: Iterable[Json], names: Names, form: FormWords) -> list[Told]:
    """Tell a case's events in their order; officers and departments by name."""
    return [_told(event, names, form) for event in events]


def _told(event: Json, names: Names, form: FormWords) -> Told:
    fields = labels.event_fields()
    said = tuple(
        (name, fields.get(name, name), _said(name, value, names, form))
        for name, value in event["data"].items()
        if value not in (None, "", [], False) and name not in labels.UNREAD
    )
    return Told(
        seq=event["seq"],
        at=event["at"],
        actor=_actor(event["actor"], names),
        kind=event["kind"],
        what=word(event_kinds(), event["kind"]),
        said=said,
        public=bool(event["data"].get("public")),
    )


def _actor(code: str, names: Names) -> str:
    """Name who did it: the system, the client, a channel by which it came, or an officer."""
    kind, colon, channel = code.partition(":")
    if colon and kind == "channel":
        return channel_title(word(codes(), channel))
    return {SYSTEM: _("system"), CLIENT: _("the client")}.get(code) or names.officer(code)


def _said(name: str, value: Any, names: Names, form: FormWords) -> str:
    """Write what an event holds: codes by their words, times short, lists in one line."""
    if isinstance(value, list):
        return listed(_item(name, item, names, form) for item in value)
    return _item(name, value, names, form)


def _item(name: str, value: Any, names: Names, form: FormWords) -> str:
    if isinstance(value, dict):
        return _pair(name, value)
    if not isinstance(value, str):
        return labels.file_size(value) if name == "size" else written(value)
    if name in labels.OFFICERS:
        return names.officer(value)
    if name in labels.DEPARTMENTS:
        return names.office(value)
    say = {
        "fields": form.label,
        "matter": form.matter,
        "ledger": ledger_title,
        "due_at": stamp,
        "at": stamp,
        "step": _kind,
    }
    if name in say:
        return say[name](value)
    said = word(codes(), value) if name in labels.CODED else value
    return channel_title(said) if name == "channel" else said


def _kind(kind: str) -> str:
    return word(event_kinds(), kind)


def _pair(name: str, value: Json) -> str:
    if name == "ways_forward":
        return _("{what} ({who} helps)").format(what=value["what"], who=value["helper"])
    if name == "passed":
        why = word(codes(), value["why"])
        return _("station {no} ({why})").format(no=value["station"], why=why)
    return written(value)
