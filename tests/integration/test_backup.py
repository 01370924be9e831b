"""A backup holds all that a city keeps, proves itself, and comes back into an empty place only."""

from __future__ import annotations

import fcntl
import gzip
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.pool import NullPool

import tiji.demo
from tiji.app import create_app
from tiji.backup.archive import read_archive
from tiji.backup.rules import OWN_NAME
from tiji.cli import main
from tiji.crypto import KEY_FILE
from tiji.db import connected, transaction
from tiji.errors import RefusedFileError, TijiError
from tiji.jobs.actions import enqueue, retry
from tiji.jobs.queries import stopped_jobs
from tiji.jobs.rules import NewJob
from tiji.testing.databases import Databases

BACKLOG = Path(tiji.demo.__file__).parent / "backlog.xlsx"
SECRET = "k3y-of-the-backups-0123456789-abcdef"
#: The demo's names stand in the database in plain; a sealed archive shows none.
PLAIN = "张".encode()
CALENDAR = '[days]\nrest = ["2026-11-20"]\n'
Tiji = Callable[..., Result]


@pytest.fixture(scope="module")
def run(databases: Databases, postgres_programs: str) -> Tiji:
    """Run a command on a home and its database, as a program of its own would."""

    def run(home: Path, *args: object, code: int = 0, **env: str | None) -> Result:
        here = databases.environment(home) | {"TIJI_CLOCK": "2026-11-23T09:00", "TIJI_LANG": "en"}
        here |= {"TIJI_STRICT": "1", "TIJI_PG_BIN": postgres_programs}
        result = CliRunner().invoke(main, [str(arg) for arg in args], env={**here, **env})
        assert result.exit_code == code, (args, result.output, result.exception)
        assert "Traceback" not in result.output
        return result

    return run


@pytest.fixture(scope="module")
def postgres_programs(pytestconfig: pytest.Config, request: pytest.FixtureRequest) -> str:
    """Give the folder of pg_dump, where it is needed."""
    if pytestconfig.getoption("--database") == "postgresql":
        return str(request.getfixturevalue("postgres_bin"))
    return ""


@pytest.fixture(scope="module")
def city(
    databases: Databases, template_home: Path, tmp_path_factory: pytest.TempPathFactory, run: Tiji
) -> Iterator[Path]:
    """Give a city with a backlog, work that waits, and a calendar of its own."""
    home = databases.copy_home(template_home, tmp_path_factory.mktemp("city") / "home")
    (home / "calendars").mkdir()
    (home / "calendars" / "city.toml").write_text(CALENDAR)
    run(home, "import", "petitions.backlog", BACKLOG, code=3)
    waiting = [NewJob("mail", "1", "a", outside=True), NewJob("count", "1", "b")]
    with create_app(databases.settings(home)).app_context(), connected(), transaction() as session:
        enqueue(session, waiting)
    yield home
    databases.drop(home)


