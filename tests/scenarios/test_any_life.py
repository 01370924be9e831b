"""Whatever officers, clients, clocks and bad plugins do in whatever order, the law holds (T1)."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test
from sqlalchemy import delete, insert, update
from sqlalchemy.exc import OperationalError
from tests.scenarios.city import LEAVER, MAY_BE_AWAY, Case
from tests.scenarios.doses import LONG, dose
from tests.scenarios.life import STARTS
from tests.scenarios.officers import Officers
from tests.scenarios.rogue import install_rogue, losing_answers

from tiji.app import create_app
from tiji.cases.actions.reseating import reseat_cases
from tiji.cases.actions.sweeping import sweep
from tiji.clock import LOCAL
from tiji.db import connected, db, disconnect, transaction
from tiji.matters.actions import publish_matters
from tiji.people.model import Leave, Post
from tiji.testing.databases import Databases, wait_for_no_disk

SEED = 1
DOSE = settings(
    max_examples=dose(45, 20_000),
    stateful_step_count=100 if LONG else 30,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def afresh(
    home: Path, databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], None]]:
    """Give a way to begin with the city anew; a plugin that will misbehave is in its home."""
    install_rogue(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    begins = datetime.fromisoformat(STARTS[0]).replace(tzinfo=LOCAL)
    with create_app(databases.settings(home, begins)).app_context(), connected():
        wait_for_no_disk(db.engine)  # what is tested here is not the disk
        publish_matters()
        disconnect()
        clean = databases.copy_home(home, tmp_path / "clean")

        def begin() -> None:
            disconnect()
            databases.copy(clean, home)

        yield begin
    databases.drop(clean)
    sys.modules.pop("rogue_bureau")


class AnyLife(Officers):
    """Let clocks, sweeps, the organisation and a bad plugin do what they like as well."""

    # The world around.

    @rule(hours=st.integers(-3, 9), minutes=st.integers(0, 59))
    def hours_pass(self, hours: int, minutes: int) -> None:
        self.clock.move(timedelta(hours=hours, minutes=minutes))

    @rule(days=st.sampled_from([1, 1, 1, 2, 3, 5, 16]), swept=st.booleans())
    def days_pass(self, days: int, swept: bool) -> None:
        self.clock.move(timedelta(days=days))
        if swept:
            self.sweep_once(lost=False)

    @rule(mode=st.sampled_from(["quiet", "quiet", "raise", "exit", "dirty", "wrong"]))
    def plugin_turns(self, mode: str) -> None:
        self.rogue.MODE = mode

    @rule(who=st.sampled_from(list(MAY_BE_AWAY)), acting=st.booleans())
    def goes_on_leave(self, who: str, acting: bool) -> None:
        if who in self.city.away:
            return
        self.city.away[who] = MAY_BE_AWAY[who] if acting else None
        with transaction() as session:
            session.execute(insert(Leave).values(officer=who, acting=self.city.away[who]))
        self.reseat()

    @precondition(lambda self: self.city.away)
    @rule(data=st.data())
    def comes_back(self, data: st.DataObject) -> None:
        who = data.draw(st.sampled_from(sorted(self.city.away)))
        del self.city.away[who]
        with transaction() as session:
            session.execute(delete(Leave).where(Leave.officer == who))
        self.reseat()

    @precondition(lambda self: not self.city.left)
    @rule(sure=st.integers(0, 3))
    def leaves_for_good(self, sure: int) -> None:
        if sure:
            return
        self.city.left.add(LEAVER)
        with transaction() as session:
            gone = datetime(2020, 1, 1, tzinfo=LOCAL)
            session.execute(update(Post).where(Post.officer == LEAVER).values(ends_at=gone))
        self.reseat()

    def reseat(self) -> None:
        reseat_cases()
        for case in self.cases:
            until = self.known[case.number].state.pause_until
            self.city.reseat(case, until is not None and until < self.clock.now())
            self.touched.add(case.number)

    @rule(lost=st.integers(0, 3))
    def sweep(self, lost: int) -> None:
        self.sweep_once(lost=not lost)

    def sweep_once(self, lost: bool) -> None:
        now = self.clock.now()
        for case in self.cases:
            self.expect_time_alone(case, now)
            self.touched.add(case.number)
        if lost:
            with losing_answers(), pytest.raises(OperationalError):
                sweep()
        result = sweep()
        assert result.quarantined == []
        again = sweep()
        assert (again.due, again.escalated, again.alarmed, again.warned, again.closed) == (0,) * 5

    def expect_time_alone(self, case: Case, now: datetime) -> None:
        """Tell the model what time alone does to a case."""
        found = self.known[case.number]
        state, stay = found.state, found.stay
        if case.status == "answered":
            if not case.reopen_requested and state.close_at and state.close_at < now:
                case.end("closed")
            return
        if stay is None or (state.pause_until and state.pause_until >= now):
            return
        missed = self.missed(case)
        if case.status == "paused":
            case.resume()
        if missed:
            self.record_missed(case)
            if stay.station < 4:
                self.city.land(case, stay.station + 1, case.holder)


def test_the_law_holds_whatever_happens(
    afresh: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "tiji")  # every fault of the bad plugin is logged
    AnyLife.afresh = staticmethod(afresh)
    # The small dose is the same each time: a seed whose walks see every kind of event.
    machine = AnyLife if LONG else seed(SEED)(AnyLife)
    on_sqlite = db.engine.dialect.name == "sqlite"
    lives = DOSE if LONG or on_sqlite else settings(DOSE, max_examples=20)
    run_state_machine_as_test(machine, settings=lives)
