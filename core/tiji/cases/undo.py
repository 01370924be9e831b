"""Which of an officer's own steps can be taken back, until when, and what it brings back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from tiji.accounts.rules import UNDO_SECONDS, Preferences
from tiji.cases.kinds import BESIDE, HARMLESS
from tiji.cases.replay import replay
from tiji.cases.state import Stay
from tiji.events.rules import UNDOABLE

LONGEST = timedelta(seconds=UNDO_SECONDS[-1])
#: A refusal can be withdrawn for so long, whatever was chosen.
REFUSAL = timedelta(minutes=30)

# What is told to the outside waits for the longest that anybody may choose.
UNDOABLE.update(
    dict.fromkeys(
        (
            *("case_agreed", "case_answered", "case_escalated", "case_proposed", "case_guided"),
            *("guidance_accepted", "case_paused", "case_resumed"),
            *("pause_requested", "extension_requested"),
        ),
        LONGEST,
    )
)
UNDOABLE["case_refused"] = REFUSAL


@dataclass(frozen=True, slots=True)
class Step:
    """Say where in a case's log an event stands, what happened and who did it when."""

    seq: int
    kind: str
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Past:
    """What taking steps back restores of a case; ``gone`` are stays that they began."""

    case: Mapping[str, Any]
    stays: tuple[Stay, ...]
    now: tuple[Stay, ...]
    gone: tuple[int, ...]


def until(step: Step, chosen: Mapping[str, Any] | None) -> datetime:
    """Say until when a step can be taken back by an officer who chose so (WCAG 2.2.1)."""
    own = timedelta(seconds=Preferences.read(chosen or {}).undo)
    return step.at + (REFUSAL if step.kind == "case_refused" else own)


def last_that_counts(steps: Iterable[Step]) -> Step | None:
    """Find the newest of some steps, oldest first, that an officer decides upon."""
    return next((step for step in reversed([*steps]) if step.kind not in HARMLESS | BESIDE), None)


def is_own(step: Step | None, actor: str) -> bool:
    """Tell whether a step is one that its actor could take back."""
    return step is not None and step.kind in UNDOABLE and step.actor == actor


def taken_back(events: Iterable[Mapping[str, Any]]) -> set[int]:
    """Name the events, by their place in a case's log, that were taken back."""
    return {event["data"]["seq"] for event in events if event["kind"] == "undone"}


def past(changes: Sequence[Mapping[str, Any]], first: int, last: int) -> Past:
    """Work out what the steps ``first`` to ``last`` of a log, counted from 1, changed.

    ``changes`` are what all of its events changed. What a later one changed besides stays.
    """
    before, stays = replay(changes[: first - 1])
    _now, stays_now = replay(changes)
    known = {stay.no: stay for stay in stays}
    undone = changes[first - 1 : last]
    case = {name for change in undone for name in change.get("case", {})} - {"quarantined"}
    touched: dict[int, set[str]] = {}
    for change in undone:
        for no, columns in change.get("stays", {}).items():
            touched.setdefault(int(no), set()).update(columns)
    old = [stay for stay in stays_now if stay.no in touched and stay.no in known]
    return Past(
        case={name: getattr(before, name) for name in case},
        stays=tuple(_restored(stay, known[stay.no], touched[stay.no]) for stay in old),
        now=tuple(stay for stay in stays_now if stay.no in touched),
        gone=tuple(no for no in touched if no not in known),
    )


def _restored(now: Stay, before: Stay, columns: Iterable[str]) -> Stay:
    return replace(now, **{name: getattr(before, name) for name in columns})
