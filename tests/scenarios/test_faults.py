"""The nth call to the database fails: nothing is half done, it is said, and it goes on (T7)."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.integration.cases import FIO, do, holder, opened
from tests.integration.cli import OPEN, WORDS
from tests.scenarios.crash_points import install_effects
from tests.scenarios.doses import LONG
from tests.scenarios.faults import Faults
from tests.scenarios.invariants import check_case
from tests.scenarios.processes import write_ledger

import tiji.app
import tiji.cases.actions.sweeping
import tiji.intake.actions
import tiji.jobs.worker
from tiji.app import create_app
from tiji.cases.queries import heads
from tiji.cases.verifying import verify_log
from tiji.cli import main
from tiji.clock import FixedClock
from tiji.db import connected, db
from tiji.duties import new_worker
from tiji.events.checkpoints import read_checkpoints
from tiji.matters.actions import publish_matters
from tiji.runtime import runtime
from tiji.testing.databases import Databases, wait_for_no_disk
from tiji.testing.pytest_plugin import START

#: So many calls lie between two that fail; each time another of the database's sayings is due.
EVERY = 1 if LONG else 5
LATER = START + timedelta(days=3)
TABLES = ("tj_case", "tj_stay", "tj_event", "tj_sequence", "tj_witness", "petitions_petition")
BATCH = 2
ROWS = 4


class City:
    """The program on a database that can be made to fail."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.app, self.folder = app, folder
        self.faults = Faults(db.engine)

    def run(self, *words: str) -> Result:
        """Run a command as it is run."""
        with self.app.app_context():
            return CliRunner().invoke(main, list(words))

    def at(self, moment: datetime) -> None:
        """Set the clock."""
        runtime().clock = FixedClock(moment)

    def state(self) -> list[Any]:
        """Give all that must not change when a command fails."""
        found = [
            sorted(map(str, db.session.execute(text(f"SELECT * FROM {name}")))) for name in TABLES
        ]
        found.append(sorted(map(str, db.session.execute(text("SELECT target, key FROM tj_job")))))
        db.session.rollback()
        return found

    def fail(self, command: Callable[[], Result], for_ever: bool) -> Iterator[Result]:
        """Let every call of a command in turn fail; give each result, until all went well."""
        for nth in itertools.count(1, EVERY):
            db.session.rollback()  # nobody else is connected then
            self.faults.arm(nth, for_ever)
            result = command()
            self.faults.disarm()
            if not self.faults.fired:
                assert result.exit_code == 0, result.output
                assert nth > 5, "a command asks the database more often than that"
                return
            yield result


