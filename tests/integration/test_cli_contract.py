"""What every command owes: help with an example, JSON where data is printed, a light start."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from tests.integration.cases import DEPUTY, FIO, HEAD, opened

from tiji.cli import COMMANDS, main
from tiji.testing.databases import Databases

Json = dict[str, Any]

CLI = str(Path(__file__).parents[2] / "cli.py")


def commands() -> Iterator[tuple[str, ...]]:
    """Give every command and group of the command line."""

    def below(group: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield path
        if isinstance(group, click.Group):
            context = click.Context(group)
            for name in group.list_commands(context):
                found = group.get_command(context, name)
                assert found
                yield from below(found, (*path, name))

    for name, (place, _line) in COMMANDS.items():
        module, attribute = place.split(":")
        yield from below(getattr(importlib.import_module(module), attribute), (name,))


EXAMPLE = re.compile(r"(?:Example: |示例：)tiji ")


def test_every_command_has_help_with_an_example() -> None:
    paths = list(commands())
    assert {("case", "open"), ("matters", "list"), ("sweep",), ("import",)} <= set(paths)
    for path in paths:
        result = CliRunner().invoke(main, [*path, "--help"])
        assert result.exit_code == 0, result.output
        assert EXAMPLE.search(" ".join(result.output.split())), path


def test_the_root_has_help_and_a_version() -> None:
    text = CliRunner().invoke(main, ["-h"]).output
    for name in ("init", "org", "case", "sweep", "import", "events", "db", "petitions"):
        assert name in text
    assert EXAMPLE.search(text)
    assert "tiji" in CliRunner().invoke(main, ["--version"]).output
    assert CliRunner().invoke(main, ["nonsense"]).exit_code == 2


HEAVY = ("flask", "sqlalchemy", "marshmallow", "alembic", "openpyxl", "holidays", "cryptography",
         "pluggy", "sqlite3", "structlog", "prometheus_client", "granian",
         "tiji_petitions")  # fmt: skip


@pytest.mark.parametrize("args", [["--help"], ["case", "--help"], ["case", "take", "--help"]])
def test_help_imports_nothing_heavy(args: list[str], tmp_path: Path) -> None:
    code = (
        "import sys\nfrom tiji.cli import main\n"
        f"try:\n    main({args!r})\nexcept SystemExit as stop:\n    assert not stop.code\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.stderr.strip() == "[]"


@pytest.fixture
def home(city: Path, databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let commands work on the city at a Monday's nine o'clock."""
    for name, value in databases.environment(city).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TIJI_CLOCK", "2026-11-23T09:00")
    return city


def data(*args: str) -> Json:
    """Read what a command prints as JSON."""
    result = CliRunner().invoke(main, [*args, "--json"])
    assert result.exit_code == 0, result.output
    read: Json = json.loads(result.stdout)
    return read


@pytest.mark.usefixtures("home")
def test_the_organisation() -> None:
    shown = data("org", "show")
    housing = next(d for d in shown["departments"] if d["code"] == "housing")
    assert housing["name"] == "市住房和城乡建设局"
    assert {"市住建局", "住建局"} <= set(housing["aliases"])
    assert housing["parent"] is None
    centre = next(d for d in shown["departments"] if d["code"] == "registration_centre")
    assert centre["parent"] == "natural_resources"
    head = next(o for o in shown["officers"] if o["code"] == HEAD)
    assert (head["name"], head["department"]) == ("范致和", "housing")
    assert [(p["station"], p["section"]) for p in head["posts"]] == [(2, "housing_estate")]
    deputy = next(o for o in shown["officers"] if o["code"] == DEPUTY)
    assert {p["station"] for p in deputy["posts"]} == {3}


@pytest.mark.usefixtures("home")
def test_the_matters() -> None:
    shown = data("matters", "list")["matters"]
    assert [matter["code"] for matter in shown] == sorted(matter["code"] for matter in shown)
    other = next(matter for matter in shown if matter["code"] == "petitions.other")
    assert (other["plugin"], other["department"]) == ("petitions", "petitions_bureau")
    assert other["active"] is True
    assert other["category"] in ("legacy", "cross_department", "no_precedent")
    assert set(other["audience"]) <= {"enterprise", "people"}
    ladder = other["ladder"]
    assert [(s["station"], s["limit"], s["may_refuse"]) for s in ladder] == [
        (1, 1, False), (2, 1, False), (3, 2, False), (4, 3, True), (5, 5, True),
    ]  # fmt: skip
    assert ladder[0]["holder"]["code"] == "petitions_bureau_fio", "the officer on duty"
    assert all(set(s["holder"]) == {"code", "name"} and s["title"] for s in ladder)
    one = data("matters", "show", "petitions.other")
    assert one["code"] == "petitions.other"
    assert CliRunner().invoke(main, ["matters", "list"]).stdout.count("\n") == len(shown)
    assert "●" in CliRunner().invoke(main, ["matters", "show", "petitions.other"]).stdout


