"""What is measured and how: processor time, wall time, statements, and the table of figures."""

from __future__ import annotations

import cProfile
import pstats
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event

from tiji.db import db

#: A statement as the driver gets it: its text and its values.
Statement = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure; ``floor`` is the same work done raw, in the same run and unit.

    ``times`` is how often the floor goes into it, or into the figure that ``against`` names;
    ``most`` is the target for that, or for the value itself where there is nothing to compare.
    """

    measure: str
    name: str
    value: float
    unit: str
    floor: float | None = None
    times: float | None = None
    most: float | None = None
    wall_ms: float | None = None
    statements: int | None = None

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; None where there is none."""
        if self.most is None:
            return None
        return (self.value if self.times is None else self.times) <= self.most

    def to_json(self) -> dict[str, Any]:
        """Give the figure as plain data."""
        shown = {name: getattr(self, name) for name in self.__slots__}
        shown = {n: round(v, 4) if isinstance(v, float) else v for n, v in shown.items()}
        return {**shown, "reached": self.reached}


@dataclass(slots=True)
class Bench:
    """How to measure: rounds, sizes, databases; and what was measured so far."""

    sizes: Sequence[int]
    rounds: int = 3
    profile: bool = False
    postgres: str | None = None
    scale: float = 1.0
    figures: list[Figure] = field(default_factory=list)

    def add(self, figure: Figure) -> None:
        """Keep a figure."""
        self.figures.append(figure)

    def amount(self, usual: int) -> int:
        """Give how much of something to do: less where sizes are tiny."""
        return max(10, round(usual * self.scale))

    def say(self, text: str) -> None:
        """Tell on stderr what is being done."""
        print(text, file=sys.stderr, flush=True)

    @contextmanager
    def profiled(self, name: str) -> Iterator[None]:
        """Print where the time of a block goes, if that is wanted."""
        if not self.profile:
            yield
            return
        profiler = cProfile.Profile()
        profiler.enable()
        try:
            yield
        finally:
            profiler.disable()
            self.say(f"--- {name}: own time")
            pstats.Stats(profiler, stream=sys.stderr).sort_stats("tottime").print_stats(25)


@dataclass(slots=True)
class Taken:
    """What some work took, in milliseconds; of several rounds the least of each."""

    cpu_ms: float = float("inf")
    wall_ms: float = float("inf")

    def least(self, other: Taken) -> Taken:
        """Give the lesser of both: what else runs on the machine only adds."""
        return Taken(min(self.cpu_ms, other.cpu_ms), min(self.wall_ms, other.wall_ms))


def taken(work: Callable[[], object]) -> Taken:
    """Do some work once and say what it took of this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Taken((time.process_time() - cpu) * 1000, (time.perf_counter() - wall) * 1000)


def taken_each(work: Callable[[], object], times: int) -> Taken:
    """Do some short work many times and say what one time took."""
    whole = taken(lambda: [work() for _no in range(times)])
    return Taken(whole.cpu_ms / times, whole.wall_ms / times)


@contextmanager
def statements() -> Iterator[list[Statement]]:
    """Collect the statements that the database gets from this process."""
    seen: list[Statement] = []

    def note(_c: object, _cursor: object, text: str, values: object, *_more: object) -> None:
        seen.append((text, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def quantile(values: Sequence[float], part: float) -> float:
    """Give the value below which so much of all lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0


def table(figures: Sequence[Figure]) -> str:
    """Write the figures as a table that Markdown also shows."""
    lines = [
        "| measure | figure | floor | times | target | statements | wall ms |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in figures:
        mark = {None: "", True: " ✓", False: " ✗"}[one.reached]
        most = "" if one.most is None else f"≤ {one.most:g}{mark}"
        cells = (
            f"{one.measure}: {one.name}",
            f"{_short(one.value)} {one.unit}",
            _short(one.floor),
            _short(one.times),
            most,
            "" if one.statements is None else str(one.statements),
            _short(one.wall_ms),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _short(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
