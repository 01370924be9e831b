"""The restore drill: back up under load, lose everything, restore elsewhere, verify (T19)."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import pytest
from sqlalchemy import delete, select
from tests.scenarios.processes import Child, Place, check_whole, looking, write_ledger

from tiji.app import create_app
from tiji.backup.actions import Backup, back_up
from tiji.backup.archive import read_archive
from tiji.backup.restoring import Restored, restore
from tiji.backup.rules import OWN_NAME
from tiji.cases.model import CaseRow
from tiji.cases.queries import heads
from tiji.crypto import KEY_FILE
from tiji.db import connected, db, transaction
from tiji.errors import RuleError
from tiji.events.model import EventRow
from tiji.jobs.actions import claim, enqueue
from tiji.jobs.model import JobRow
from tiji.jobs.queries import stopped_jobs
from tiji.jobs.rules import NewJob
from tiji.testing.databases import Databases
from tiji.testing.pytest_plugin import START

# Read here: inside a test the TIJI_* settings of the caller are gone.
LONG = "TIJI_TEST_LONG" in os.environ
ROWS = 6000 if LONG else 400
BACKUPS = 10 if LONG else 2
KILLS = 30 if LONG else 2
BATCH = 20
LETTERS = 5


def quiet(_stage: str) -> None:
    """Tell nobody."""


@pytest.fixture
def programs(place: Place, request: pytest.FixtureRequest) -> Path | None:
    """Give the folder of PostgreSQL's programs, where they are needed."""
    on_file = place.databases.url(place.home).startswith("sqlite")
    return None if on_file else Path(request.getfixturevalue("postgres_bin"))


@pytest.fixture
def elsewhere(databases: Databases, tmp_path: Path) -> Iterator[Place]:
    """Give a home that is not there yet, with an empty database."""
    place = Place(databases, tmp_path / "elsewhere")
    databases.make(place.home)
    yield place
    databases.drop(place.home)


def empty(place: Place) -> None:
    """Lose everything: there is no home, and nothing in its database."""
    shutil.rmtree(place.home, ignore_errors=True)
    place.databases.make(place.home)


@dataclass
class Load:
    """What was acknowledged so far while work goes on, by the number of the case."""

    acknowledged: Counter[str] = field(default_factory=Counter)
    late: float = 0

    def until(self, more: int) -> None:
        """Wait until so many more actions were acknowledged."""
        wanted, self.late = self.acknowledged.total() + more, time.perf_counter() + 60
        while self.acknowledged.total() < wanted:
            assert time.perf_counter() < self.late, "the officer does not get through"
            time.sleep(0.002)


@contextmanager
def load(place: Place, ledger: Path, held: dict[str, str]) -> Iterator[Load]:
    """Import a ledger and comment on cases, in two processes, until the block ends."""
    work, over = Load(), threading.Event()
    with Child(place, START, BATCH) as importer, Child(place, START, BATCH) as officer:

        def comment() -> None:
            words = {"text": "已联系", "public": False}
            for number, actor in cycle(held.items()):
                officer.order("act", action="comment", case=number, actor=actor, words=words)
                if over.is_set() or officer.hear() != {"done": None}:
                    return
                work.acknowledged[number] += 1

        thread = threading.Thread(target=comment)
        thread.start()
        importer.order("import", file=str(ledger))
        try:
            yield work
        finally:
            over.set()
            thread.join()


def open_cases(place: Place, ledger: Path) -> dict[str, str]:
    """Import cases to comment on, leave letters that wait to be sent; say who holds what."""
    with Child(place, START, 500) as child:
        child.order("import", file=str(ledger))
        assert child.hear()["done"]["imported"]
    letters = [NewJob("mail", str(no), str(no), outside=True) for no in range(LETTERS)]
    with looking(place, START):
        with transaction() as session:
            enqueue(session, [*letters, NewJob("count", "1", "count")])
        held = select(CaseRow.number, CaseRow.holder).where(CaseRow.status == "open").limit(10)
        return {number: holder or "" for number, holder in db.session.execute(held)}


def back_up_now(place: Place, programs: Path | None, target: Path) -> Backup:
    """Make a backup."""
    app = create_app(place.databases.settings(place.home, START, pg_bin=programs))
    with app.app_context(), connected():
        return back_up(target, None, quiet)


def restore_there(place: Place, programs: Path | None, archive: Path, key: Path) -> Restored:
    """Restore an archive into an empty place."""
    settings = place.databases.settings(place.home, START, pg_bin=programs)
    return restore(settings, archive, key, quiet)


def comments_on(number: str) -> int:
    """Count the comments in a case's log."""
    head = next(head for head in heads() if head.number == number)
    query = select(EventRow.seq).where(
        EventRow.case_id == head.case_id, EventRow.kind == "case_commented"
    )
    return len(db.session.scalars(query).all())