@pytest.mark.usefixtures("home")
def test_a_matter_that_cannot_be_activated_names_the_post() -> None:
    from tests.integration.cases import vacate

    from tiji.db import db

    vacate("petitions_bureau_deputy1")
    db.session.remove()
    result = CliRunner().invoke(main, ["matters", "activate", "petitions.other"])
    assert result.exit_code == 4
    assert "3 分管负责人" in result.stderr
    assert "petitions_bureau" in result.stderr
    assert CliRunner().invoke(main, ["matters", "activate", "petitions.no"]).exit_code == 2


@pytest.mark.usefixtures("home")
def test_the_plugins_and_the_calendar() -> None:
    petitions = next(p for p in data("plugins", "list")["plugins"] if p["name"] == "petitions")
    assert petitions["state"] == "active"
    assert petitions["version"]
    assert "reason" in petitions
    due = data("calendar", "due", "2026-09-30", "2")
    assert due == {"due": "2026-10-09", "provisional": False}
    assert data("calendar", "due", "2026-12-31", "10")["provisional"] is True
    assert data("calendar", "due", "2026-09-16", "60", "--natural")["due"] == "2026-11-16"


@pytest.mark.usefixtures("empty_home")
def test_without_a_database_the_advice_is_to_make_one() -> None:
    for args in (["case", "list"], ["sweep"], ["events", "verify"], ["org", "show"]):
        result = CliRunner().invoke(main, args)
        assert result.exit_code == 1, args
        assert "tiji init" in result.stderr


def test_an_error_is_one_line_on_stderr_of_the_real_program(home: Path) -> None:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, CLI, "case", "show", "TJ2026999999"],
        capture_output=True, text=True, env=env, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("tiji: ")
    assert done.stderr.count("\n") == 1


def test_two_processes_fighting_for_a_case_have_one_winner(home: Path) -> None:
    from tests.integration.cases import shown

    from tiji.db import db

    number = opened()
    db.session.remove()
    script = (
        "import sys\nfrom tiji.app import create_app\nfrom tiji.cases import actions\n"
        "from tiji.errors import TijiError\napp = create_app()\nwon = 0\n"
        "with app.app_context():\n    print('ready', flush=True)\n    sys.stdin.readline()\n"
        f"    for _try in range(3):\n        try:\n            actions.escalate('{number}', "
        f"'{FIO}', why='缺备案', judgement='unsure', suggestion='核验', seen=1)\n"
        "            won += 1\n        except TijiError as error:\n            assert "
        "error.exit_code in (4, 5), error\nprint(won)\n"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    fighters = [
        subprocess.Popen(
            [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env=env,
        )
        for _no in range(2)
    ]  # fmt: skip
    for fighter in fighters:
        assert fighter.stdout
        assert fighter.stdout.readline() == "ready\n"
    for fighter in fighters:
        assert fighter.stdin
        fighter.stdin.write("go\n")
        fighter.stdin.flush()
    won = [int(fighter.communicate(timeout=60)[0]) for fighter in fighters]
    assert [fighter.returncode for fighter in fighters] == [0, 0]
    assert sum(won) == 1
    case = shown(number)
    assert (case["station"], case["version"]) == (2, 2)


def test_two_sweepers_escalate_once(home: Path) -> None:
    from tests.integration.cases import kinds

    from tiji.db import db

    numbers = [opened() for _no in range(20)]
    db.session.remove()
    env = {
        **os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TIJI_CLOCK": "2026-11-24T17:31",
    }  # fmt: skip
    sweepers = [
        subprocess.Popen(
            [sys.executable, CLI, "sweep", "--json"],
            stdout=subprocess.PIPE, env=env, text=True,
        )
        for _no in range(2)
    ]  # fmt: skip
    results = [json.loads(sweeper.communicate(timeout=60)[0]) for sweeper in sweepers]
    assert sum(result["escalated"] for result in results) == 20
    assert all(result["quarantined"] == [] for result in results)
    for number in numbers:
        assert kinds(number).count("case_escalated") == 1
