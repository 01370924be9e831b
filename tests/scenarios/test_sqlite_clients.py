"""Eight officers and a worker at one file: nobody is told that it is locked, nobody waits long."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import quantiles

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import text
from tests.integration.cases import FIO, do, opened
from tests.scenarios.clients import Clients, Said, clients, wait_until
from tests.scenarios.crash_points import install_effects
from tests.scenarios.doses import LONG, Figure, dose
from tests.scenarios.processes import Place, check_whole, rows_of, write_ledger

from tiji.cases.verifying import verify_log
from tiji.cli import main
from tiji.db import BUSY_SECONDS, db, disconnect, wal_is_safe
from tiji.intake.actions import import_ledger
from tiji.testing.pytest_plugin import START

pytestmark = pytest.mark.sqlite("one file, and one writer at a time")

CLIENTS = 8
DONE = dose(250, 20_000)
ROWS = dose(1_500, 70_000)
#: Officers think between two things; ours do in a long run, otherwise they do all at once.
THINK = 0.5
#: Whoever waits longer thinks that the program hangs.
PATIENCE = 5.0
WAITING = "SELECT count(*) FROM tj_job WHERE every_s IS NULL"


@pytest.fixture
def office(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clients]:
    """Give a way to start officers; nobody has fixed their clock."""
    install_effects(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    settings = place.databases.settings(place.home, deliver="worker")
    with clients(settings, tmp_path / "clients", tmp_path / "effects") as found:
        yield found
    sys.modules.pop("effects_bureau", None)


def told(said: list[Said]) -> str:
    """Say how long things took: all that was done, and the longest wait."""
    acts = [each.seconds for each in said if each.what in ("open", "take", "comment", "escalate")]
    looks = [each.seconds for each in said if each.what in ("list", "show", "search")]
    parts = []
    for name, times in (("acts", acts), ("looks", looks)):
        p99 = quantiles(times, n=100)[98] if len(times) > 1 else 0
        parts.append(f"{len(times)} {name}, p99 {p99 * 1000:.0f} ms, max {max(times):.2f} s")
    return "; ".join(parts)


def check_all_well(said: list[Said]) -> None:
    assert [each for each in said if each.error] == []
    assert max(each.seconds for each in said) < BUSY_SECONDS


def test_eight_clients_and_a_worker_never_hear_that_the_file_is_locked(
    place: Place, office: Clients, figure: Figure
) -> None:
    office.start_worker()
    office.start(CLIENTS)
    begun = time.monotonic()
    wait_until(lambda: office.done() >= DONE, 3600)
    seconds = time.monotonic() - begun
    said = office.stop()
    check_all_well(said)
    wait_until(lambda: rows_of(place, START, WAITING) == [(0,)], 600)
    office.stop_workers()
    assert rows_of(place, START, "SELECT count(*) FROM tj_job WHERE tries > 0") == [(0,)]
    check_whole(place, START, every=25)
    figure(f"{CLIENTS} clients without a pause, {len(said) / seconds:.0f}/s: {told(said)}")


@pytest.mark.skipif(not LONG, reason="people think: takes minutes")
def test_officers_who_think_do_not_wait(place: Place, office: Clients, figure: Figure) -> None:
    office.start_worker()
    office.start(CLIENTS, THINK)
    wait_until(lambda: office.done() >= DONE / 10, 3600)
    said = office.stop()
    check_all_well(said)
    assert max(each.seconds for each in said) < PATIENCE
    figure(f"{CLIENTS} clients, {THINK} s between two things: {told(said)}")


def test_a_long_verification_and_an_import_hold_up_nobody(
    app: Flask, place: Place, office: Clients, tmp_path: Path, figure: Figure
) -> None:
    import_ledger("petitions.backlog", write_ledger(tmp_path / "积案.csv", ROWS))
    disconnect()
    office.start(4)
    wait_until(lambda: office.done() >= 20)
    begun = time.perf_counter()
    found = verify_log()
    verified = time.perf_counter() - begun
    more = import_ledger("petitions.backlog", write_ledger(tmp_path / "更多.csv", ROWS * 2))
    imported = time.perf_counter() - begun - verified
    said = office.stop()
    assert (found.bad, more.imported > ROWS / 2) == ((), True)
    check_all_well(said)
    assert max(each.seconds for each in said) < PATIENCE, told(said)
    figure(
        f"4 clients while {found.events} events were verified in {verified:.1f} s and "
        f"{more.imported} rows imported in {imported:.1f} s: {told(said)}"
    )


@contextmanager
def writing(home: Path) -> Iterator[None]:
    """Hold a transaction open that has written."""
    with closing(sqlite3.connect(home / "tiji.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE tj_case SET title = title")
        yield
        writer.execute("ROLLBACK")


@pytest.mark.parametrize(
    "look", [["list"], ["show", "TJ2026000001"], ["search", "安置房"]], ids=lambda look: look[0]
)
def test_who_reads_does_not_wait_for_a_writer(app: Flask, home: Path, look: list[str]) -> None:
    opened()
    disconnect()
    with writing(home):
        begun = time.perf_counter()
        result = CliRunner().invoke(main, ["case", *look])
        assert time.perf_counter() - begun < 2
    assert result.exit_code == 0
    assert "TJ2026000001" in result.output


def test_who_writes_does_not_wait_for_somebody_with_a_list_before_their_eyes(
    app: Flask, home: Path, tmp_path: Path
) -> None:
    import_ledger("petitions.backlog", write_ledger(tmp_path / "积案.csv", 400))
    number = opened()
    disconnect()
    command = [sys.executable, "-c", "from tiji.cli import main; main()", "case", "list"]
    reader = subprocess.Popen([*command, "--limit", "500", "--json"], stdout=subprocess.PIPE)
    try:
        assert reader.stdout
        assert reader.stdout.read(1) == b"{"  # as in a pager: the first lines, and no more
        begun = time.perf_counter()
        do(number, "take")
        assert time.perf_counter() - begun < 2
        assert reader.poll() is None, "the list is not read to its end"
    finally:
        reader.kill()
        reader.communicate()


def test_who_waits_for_too_long_is_told_what_to_do(
    app: Flask, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = opened()
    disconnect()
    monkeypatch.setattr("tiji.db.BUSY_SECONDS", 0)
    with writing(home):
        result = CliRunner().invoke(main, ["case", "take", number, "--as", FIO])
    assert result.exit_code == 1
    assert "The database is busy; try again. Nothing was changed." in result.stderr
    assert CliRunner().invoke(main, ["case", "take", number, "--as", FIO]).exit_code == 0


def test_every_connection_waits_for_the_disk(app: Flask) -> None:
    journal = "wal" if wal_is_safe() else "delete"
    wanted = {"synchronous": 2, "journal_mode": journal, "foreign_keys": 1, "secure_delete": 1}
    found = {name: db.session.execute(text(f"PRAGMA {name}")).scalar() for name in wanted}
    assert found == wanted


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ("3.7.0", False), ("3.40.1", False), ("3.44.5", False), ("3.44.6", True),
        ("3.45.0", False), ("3.50.6", False), ("3.50.7", True), ("3.51.0", False),
        ("3.51.2", False), ("3.51.3", True), ("3.52.0", True), ("4.0.0", True),
    ],
)  # fmt: skip
def test_the_write_ahead_log_is_used_only_where_it_is_repaired(version: str, safe: bool) -> None:
    assert wal_is_safe(version) is safe


@pytest.mark.parametrize("repaired", [False, True])
def test_a_file_follows_what_its_sqlite_can_do(
    app: Flask, monkeypatch: pytest.MonkeyPatch, repaired: bool
) -> None:
    """S43: a file that another version left in WAL mode is taken out of it, and back."""
    from tiji.db import prepare_engine

    disconnect()
    monkeypatch.setattr("tiji.db.wal_is_safe", lambda: repaired)
    file = db.engine.url.database
    with closing(sqlite3.connect(str(file))) as other:
        other.execute(f"PRAGMA journal_mode={'DELETE' if repaired else 'WAL'}")
    from sqlalchemy import create_engine

    engine = create_engine(db.engine.url)
    prepare_engine(engine)
    with engine.connect() as connection:
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    engine.dispose()
    assert mode == ("wal" if repaired else "delete")
