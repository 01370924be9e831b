"""What stands beside a message's case: where it came from, when, and how it was received."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tiji.api import Panel
from tiji_data_bureau.queries import shown
from tiji_data_bureau.words import say


def panel(row: Mapping[str, Any]) -> Panel:
    """Show a message's facts; nothing that tells who sent it."""
    return Panel(say("网络留言", "Online message"), tuple(_facts(row)))


def _facts(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for zh, en, value in (
        ("留言编号", "Number", row["external_id"]),
        ("来源", "Source", row["source"]),
        ("诉求类型", "Kind", row["kind"]),
        ("分类", "Category", row["category"]),
        ("紧急程度", "Urgency", row["urgency"]),
        ("留言时间", "Received", shown(row, "received")),
        ("办理时限", "Answer by", row["reply_by"]),
        ("点赞/反对", "Votes for/against", _votes(row)),
        ("答复时间", "Answered", shown(row, "replied")),
        ("满意度", "Satisfaction", row["satisfaction"]),
    ):
        if value:
            yield say(zh, en), value


def _votes(row: Mapping[str, Any]) -> str | None:
    if row["votes_for"] is None and row["votes_against"] is None:
        return None
    return f"{row['votes_for'] or 0}/{row['votes_against'] or 0}"