@pytest.fixture(scope="module")
def archive(city: Path, run: Tiji, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a backup of the city."""
    path = tmp_path_factory.mktemp("archive") / "city.tar.gz"
    run(city, "backup", path)
    return path


@pytest.fixture(scope="module")
def sealed(city: Path, run: Tiji, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a sealed backup of the city."""
    path = tmp_path_factory.mktemp("archive") / "city.sealed"
    run(city, "backup", path, TIJI_BACKUP_KEY=SECRET)
    return path


@pytest.fixture
def elsewhere(databases: Databases, tmp_path: Path) -> Iterator[Path]:
    """Give a home that is not there yet, with an empty database."""
    home = tmp_path / "elsewhere"
    databases.make(home)
    yield home
    databases.drop(home)


def rows(databases: Databases, home: Path, *without: str) -> dict[str, list[str]]:
    """Read all tables of a home's database, but for those named."""
    engine = sa.create_engine(databases.url(home), poolclass=NullPool)
    with engine.connect() as connection:
        names = [n for n in sa.inspect(connection).get_table_names() if n not in without]
        query = {name: sa.select(sa.text("*")).select_from(sa.table(name)) for name in names}
        return {name: sorted(map(repr, connection.execute(query[name]))) for name in names}


def is_untouched(databases: Databases, home: Path) -> bool:
    """Tell whether a home is still not there and its database still empty."""
    engine = sa.create_engine(databases.url(home), poolclass=NullPool)
    on_server = engine.dialect.name == "postgresql"
    return not home.exists() and not (on_server and sa.inspect(engine).get_table_names())


def test_everything_comes_back(
    city: Path, archive: Path, elsewhere: Path, run: Tiji, databases: Databases
) -> None:
    said = run(elsewhere, "restore", archive, "--key", city / KEY_FILE)
    assert rows(databases, elsewhere, "tj_job") == rows(databases, city, "tj_job")
    assert (elsewhere / "calendars" / "city.toml").read_text() == CALENDAR
    key = elsewhere / KEY_FILE
    assert key.read_bytes() == (city / KEY_FILE).read_bytes()
    assert key.stat().st_mode & 0o777 == 0o600
    assert "the log is whole" in said.output
    assert "whole" in run(elsewhere, "events", "verify").output
    numbers = [case["number"] for case in listed(run, elsewhere)]
    assert numbers == [case["number"] for case in listed(run, city)]
    before, after = (run(home, "case", "show", numbers[0]).output for home in (city, elsewhere))
    assert before == after


def listed(run: Tiji, home: Path) -> list[dict[str, Any]]:
    """Read the list of cases."""
    found: list[dict[str, Any]] = json.loads(run(home, "case", "list", "--json").stdout)["cases"]
    return found


def test_what_reaches_outside_is_held_and_the_rest_goes_on(
    city: Path, archive: Path, elsewhere: Path, run: Tiji, databases: Databases
) -> None:
    said = run(elsewhere, "restore", archive, "--key", city / KEY_FILE)
    assert "1 deliveries to the outside are held" in said.output
    jobs = rows(databases, elsewhere)["tj_job"]
    assert len([job for job in jobs if "'count'" in job and "'waiting'" in job]) == 1
    with create_app(databases.settings(elsewhere)).app_context(), connected():
        assert [(job["target"], job["state"]) for job in stopped_jobs()] == [("mail", "held")]
        assert retry() == 1
        assert stopped_jobs() == []


def test_an_archive_says_what_it_holds_but_not_the_key(city: Path, archive: Path) -> None:
    manifest = read_archive(archive, None)
    plain = gzip.decompress(archive.read_bytes())
    assert (city / KEY_FILE).read_bytes().strip() not in plain
    assert manifest.survey.events >= manifest.survey.cases > 200
    assert set(manifest.survey.revisions) >= {"core", "petitions"}
    assert archive.stat().st_mode & 0o777 == 0o600


def test_a_sealed_archive_shows_nothing_and_opens_with_its_key_only(
    city: Path, sealed: Path, elsewhere: Path, run: Tiji, databases: Databases
) -> None:
    assert PLAIN not in sealed.read_bytes()
    with pytest.raises(TijiError, match="TIJI_BACKUP_KEY"):
        read_archive(sealed, None)
    with pytest.raises(RefusedFileError):
        read_archive(sealed, SECRET.upper())
    key = city / KEY_FILE
    run(elsewhere, "restore", sealed, "--key", key, code=1, TIJI_BACKUP_KEY=SECRET.upper())
    assert is_untouched(databases, elsewhere)
    run(elsewhere, "restore", sealed, "--key", key, TIJI_BACKUP_KEY=SECRET)
    assert rows(databases, elsewhere)["tj_case"] == rows(databases, city)["tj_case"]


@pytest.mark.parametrize("which", ["archive", "sealed"])
def test_no_changed_bit_and_no_cut_goes_unseen(
    which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    whole: bytes = request.getfixturevalue(which).read_bytes()
    chance, seen, bad = random.Random(7), 0, tmp_path / "bad"
    for place in (*range(12), len(whole) - 1, *(chance.randrange(len(whole)) for _ in range(30))):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << chance.randrange(8)
        bad.write_bytes(flipped)
        try:
            read_archive(bad, SECRET, tmp_path / "files")
        except RefusedFileError:
            seen += 1
        else:  # in compressed data a few bits, between blocks and in the head, say nothing
            assert which == "archive"
            assert files_of(tmp_path / "files") == files_of(request.getfixturevalue("unpacked"))
    assert seen > 30
    for length in (0, 1, 20, len(whole) // 2, len(whole) - 20, len(whole) - 1):
        bad.write_bytes(whole[:length])
        with pytest.raises(RefusedFileError):
            read_archive(bad, SECRET)


@pytest.fixture
def unpacked(archive: Path, tmp_path: Path) -> Path:
    """Give the files of the archive."""
    read_archive(archive, None, tmp_path / "unpacked")
    return tmp_path / "unpacked"


def files_of(folder: Path) -> dict[str, bytes]:
    """Read all files of a folder."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@pytest.mark.parametrize("hurt", ["cut", "flipped", "foreign"])
def test_a_damaged_archive_changes_nothing(
    hurt: str,
    city: Path,
    archive: Path,
    elsewhere: Path,
    run: Tiji,
    databases: Databases,
    tmp_path: Path,
) -> None:
    whole = bytearray(archive.read_bytes())
    whole[len(whole) // 2] ^= hurt == "flipped"
    damaged: dict[str, bytes | bytearray] = {
        "cut": whole[:-100],
        "flipped": whole,
        "foreign": b"PK\x03\x04 no archive of ours",
    }
    (tmp_path / "bad.tar.gz").write_bytes(damaged[hurt])
    said = run(elsewhere, "restore", tmp_path / "bad.tar.gz", "--key", city / KEY_FILE, code=1)
    assert "damaged or cut off" in said.stderr
    assert is_untouched(databases, elsewhere)


def test_a_wrong_key_is_refused_and_so_is_none(
    archive: Path, elsewhere: Path, run: Tiji, databases: Databases, tmp_path: Path
) -> None:
    (tmp_path / "other.key").write_text("f" * 64)
    said = run(elsewhere, "restore", archive, "--key", tmp_path / "other.key", code=1)
    assert "not the one of this backup" in said.stderr
    assert "--key" in run(elsewhere, "restore", archive, code=1).stderr
    assert is_untouched(databases, elsewhere)


def test_a_place_with_something_in_it_is_left_alone(
    city: Path, archive: Path, elsewhere: Path, run: Tiji, databases: Databases
) -> None:
    before = rows(databases, city)
    assert "restore" not in run(city, "restore", archive, code=4).stdout
    elsewhere.mkdir()
    (elsewhere / "notes.txt").write_text("mine")
    said = run(elsewhere, "restore", archive, "--key", city / KEY_FILE, code=4)
    assert "notes.txt" in said.stderr
    assert [path.name for path in elsewhere.iterdir()] == ["notes.txt"]
    assert rows(databases, city) == before


def test_a_database_with_tables_is_left_alone(
    city: Path, archive: Path, elsewhere: Path, run: Tiji, databases: Databases
) -> None:
    before, url = rows(databases, city), databases.url(city)
    key = city / KEY_FILE
    said = run(elsewhere, "restore", archive, "--key", key, code=4, TIJI_DATABASE_URL=url)
    assert "already" in said.stderr
    assert not elsewhere.exists()
    assert rows(databases, city) == before


def test_one_kind_of_database_is_not_restored_into_the_other(
    city: Path, archive: Path, elsewhere: Path, run: Tiji, databases: Databases
) -> None:
    other = "sqlite:///other.db" if databases.url(city)[:4] == "post" else "postgresql:///other"
    key = city / KEY_FILE
    said = run(elsewhere, "restore", archive, "--key", key, code=2, TIJI_DATABASE_URL=other)
    assert "This is a backup of" in said.stderr
    assert is_untouched(databases, elsewhere)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("UPDATE tj_event SET data = '{}' WHERE seq = 1", "not whole"),
        ("UPDATE tj_alembic_version SET version_num = '9999'", "newer Tiji"),
    ],
)
def test_what_does_not_verify_is_not_left_behind(
    change: str,
    says: str,
    databases: Databases,
    template_home: Path,
    elsewhere: Path,
    run: Tiji,
    tmp_path: Path,
) -> None:
    home = databases.copy_home(template_home, tmp_path / "bad")
    run(home, "import", "petitions.backlog", BACKLOG, code=3)
    engine = sa.create_engine(databases.url(home), poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(change)
    run(home, "backup", tmp_path / "bad.tar.gz")
    said = run(
        elsewhere, "restore", tmp_path / "bad.tar.gz", "--key", home / KEY_FILE, code=1
    ).stderr
    assert says in said
    assert is_untouched(databases, elsewhere)
    databases.drop(home)


def test_pending_revisions_are_told(
    databases: Databases, template_home: Path, elsewhere: Path, run: Tiji, tmp_path: Path
) -> None:
    home = databases.copy_home(template_home, tmp_path / "older")
    run(home, "db", "downgrade", "petitions", "--yes")
    run(home, "backup", tmp_path / "older.tar.gz")
    said = run(elsewhere, "restore", tmp_path / "older.tar.gz", "--key", home / KEY_FILE)
    assert "pending: run `tiji init`" in said.output
    run(elsewhere, "init")
    assert json.loads(run(elsewhere, "db", "pending", "--json").stdout) == {"pending": []}
    databases.drop(home)


def test_old_archives_go_and_nothing_else_does(city: Path, run: Tiji, tmp_path: Path) -> None:
    kept = ["notes.txt", "tiji-2020.tar.gz", "x-tiji-20200101T000000Z.tar.gz", "city.tar.gz"]
    old = [f"tiji-202001{day:02}T000000Z.tar.gz" for day in (1, 2, 3)]
    for name in (*kept, *old, "tiji-20200104T000000Z.sealed.partial"):
        (tmp_path / name).touch()
    said = json.loads(run(city, "backup", tmp_path, "--keep", 2, "--json").stdout)
    new = Path(said["archive"]).name
    assert OWN_NAME.fullmatch(new)
    assert said["removed"] == old[:2]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*kept, old[2], new])


def test_targets_that_cannot_be_are_refused(city: Path, run: Tiji, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    run(city, "backup", tmp_path / "there", code=2)
    run(city, "backup", tmp_path / "no" / "folder", code=2)
    run(city, "backup", tmp_path / "new.tar.gz", "--keep", 3, code=2)
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
    assert (tmp_path / "there").read_text() == "mine"


def test_two_backups_of_one_home_do_not_meet(city: Path, run: Tiji, tmp_path: Path) -> None:
    lock = os.open(city, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    assert "running" in run(city, "backup", tmp_path, code=1).stderr
    os.close(lock)
    run(city, "backup", tmp_path)


#: Runs a command that may write no file larger than its first argument says.
SMALL = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
from tiji.cli import main
main()
"""


def test_a_full_disk_is_named_and_nothing_is_left(
    city: Path, databases: Databases, postgres_programs: str, tmp_path: Path
) -> None:
    env = {**os.environ, **databases.environment(city), "TIJI_PG_BIN": postgres_programs}
    words = [sys.executable, "-c", SMALL, "100000", "backup", str(tmp_path)]
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "failed" in done.stderr
    assert list(tmp_path.iterdir()) == []
    assert not (city / ".backup").exists()


@pytest.mark.parametrize("secret", ["", SECRET])
def test_attachments_are_copied_once_and_come_back(
    secret: str, city: Path, elsewhere: Path, run: Tiji, tmp_path: Path
) -> None:
    texts = {"attachments/ab/one": "一" * 9, "attachments/cd/two": "二" * 999_999}
    for name, text in texts.items():
        (city / name).parent.mkdir(parents=True, exist_ok=True)
        (city / name).write_text(text)
    try:
        run(city, "backup", tmp_path / "first", TIJI_BACKUP_KEY=secret)
        copies = {p: p.stat().st_ino for p in (tmp_path / "attachments").rglob("*") if p.is_file()}
        assert len(copies) == 2
        run(city, "backup", tmp_path / "second", TIJI_BACKUP_KEY=secret)
    finally:
        shutil.rmtree(city / "attachments")
    found = [path for path in (tmp_path / "attachments").rglob("*") if path.is_file()]
    assert {path: path.stat().st_ino for path in found} == copies
    key = city / KEY_FILE
    gone = found[0].rename(tmp_path / "gone")
    said = run(elsewhere, "restore", tmp_path / "second", "--key", key, code=1,
               TIJI_BACKUP_KEY=secret)  # fmt: skip
    assert "missing beside the archive" in said.stderr
    assert not elsewhere.exists()
    gone.rename(found[0])
    run(elsewhere, "restore", tmp_path / "second", "--key", key, TIJI_BACKUP_KEY=secret)
    assert {name: (elsewhere / name).read_text() for name in texts} == texts


def test_without_pg_dump_it_says_what_to_install(
    city: Path, databases: Databases, run: Tiji, tmp_path: Path
) -> None:
    if databases.url(city).startswith("sqlite"):
        pytest.skip("SQLite needs no programs")
    said = run(city, "backup", tmp_path, code=1, TIJI_PG_BIN=str(tmp_path)).stderr
    assert "TIJI_PG_BIN" in said
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    old.chmod(0o755)
    said = run(city, "backup", tmp_path, code=1, TIJI_PG_BIN=str(tmp_path)).stderr
    assert "version 9" in said
    assert [path.name for path in tmp_path.iterdir()] == ["pg_dump"]
