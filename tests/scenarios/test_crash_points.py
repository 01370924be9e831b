"""Killed at each named point, or anywhere, and started again: nothing lost or doubled (T4)."""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import func, select
from tests.scenarios.crash_points import ONCE, POINTS, Lives, begin, install_effects
from tests.scenarios.doses import dose
from tests.scenarios.processes import Place, check_whole, looking, write_ledger

from tiji.app import create_app
from tiji.cases import actions
from tiji.cases.model import CaseRow
from tiji.cases.verifying import verify_log
from tiji.db import connected, db
from tiji.events.checkpoints import read_checkpoints
from tiji.events.model import EventRow
from tiji.jobs.model import JobRow
from tiji.jobs.rules import LEASE
from tiji.matters.actions import publish_matters
from tiji.testing.databases import Databases
from tiji.testing.pytest_plugin import START

TIMES = range(dose(1, 10))
SEEDS = range(dose(1, 100))
CASES = 12
BATCH = 4
ROWS = 24
LATER = START + timedelta(days=3)
#: When a dead process's claims are over.
AFTER = LATER + LEASE + timedelta(seconds=1)
KINDS = ("case_opened", "case_taken", "case_escalated", "case_commented", "deadline_missed")


class City(NamedTuple):
    """A home of the test's own, what happened outside, and what the works need."""

    place: Place
    effects: Path
    given: dict[str, str]

    def lives(self, work: str, later: bool = False) -> Lives:
        """Give what a process lives with; an action delivers by itself, the rest is a worker's."""
        settings = self.place.databases.settings(
            self.place.home,
            AFTER if later else LATER,
            deliver="here" if work == "act" else "worker",
        )
        return Lives(settings, self.effects, BATCH)


@pytest.fixture(scope="module")
def prepared(
    databases: Databases, template_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[City]:
    """Give a city in which cases are open and overdue, and nobody was told of anything yet."""
    folder = tmp_path_factory.mktemp("effects")
    install_effects(folder)
    place = Place(databases, template_home).copied_to(folder / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        app = create_app(databases.settings(place.home, START, strict=True, deliver="worker"))
        with app.app_context(), connected():
            publish_matters()
            for no in range(CASES):
                actions.open_case(
                    matter_code="effects.other", title=f"第 {no} 件", content="久拖未决",
                    client_name="张某某", client_kind="citizen", actor="housing_fio",
                )  # fmt: skip
        given = {"ledger": str(write_ledger(folder / "积案.csv", ROWS))}
        yield City(place, folder / "effects", given)
    sys.modules.pop("effects_bureau", None)
    databases.drop(place.home)


@pytest.fixture
def city(prepared: City, tmp_path: Path) -> Iterator[City]:
    """Give such a city of the test's own."""
    place = prepared.place.copied_to(tmp_path / "home")
    (tmp_path / "kept").mkdir()
    yield City(place, tmp_path / "effects", prepared.given | {"folder": str(tmp_path / "kept")})
    place.databases.drop(place.home)


def finish(city: City, work: str) -> None:
    """Do the same again in a new process, deliver what is left, and look at everything."""
    again = begin(city.lives(work, later=True), city.given, work, "checkpoint", "deliver")
    assert not again.was_killed()
    check_whole(city.place, AFTER, every=5)
    with looking(city.place, AFTER):
        done = verify_log(read_checkpoints([Path(city.given["folder"])]))
        assert (done.bad, done.broken, done.leaves > 0) == ((), (), True)
        assert db.session.scalar(select(func.count()).where(JobRow.every_s.is_(None))) == 0
        named = select(CaseRow.number, EventRow.seq, EventRow.kind).join(
            CaseRow, CaseRow.id == EventRow.case_id
        )
        told = db.session.execute(named.order_by(CaseRow.id, EventRow.seq)).all()
    check_effects(city, [f"{number}/{seq}" for number, seq, kind in told if kind in KINDS])
    kinds = Counter(kind for _number, _seq, kind in told)
    assert kinds["case_opened"] == CASES
    if work == "act":
        assert kinds["case_taken"] == CASES
    if work == "sweep":
        assert kinds["deadline_missed"] == kinds["case_escalated"] == CASES


def check_effects(city: City, wanted: list[str]) -> None:
    """Assert that each event had its effect, in the order of its case, hardly one of them twice."""
    lines = city.effects.read_text(encoding="utf-8").split()
    of_cases = [line for line in lines if not line.startswith("petitions.backlog/")]
    first = list(dict.fromkeys(of_cases))
    assert sorted(first) == sorted(wanted)
    for case in {line.partition("/")[0] for line in wanted}:
        of_case = [line for line in first if line.startswith(f"{case}/")]
        assert of_case == [line for line in wanted if line.startswith(f"{case}/")]
    # At most what was being done when the process died is done again: one thing for each thread.
    assert len(lines) - len(set(lines)) <= 2


def imported(city: City) -> int:
    with looking(city.place, AFTER):
        kind = EventRow.kind == "case_imported"
        return db.session.scalar(select(func.count()).select_from(EventRow).where(kind)) or 0


@pytest.mark.parametrize("nth", TIMES)
@pytest.mark.parametrize("point", POINTS)
def test_a_process_killed_at_a_named_point_is_simply_started_again(
    city: City, point: str, nth: int
) -> None:
    work = POINTS[point].work
    passing = 1 if point in ONCE else nth % 3 + 1
    lost = begin(city.lives(work), city.given, work, point=point, nth=passing)
    assert lost.was_killed(), "it never came to that point"
    finish(city, work)
    if work == "import":
        batches = [line for line in city.effects.read_text().split() if "backlog/" in line]
        assert imported(city) == ROWS
        assert len(set(batches)) == ROWS / BATCH, "each batch is announced, once by its key"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("work", ["act", "deliver", "checkpoint"])
def test_a_process_killed_at_any_moment_is_simply_started_again(
    city: City, work: str, seed: int
) -> None:
    for again in range(2):
        lost = begin(city.lives(work), city.given, work)
        time.sleep(random.Random(seed * 2 + again).uniform(0.1, 0.8))
        lost.kill()
        lost.was_killed()
    finish(city, work)
