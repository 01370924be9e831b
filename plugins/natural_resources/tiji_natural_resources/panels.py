"""What stands beside a certificate case: its house, how it stands, and what blocks it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tiji.api import Panel
from tiji_natural_resources.rules import UNIT_LENGTH, grouped, parcel_of
from tiji_natural_resources.words import say, state_name


def panel(row: Mapping[str, Any]) -> Panel:
    """Show a household's place, unit number and blockers; nothing of who lives there."""
    return Panel(say("不动产", "Real estate"), tuple(_facts(row)))


def _facts(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield say("小区", "Estate"), row["estate"]
    yield say("楼栋", "Building"), row["building"]
    if row["unit"]:
        yield say("单元", "Unit"), row["unit"]
    if row["room"]:
        yield say("房号", "Room"), row["room"]
    if row["unit_code"] and len(row["unit_code"]) == UNIT_LENGTH:
        yield say("不动产单元号", "Unit number"), grouped(row["unit_code"])
        yield say("宗地代码", "Parcel"), parcel_of(row["unit_code"])
    if row["area"]:
        yield say("建筑面积", "Floor area"), f"{row['area']:.2f} m²"
    yield say("办证状态", "State"), state_name(row["state"])
    if row["blocked_by"]:
        yield say("难点", "Blocked by"), "; ".join(row["blocked_by"])
