"""Run the measures that were asked for, one data set of each size serving several of them."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from tiji.bench import (
    acting,
    delivering,
    importing,
    listing,
    pages,
    places,
    serving,
    sweeping,
    verifying,
)
from tiji.bench.dataset import fill
from tiji.bench.figures import Bench

#: The measures, and whether they want the large data sets.
MEASURES = ("sweep", "list", "pages", "verify", "opening", "actions", "delivery", "import")
DUE, MANY_DUE = 1_000, 10_000


def run(bench: Bench, wanted: Sequence[str]) -> None:
    """Run measures by name; figures go to the bench."""
    wanted = wanted or MEASURES
    if {"sweep", "list", "pages", "verify"} & {*wanted}:
        _among_many(bench, wanted)
    if "opening" in wanted:
        bench.say("opening")
        with _empty_city(None, True) as settings:
            serving.measure(bench, replace(settings, fixed_at=None))
    if {"actions", "delivery"} & {*wanted}:
        _at_work(bench, wanted)
    if "import" in wanted:
        bench.say("import")
        importing.measure(bench)


def machine() -> dict[str, Any]:
    """Say on what was measured."""
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load": [round(one, 2) for one in os.getloadavg()],
    }


@dataclass(slots=True)
class _Found:
    """What was measured among many cases, by size."""

    swept: dict[tuple[int, int], sweeping.Swept] = field(default_factory=dict)
    listed: dict[tuple[int, str, int], listing.Page] = field(default_factory=dict)
    asked: dict[tuple[int, str, int], pages.Asked] = field(default_factory=dict)

    def report(self, bench: Bench) -> None:
        """Give the figures."""
        if self.swept:
            sweeping.figures(bench, self.swept)
        if self.listed:
            listing.figures(bench, self.listed)
        if self.asked:
            pages.figures(bench, self.asked)


def _among_many(bench: Bench, wanted: Sequence[str]) -> None:
    found, sizes, due = _Found(), sorted({*bench.sizes}), bench.amount(DUE)
    if "sweep" in wanted and len(sizes) > 1:
        _in_one_city(bench, {"sweep"}, sizes[len(sizes) // 2], bench.amount(MANY_DUE), found)
    for size in sizes:
        here = {*wanted} if size == sizes[len(sizes) // 2] else {*wanted} - {"verify"}
        _in_one_city(bench, here, size, due, found)
    found.report(bench)


def _in_one_city(bench: Bench, wanted: set[str], size: int, due: int, found: _Found) -> None:
    bench.say(f"{size:,} cases, {due:,} due")
    with places.folder() as folder, places.city(folder / "home") as settings:
        city = fill(size, due, searched="pages" in wanted)
        file = str(settings.home / "tiji.db")
        bench.say("made")
        if "list" in wanted:
            for (name, limit), page in listing.measure(bench, city, file).items():
                found.listed[size, name, limit] = page
        if "pages" in wanted:
            for (name, rows), asked in pages.measure(bench, city, settings).items():
                found.asked[size, name, rows] = asked
        if "sweep" in wanted:
            found.swept[size, due] = sweeping.measure(bench, city, file)
        if "verify" in wanted:
            verifying.measure(bench, city, file)


def _at_work(bench: Bench, wanted: Sequence[str]) -> None:
    for name, url in _databases(bench):
        bench.say(name)
        for here in (False, True):
            with _empty_city(url, here) as settings:
                if "actions" in wanted:
                    acting.measure(bench, name, settings, here)
        if "delivery" in wanted:
            with _empty_city(url, False) as settings:
                delivering.measure(bench, name, settings)
    if "actions" in wanted:
        with _empty_city(None, False):
            acting.statements_of_life(bench)


def _databases(bench: Bench) -> Iterator[tuple[str, str | None]]:
    yield "SQLite", None
    if bench.postgres:
        yield "PostgreSQL", bench.postgres
    else:
        bench.say("PostgreSQL is left out: name one with --database")


@contextmanager
def _empty_city(url: str | None, here: bool) -> Iterator[Any]:
    deliver = "here" if here else "worker"
    with places.folder() as folder:
        if url is None:
            with places.city(folder / "home", None, deliver) as settings:
                yield settings
            return
        with (
            places.database(url, "tiji_bench") as own,
            places.city(folder / "home", own, deliver) as settings,
        ):
            yield settings
