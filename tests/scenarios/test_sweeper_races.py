"""Officer against sweeper, sweeper against sweeper, many times: one wins (T3, I16 to I18)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from statistics import quantiles
from typing import Any

from flask import Flask
from tests.integration.cases import FIO, WORDS, opened
from tests.scenarios.doses import LONG, Figure, dose
from tests.scenarios.invariants import check_case
from tests.scenarios.processes import Child, Place, check_whole, looking

from tiji.testing.pytest_plugin import START

ROUNDS = dose(8, 250)
#: Each round's case is opened today; in the other processes it is overdue, and no other is.
LATER = START + timedelta(days=3)
COMPLETE = {"action": "complete", "actor": FIO, "words": WORDS["complete"]}


@contextmanager
def two(place: Place) -> Iterator[tuple[Child, Child]]:
    """Start two processes that live three days on."""
    with Child(place, LATER) as one, Child(place, LATER) as other:
        yield one, other


class Watch:
    """Measure how long both of a pair took."""

    def __init__(self, figure: Figure) -> None:
        self.figure, self.times = figure, list[float]()

    def hear(self, children: Sequence[Child]) -> list[Any]:
        """Let both go at once, and wait for both."""
        begun = time.perf_counter()
        for child in children:
            child.tell()
        heard = [child.hear() for child in children]
        self.times.append(time.perf_counter() - begun)
        return heard

    def tell(self) -> None:
        """Tell the figure, and hold it to what was promised."""
        p99 = quantiles(self.times, n=100)[98]
        self.figure(f"{len(self.times)} pairs, one winner each, p99 {p99 * 1000:.0f} ms")
        assert not LONG or p99 < 1


def kinds_of(number: str) -> list[str]:
    return [told.kind for told in check_case(number).told]


def test_officer_or_sweeper_one_moves_the_case(app: Flask, place: Place, figure: Figure) -> None:
    watch, won = Watch(figure), dict[str, bool]()
    with two(place) as (officer, sweeper):
        for _no in range(ROUNDS):
            number = opened()
            officer.order("act", case=number, **COMPLETE, wait="read")
            sweeper.order("sweep", wait="start")
            assert (officer.hear(), sweeper.hear()) == ({"at": "read"}, {"at": "start"})
            said, swept = watch.hear((officer, sweeper))
            won[number] = "done" in said
            assert won[number] == (swept["done"]["escalated"] == 0), (said, swept)
            assert won[number] or said["error"] == "ConflictError"
            assert swept["done"]["quarantined"] == []
    with looking(place, LATER):
        for number, officer_won in won.items():
            kinds = kinds_of(number)
            assert kinds.count("deadline_missed") == 1, "the breach is on record, once"
            assert kinds.count("case_escalated") == (not officer_won)
            assert kinds.count("case_answered") == officer_won
    watch.tell()


def test_who_read_before_the_other_wrote_loses(app: Flask, place: Place) -> None:
    with two(place) as (officer, sweeper):
        for _no in range(ROUNDS):
            number = opened()
            officer.order("act", case=number, **COMPLETE, wait="read")
            assert officer.hear() == {"at": "read"}
            sweeper.order("sweep", wait="store")
            assert sweeper.hear() == {"at": "store"}
            officer.tell()  # from here on it waits for the sweeper, who has the case
            sweeper.tell()
            assert sweeper.hear()["done"]["escalated"] == 1
            lost = officer.hear()
            assert lost["error"] == "ConflictError"
            assert "system, escalated" in lost["says"]
    check_whole(place, LATER)


def test_of_two_sweepers_one_finds_the_case(app: Flask, place: Place, figure: Figure) -> None:
    watch, numbers = Watch(figure), list[str]()
    with two(place) as children:
        for _no in range(ROUNDS):
            numbers.append(opened())
            for child in children:
                child.order("sweep", wait="start")
            assert [child.hear() for child in children] == [{"at": "start"}] * 2
            swept = [said["done"] for said in watch.hear(children)]
            assert sum(result["escalated"] for result in swept) == 1, swept
            assert [result["quarantined"] for result in swept] == [[], []]
    with looking(place, LATER):
        for number in numbers:
            assert kinds_of(number) == ["case_opened", "deadline_missed", "case_escalated"]
    watch.tell()
