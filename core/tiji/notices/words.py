"""What notices say: which case and what happened, no name and nothing of what was written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tiji.cases.times import moment, stamp
from tiji.cases.words import Words, event_kinds, word
from tiji.i18n import _


def kinds() -> Words:
    """Name the kinds of notices, as an officer chooses among them."""
    return {
        "arrived": _("A case comes to me"),
        "guided": _("A client is guided to my department"),
        "amber": _("A limit of mine is near"),
        "missed": _("A limit of mine is missed"),
        "client_missed": _("A client's answer is overdue"),
        "asked": _("Somebody asks me for days or a pause"),
        "decided": _("A request of mine is decided"),
        "answered": _("A case that I was asked first about is answered"),
        "client": _("A client writes, adds files or withdraws"),
        "rated": _("A client rates an answer"),
        "reopening": _("A client asks to reopen what my line answered"),
        "handover": _("A case is handed over to me"),
        "undone": _("A step that I was told of is taken back"),
        "imported": _("An import of mine has ended"),
        "stopped": _("A delivery has stopped"),
    }


def said(kind: str, number: str, data: Mapping[str, Any], now: datetime | None = None) -> str:
    """Say a notice in one sentence; ``number`` is the case's.

    Without ``now`` a day has its date: a mail is read on another day.
    """
    due = moment(data.get("due_at"), now) if now else stamp(data.get("due_at"))
    sentences = {
        "arrived": _("{number} has come to you, at station {station}."),
        "guided": _("{number} was guided to your department: accept it, or send it back."),
        "amber": _("{number} is due {due}."),
        "missed": _("{number} missed its limit at station {station}, {due}."),
        "client_missed": _("{number} owes its client an answer since {due}."),
        "asked": _("{number} asks you to grant a request."),
        "decided": _("Your request about {number} was decided: {what}."),
        "answered": _("{number} is answered: {what}."),
        "client": _("The client of {number} was heard from: {what}."),
        "rated": _("The answer of {number} was rated {grade} of 5."),
        "reopening": _("The client of {number} asks to reopen it."),
        "handover": _("{number} was handed over to you."),
        "undone": _("On {number} a step was taken back: {what}."),
        "imported": _("The import of {count} rows has ended."),
        "stopped": _("A delivery has stopped: {target}."),
    }
    sentence = sentences.get(kind, "{number}")
    return sentence.format(
        number=number,
        due=due,
        station=data.get("station", ""),
        what=word(event_kinds(), str(data.get("what", ""))),
        grade=data.get("grade", ""),
        count=data.get("count", ""),
        target=data.get("target", ""),
    )
