"""Run the measures that were asked for, one data set of each size serving several of them."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tiji.bench import acting, delivering, importing, listing, places, sweeping, verifying
from tiji.bench.dataset import fill
from tiji.bench.figures import Bench

#: The measures, and whether they want the large data sets.
MEASURES = ("sweep", "list", "verify", "actions", "delivery", "import")
DUE, MANY_DUE = 1_000, 10_000


def run(bench: Bench, wanted: Sequence[str]) -> None:
    """Run measures by name; figures go to the bench."""
    wanted = wanted or MEASURES
    if {"sweep", "list", "verify"} & {*wanted}:
        _among_many(bench, wanted)
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


def _among_many(bench: Bench, wanted: Sequence[str]) -> None:
    swept: dict[tuple[int, int], sweeping.Swept] = {}
    listed: dict[tuple[int, str, int], listing.Page] = {}
    sizes = sorted({*bench.sizes})
    due = bench.amount(DUE)
    lots = [(size, due) for size in sizes]
    if "sweep" in wanted and len(sizes) > 1:
        lots.insert(0, (sizes[len(sizes) // 2], bench.amount(MANY_DUE)))
    for size, late in lots:
        bench.say(f"{size:,} cases, {late:,} due")
        with places.folder() as folder, places.city(folder / "home") as settings:
            city = fill(size, late)
            file = str(settings.home / "tiji.db")
            bench.say("made")
            if "list" in wanted and late == due:
                for (name, limit), page in listing.measure(bench, city, file).items():
                    listed[size, name, limit] = page
            if "sweep" in wanted:
                swept[size, late] = sweeping.measure(bench, city, file)
            if "verify" in wanted and late == due and size == sizes[len(sizes) // 2]:
                verifying.measure(bench, city, file)
    if swept:
        sweeping.figures(bench, swept)
    if listed:
        listing.figures(bench, listed)


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