@pytest.fixture
def city(
    request: pytest.FixtureRequest,
    home: Path,
    databases: Databases,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[City]:
    """Give the city with a subscriber whose effects are lines of a file; ``param`` delivers."""
    install_effects(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("EFFECTS", str(tmp_path / "effects"))
    monkeypatch.setattr(tiji.intake.actions, "BATCH", BATCH)
    monkeypatch.setattr(tiji.cases.actions.sweeping, "BATCH", BATCH)
    monkeypatch.setattr(tiji.jobs.worker, "PAUSE_S", 0.01)
    deliver = getattr(request, "param", "here")
    app = create_app(databases.settings(home, START, deliver=deliver))
    monkeypatch.setattr(tiji.app, "create_app", lambda *_settings: app)
    with app.app_context(), connected():
        wait_for_no_disk(db.engine)
        publish_matters()
        yield City(app, tmp_path)
    sys.modules.pop("effects_bureau")


def told(result: Result) -> str:
    """Give the one line that a failed command says, and assert that it helps."""
    assert (result.exit_code, result.stdout) == (1, ""), result.output
    said = [line for line in result.stderr.splitlines() if not line.startswith("{")]  # logged
    assert len(said) == 1, result.stderr
    assert said[0].startswith("tiji: The database"), said
    assert "again" in said[0]
    return said[0]


def assert_in_steps(said: str) -> None:
    assert "nothing is half done" in said, said


def check_log() -> None:
    assert verify_log().bad == ()
    for head in heads()[-5:]:
        check_case(head.number)
    db.session.rollback()


def climbed(stations: int) -> str:
    number = opened()
    for _no in range(stations):
        do(number, "escalate")
    return number


@pytest.mark.parametrize("for_ever", [False, True], ids=["once", "for-ever"])
@pytest.mark.parametrize("action", ["open", "take", "escalate", "refuse"])
def test_an_action_is_done_or_not_done_whatever_call_fails(
    city: City, action: str, for_ever: bool
) -> None:
    if action == "open":
        number, words = "", [*OPEN, "--as", FIO]
    else:
        number = climbed(3 if action == "refuse" else 0)
        words = ["case", action, number, "--as", holder(number), *WORDS[action]]
    before = city.state()
    for result in city.fail(lambda: city.run(*words), for_ever):
        if result.exit_code == 0 or "was done all the same" in told(result):
            # It stands: what failed came after the commit. Its deliveries are left to a worker.
            assert city.state() != before
            if action != "open":
                words[2] = number = climbed(3 if action == "refuse" else 0)
                words[4] = holder(number)
            before = city.state()
        elif "look first" in told(result):
            assert city.state() == before, "here the answer was lost with the commit"
        else:
            assert "Nothing was changed" in told(result)
            assert city.state() == before
    assert city.state() != before
    check_log()


@pytest.mark.parametrize("for_ever", [False, True], ids=["once", "for-ever"])
def test_an_import_goes_on_where_a_failing_database_stopped_it(city: City, for_ever: bool) -> None:
    ledgers = (_ledger(city, no) for no in itertools.count(1))
    ledger, known = next(ledgers), cases()
    command = lambda: city.run("import", "petitions.backlog", ledger)  # noqa: E731
    for result in city.fail(command, for_ever):
        if result.exit_code:
            assert_in_steps(told(result))
        assert (cases() - known) % BATCH == 0
        assert command().exit_code == 0
        assert cases() - known == ROWS
        ledger, known = next(ledgers), cases()
    assert cases() - known == ROWS
    check_log()


def cases() -> int:
    found = len(heads())
    db.session.rollback()
    return found


def _ledger(city: City, no: int) -> str:
    file = write_ledger(city.folder / f"{no}.csv", ROWS)
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    moved = [lines[0], *(f"{no}{line.replace('张某', f'张某{no}')}" for line in lines[1:])]
    file.write_text("\n".join(moved) + "\n", encoding="utf-8-sig")
    return str(file)


@pytest.mark.parametrize("for_ever", [False, True], ids=["once", "for-ever"])
def test_a_sweep_goes_on_where_a_failing_database_stopped_it(city: City, for_ever: bool) -> None:
    def overdue() -> list[str]:
        city.at(START)
        found = [opened() for _no in range(BATCH + 1)]
        city.at(LATER)
        return found

    numbers = overdue()
    for result in city.fail(lambda: city.run("sweep"), for_ever):
        if result.exit_code:
            assert_in_steps(told(result))
        again = city.run("sweep")
        assert again.exit_code == 0, (result.output, again.output, again.exception)
        check_swept(numbers)
        numbers = overdue()
    check_swept(numbers)
    check_log()


def check_swept(numbers: list[str]) -> None:
    for number in numbers:
        kinds = [told.kind for told in check_case(number).told]
        assert kinds == ["case_opened", "deadline_missed", "case_escalated"]


@pytest.mark.parametrize("for_ever", [False, True], ids=["once", "for-ever"])
def test_a_checkpoint_is_written_whole_or_not_at_all(city: City, for_ever: bool) -> None:
    folder = city.folder / "kept"
    folder.mkdir()
    number, files = opened(), 0
    for result in city.fail(lambda: city.run("events", "checkpoint", str(folder)), for_ever):
        if result.exit_code:
            told(result)
        assert len(list(folder.iterdir())) == files + (result.exit_code == 0)
        files = len(list(folder.iterdir()))
        do(number, "comment")
    kept = read_checkpoints([folder])
    found = verify_log(kept)
    assert (found.bad, found.broken) == ((), ())
    assert city.run("events", "verify", "--against", str(folder)).exit_code == 0


@pytest.mark.parametrize("city", ["worker"], indirect=True)
@pytest.mark.parametrize("for_ever", [False, True], ids=["once", "for-ever"])
def test_a_worker_outlives_a_failing_database(city: City, for_ever: bool) -> None:
    wanted: list[str] = []
    for nth in itertools.count(1, EVERY):
        city.at(START + timedelta(minutes=nth))
        number = opened()
        do(number, "take")
        wanted += [f"{number}/1", f"{number}/2"]
        city.faults.arm(nth, for_ever)
        thread = threading.Thread(target=work, args=(city,))
        thread.start()
        while thread.is_alive() and not city.faults.fired:
            thread.join(0.01)
        city.faults.disarm()
        thread.join(60)
        assert not thread.is_alive(), "it never ended"
        # What failed is due again, and the claims of a worker that is gone are over.
        city.at(START + timedelta(minutes=nth, seconds=30))
        work(city)
        assert db.session.scalar(text("SELECT count(*) FROM tj_job WHERE every_s IS NULL")) == 0
        db.session.rollback()
        if not city.faults.fired:
            break
    lines = (city.folder / "effects").read_text(encoding="utf-8").split()
    assert list(dict.fromkeys(lines)) == wanted
    check_log()


def work(city: City) -> None:
    """Run a worker until nothing is due; one that cannot even begin ends, and is started again."""
    with suppress(DBAPIError):
        new_worker(city.app).run(once=True)


def test_a_panel_that_cannot_read_spoils_no_other(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = opened()
    whole = city.run("case", "show", number).output
    monkeypatch.setenv("EFFECTS_PANEL", "fails")
    result = city.run("case", "show", number)
    assert result.exit_code == 0
    assert result.stdout.count("could not show its part") == 1
    assert set(whole.splitlines()) <= set(result.stdout.splitlines())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a disk of 64 MB; only root can make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("this user may mount no disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.sqlite("a file on a disk of its own")
def test_a_full_disk_stops_an_import_and_nothing_else(
    small_disk: Path, template_home: Path, databases: Databases, tmp_path: Path
) -> None:
    home = databases.copy_home(template_home, small_disk / "home")
    filler = small_disk / "filler"
    filler.write_bytes(bytes(shutil.disk_usage(small_disk).free - 400_000))
    ledger = write_ledger(tmp_path / "积案.csv", 1000)
    app = create_app(databases.settings(home, START))
    with pytest.MonkeyPatch.context() as patch, app.app_context(), connected():
        patch.setattr(tiji.app, "create_app", lambda *_settings: app)
        patch.setattr(tiji.intake.actions, "BATCH", 100)
        command = ["import", "petitions.backlog", str(ledger), "--json"]
        said = told(CliRunner().invoke(main, command))
        assert "disk is full" in said or "disk fails" in said
        assert_in_steps(said)
        assert CliRunner().invoke(main, ["case", "list"]).exit_code == 0
        assert len(heads()) in range(0, 900, 100), "whole batches only"
        assert verify_log().bad == ()
        filler.unlink()
        assert CliRunner().invoke(main, command).exit_code == 3, "every fiftieth row is refused"
        assert len(heads()) == 980
        assert db.session.execute(text("PRAGMA integrity_check")).scalar() == "ok"
        check_log()
