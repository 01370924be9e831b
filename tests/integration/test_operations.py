"""What the guide for a city shows is there: commands, units, the drill, the pooler's setting."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from tiji.app import create_app
from tiji.cli import main
from tiji.crypto import KEY_FILE
from tiji.db import connected, db
from tiji.testing.databases import Databases
from tiji.testing.pytest_plugin import START

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())


def _named_commands() -> set[str]:
    """Find what the guide and the units call, as far as it is lower-case words."""
    texts = [GUIDE, *(unit.read_text(encoding="utf-8") for unit in UNITS)]
    called = re.compile(r"(?:^|[`/])tiji ((?:[a-z]+ ?)+)", re.MULTILINE)
    return {words.strip() for text in texts for words in called.findall(text)}


@pytest.mark.usefixtures("home")
def test_every_command_that_the_guide_names_is_there() -> None:
    named = _named_commands()
    assert {"serve", "worker", "backup", "restore", "events verify"} <= named
    for words in named:
        command: click.Command | None = main
        for word in words.split():
            if not isinstance(command, click.Group):
                break
            command = command.get_command(click.Context(command), word)
            assert command, f"tiji {words} is no command"


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=str)
def test_what_a_unit_starts_is_right(unit: Path) -> None:
    (line,) = re.findall(r"^ExecStart=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)
    program, *words = line.replace("%i", "8001").split()
    if program.endswith("restore-drill"):
        assert os.access(ROOT / "deploy" / "restore-drill", os.X_OK)
        return
    assert program == "/opt/tiji/.venv/bin/tiji"
    group = main.get_command(click.Context(main), words[0])
    assert group
    group.make_context(words[0], words[1:])  # fails for an option that is not there


def test_the_guide_links_to_files_and_headings_that_are_there() -> None:
    for target in re.findall(r"\]\(([^)h][^)]*)\)", GUIDE):
        path, _hash, heading = target.partition("#")
        file = (ROOT / "docs" / path).resolve() if path else ROOT / "docs" / "operations.md"
        headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
        if heading:
            assert heading in {h.lower().replace(" ", "-") for h in headings}, target


def test_the_drill_restores_the_newest_backup_and_leaves_nothing(
    home: Path, databases: Databases, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = sa.make_url(databases.url(home))
    path = [str(Path(sys.executable).parent), "/usr/bin", "/bin"]
    env = {**os.environ, **databases.environment(home), "TMPDIR": str(tmp_path / "tmp")}
    if url.get_backend_name() == "postgresql":
        path.insert(0, str(request.getfixturevalue("postgres_bin")))
        host = url.host or url.query["host"]
        env |= {"PGHOST": str(host), "PGUSER": url.username or "", "PGPASSWORD": url.password or ""}
    env["PATH"] = ":".join(path)
    folder = tmp_path / "backups"
    (tmp_path / "tmp").mkdir()
    folder.mkdir()
    drill = [str(ROOT / "deploy" / "restore-drill"), str(folder), str(home / KEY_FILE)]

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(drill, env=env, capture_output=True, text=True, check=False)

    assert "no backup" in run().stderr
    made = CliRunner().invoke(main, ["backup", str(folder)], env={"PATH": env["PATH"]})
    assert made.exit_code == 0, made.output
    done = run()
    assert done.returncode == 0, done.stderr
    assert "the log is whole" in done.stdout
    assert list((tmp_path / "tmp").iterdir()) == []
    (archive,) = folder.iterdir()
    archive.write_bytes(archive.read_bytes()[:-9])
    assert run().returncode == 1


@pytest.mark.parametrize("behind_pooler", [True, False])
def test_behind_a_pooler_no_statement_is_prepared(
    behind_pooler: bool, home: Path, databases: Databases
) -> None:
    if databases.url(home).startswith("sqlite"):
        pytest.skip("SQLite has no pooler")
    app = create_app(databases.settings(home, START, pgbouncer=behind_pooler))
    with app.app_context(), connected(), db.engine.connect() as connection:
        for _again in range(10):
            connection.execute(sa.text("SELECT number FROM tj_case WHERE id = :id"), {"id": 1})
        prepared = connection.execute(sa.text("SELECT count(*) FROM pg_prepared_statements"))
        assert (prepared.scalar_one() == 0) == behind_pooler
