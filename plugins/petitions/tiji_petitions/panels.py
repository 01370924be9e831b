"""What stands beside a petition's case: how often, how many, who is in charge, how long is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from tiji.api import Panel, iso
from tiji_petitions.queries import Deadline, deadline
from tiji_petitions.rules import is_collective
from tiji_petitions.words import say, state_name


def panel(row: Mapping[str, Any]) -> Panel:
    """Show a petition's facts and clock; nothing that tells who the petitioner is."""
    return Panel(say("信访", "Petition"), (*_facts(row), *_clock(row)))


def _facts(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield say("化解状态", "State"), state_name(row["state"])
    yield say("次数", "Visits"), str(row["visits"] + row["repeats"])
    if row["people"] is not None:
        collective = say("（集体访）", " (collective)") if is_collective(row["people"]) else ""
        yield say("人数", "People"), f"{row['people']}{collective}"
    for zh, en, name in (("信访形式", "Form", "way"), ("包案领导", "Leader in charge", "leader")):
        if row[name]:
            yield say(zh, en), row[name]


def _clock(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if row["concluded_at"]:
        yield say("办结", "Concluded"), str(iso(row["concluded_at"]))[:10]
        return
    if not row["accepted_at"] and row["accept_by"]:
        yield say("受理期限", "Accept by"), when(row["accept_by"])
    if row["conclude_by"]:
        yield say("办结期限", "Conclude by"), when(row["conclude_by"])


def when(last: date) -> str:
    """Write a last day with the natural days that are left."""
    limit = deadline(last)
    assert limit is not None
    return say("{day}（{left}）", "{day} ({left})", day=limit.on.isoformat(), left=left(limit))


def left(limit: Deadline) -> str:
    """Say how many natural days are left, or over."""
    text = (
        say("已超期 {days} 天", "{days} days over", days=-limit.days_left)
        if limit.overdue
        else say("还有 {days} 天", "{days} days left", days=limit.days_left)
    )
    return text + (say("，暂定", ", provisional") if limit.provisional else "")