def plugin_rows_fit(number_of_cases: int) -> None:
    """Assert that each imported case has its bureau's row, and no row stands alone."""
    table = db.metadata.tables["petitions_petition"]
    kept = db.session.scalars(select(table.c.case_id)).all()
    assert sorted(kept) == [head.case_id for head in heads()]
    assert len(kept) == number_of_cases


def send_letters() -> list[str]:
    """Do what a worker would do now, and say which letters went out."""
    with transaction() as session:
        sent = claim(session, "worker", ("mail",), 100)
        session.execute(delete(JobRow).where(JobRow.id.in_([job.id for job in sent])))
    return [job.key for job in sent]


def test_what_was_acknowledged_before_a_backup_is_in_it_and_no_letter_goes_twice(
    place: Place, elsewhere: Place, programs: Path | None, tmp_path: Path
) -> None:
    held = open_cases(place, write_ledger(tmp_path / "old.csv", 40))
    archives: list[tuple[Path, Counter[str]]] = []
    with load(place, write_ledger(tmp_path / "new.csv", ROWS), held) as work:
        for no in range(BACKUPS):
            work.until(5)
            known = Counter(work.acknowledged)
            path = tmp_path / f"{no}.tar.gz"
            back_up_now(place, programs, path)
            archives.append((path, known))
        work.until(5)
    with looking(place, START):
        assert len(send_letters()) == LETTERS  # they reach whoever they were for
    key = Path(shutil.copy(place.home / KEY_FILE, tmp_path / "kept.key"))
    empty(place)

    for archive, known in archives:
        empty(elsewhere)
        done = restore_there(elsewhere, programs, archive, key)
        assert (done.held, done.pending) == (LETTERS, ())
        check_whole(elsewhere, START, every=1 if LONG else 25)
        with looking(elsewhere, START):
            assert not known - Counter({number: comments_on(number) for number in known})
            plugin_rows_fit(done.manifest.survey.cases)
            assert send_letters() == []
            assert {job["state"] for job in stopped_jobs()} == {"held"}
            assert [job.target for job in waiting()] == ["count"]


def waiting() -> list[JobRow]:
    """Give the work inside the database that goes on after a restore."""
    mine = select(JobRow).where(JobRow.state == "waiting", JobRow.every_s.is_(None))
    return list(db.session.scalars(mine))


def command(place: Place, programs: Path | None) -> dict[str, str]:
    """Give the environment of a command on a home."""
    env = {**os.environ, **place.databases.environment(place.home)}
    return env | {"TIJI_CLOCK": START.isoformat(), "TIJI_PG_BIN": str(programs or "")}


def killed_after(seconds: float, env: dict[str, str], *args: object) -> bool:
    """Run `tiji` and kill it after a while, children too; tell whether it was faster."""
    run = "from tiji.cli import main; main()"
    words = [sys.executable, "-c", run, *map(str, args)]
    process = subprocess.Popen(
        words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        return process.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()
        return False


def timed(env: dict[str, str], *args: object) -> float:
    """Run `tiji` to its end and say how long that takes."""
    begun = time.perf_counter()
    assert killed_after(120, env, *args)
    return time.perf_counter() - begun


def test_a_backup_that_is_killed_leaves_nothing_that_looks_like_one(
    place: Place, programs: Path | None, tmp_path: Path
) -> None:
    open_cases(place, write_ledger(tmp_path / "old.csv", ROWS))
    target = tmp_path / "backups"
    target.mkdir()
    env = command(place, programs)
    whole = timed(env, "backup", target)
    chance = random.Random(19)
    for _kill in range(KILLS):
        for archive in target.glob("tiji-*Z.*"):
            if OWN_NAME.fullmatch(archive.name):
                read_archive(archive, None)
                archive.unlink()
        killed_after(chance.uniform(whole / 3, whole), env, "backup", target)
    for archive in [path for path in target.iterdir() if OWN_NAME.fullmatch(path.name)]:
        archive.unlink()
    timed(env, "backup", target, "--keep", 1)
    assert len(list(target.iterdir())) == 1, "halves are cleared away"
    assert not (place.home / ".backup").exists()


def test_a_restore_that_is_killed_leaves_all_or_what_the_next_one_clears_or_names(
    place: Place, elsewhere: Place, programs: Path | None, tmp_path: Path
) -> None:
    open_cases(place, write_ledger(tmp_path / "old.csv", ROWS))
    archive, key = tmp_path / "made.tar.gz", place.home / KEY_FILE
    back_up_now(place, programs, archive)
    env = command(elsewhere, programs)
    whole = timed(env, "restore", archive, "--key", key)
    chance = random.Random(23)
    for _kill in range(KILLS):
        empty(elsewhere)
        killed_after(chance.uniform(whole / 3, whole), env, "restore", archive, "--key", key)
        try:
            restore_there(elsewhere, programs, archive, key)
        except RuleError:  # the whole home is there, or a server's tables, which are named
            if programs:
                continue
        check_whole(elsewhere, START, every=100)
        with looking(elsewhere, START):
            assert send_letters() == []
