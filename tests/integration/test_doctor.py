"""`tiji doctor`: each thing that can be wrong is found, named, and told how to mend."""

from __future__ import annotations

import inspect
import json
import os
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Executable, create_engine, insert, make_url, text
from sqlalchemy.pool import NullPool
from tests.integration.cases import opened

from tiji import config
from tiji.app import create_app
from tiji.cli import main
from tiji.config import read_settings
from tiji.db import connected
from tiji.events.checkpoints import Checkpoint, write_checkpoint
from tiji.events.merkle import Tree
from tiji.jobs.model import JobRow, WorkerRow
from tiji.plugins import migrate
from tiji.runtime import runtime
from tiji.testing.databases import Databases
from tiji.watch import machine, rules

NAMES = ("ok", "warning", "error")


@pytest.fixture(autouse=True)
def _monday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIJI_CLOCK", "2026-11-23T09:00")


def examined(code: int = 0) -> dict[str, list[dict[str, Any]]]:
    """Run `tiji doctor` and give the findings of each check."""
    result = CliRunner().invoke(main, ["doctor", "--json"])
    assert result.exit_code == code, result.output
    assert not result.stderr
    found: dict[str, list[dict[str, Any]]] = {}
    read = json.loads(result.stdout)
    assert read["ok"] is (code == 0)
    for finding in read["findings"]:
        assert finding["state"] in NAMES
        assert bool(finding["advice"]) is (finding["state"] != "ok"), "what to do, where needed"
        found.setdefault(finding["check"], []).append(finding)
    return found


def states(findings: Iterable[dict[str, Any]]) -> set[str]:
    """Give how findings stand."""
    return {finding["state"] for finding in findings}


def change(databases: Databases, home: Path, *statements: str | Executable) -> None:
    """Change the database behind the program's back."""
    engine = create_engine(databases.url(home), poolclass=NullPool)
    with engine.begin() as connection:
        for statement in statements:
            made = text(statement) if isinstance(statement, str) else statement
            connection.execute(made)


def with_a_case(**more: Any) -> str:
    """Open a case in the database that the environment names."""
    with create_app(read_settings()).app_context(), connected():
        return opened(**more)


def test_a_sound_city_has_no_error(home: Path) -> None:
    with_a_case(data={"id_number": "340702190001010001"})
    found = examined()
    for check in ("settings", "home", "libraries", "plugins", "tables", "database", "cases",
                  "sweep", "deliveries", "matters"):  # fmt: skip
        assert states(found[check]) == {"ok"}, found[check]
    assert len(found["data-key"]) == 2, "it is there, and opens what is sealed"
    assert states(found["clock"]) == {"warning"}, "the time is fixed"
    assert {finding["what"].partition(" ")[0] for finding in found["plugins"]} == {
        "data_bureau", "natural_resources", "petitions",
    }  # fmt: skip


def test_people_get_a_line_a_finding(home: Path) -> None:
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert len(lines) > 10
    assert {line[0] for line in lines} <= set("✓!✗")
    assert any("TIJI_CLOCK" in line and "→" in line for line in lines)


def test_a_home_that_was_never_made_is_told_and_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIJI_HOME", str(tmp_path / "nothing"))
    found = examined(1)
    for check in ("home", "data-key", "database"):
        assert states(found[check]) == {"error"}
        assert "tiji init" in found[check][0]["advice"]
    assert not (tmp_path / "nothing").exists()


def test_a_setting_that_stops_the_start_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIJI_DATA_KEY", "secret")
    assert "TIJI_DATA_KEY" in examined(1)["settings"][0]["what"]
    monkeypatch.delenv("TIJI_DATA_KEY")
    monkeypatch.setenv("TIJI_DATABASE_URL", "somewhere")
    assert "TIJI_DATABASE_URL" in examined(1)["settings"][0]["what"]


def test_a_slip_of_the_pen_in_a_setting_is_found(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIJI_METRIC_FROM", "10.0.0.1")
    (finding,) = examined()["settings"]
    assert (finding["state"], finding["advice"]) == ("warning", "Did you mean TIJI_METRICS_FROM?")


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_a_key_that_others_may_read_is_found(home: Path) -> None:
    (home / "data.key").chmod(0o640)
    finding = examined(1)["data-key"][0]
    assert "0640" in finding["what"]
    assert finding["advice"].startswith("chmod 600 ")


def test_a_key_that_is_gone_is_found(home: Path) -> None:
    (home / "data.key").unlink()
    found = examined(1)
    assert states(found["data-key"]) == {"error"}
    assert states(found["start"]) == {"error"}


def test_the_key_of_another_database_is_found(home: Path) -> None:
    with_a_case(data={"id_number": "340702190001010001"})
    (home / "data.key").write_text("ab" * 32 + "\n", encoding="ascii")
    assert "does not belong" in examined(1)["data-key"][-1]["what"]


def test_a_calendar_that_cannot_be_read_is_found(home: Path) -> None:
    (home / "calendars").mkdir()
    (home / "calendars" / "cn-2027.toml").write_text("[years.27]", encoding="utf-8")
    assert "cn-2027.toml" in examined(1)["start"][0]["what"]


def test_a_database_that_does_not_answer_is_found(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "postgresql+psycopg://nobody:hunter2@127.0.0.1:1/nothing"
    monkeypatch.setenv("TIJI_DATABASE_URL", url)
    found = examined(1)
    (finding,) = found["database"]
    assert "OperationalError" in finding["what"]
    assert "hunter2" not in json.dumps(found)
    assert "tables" not in found


@pytest.mark.sqlite("a file that is no database")
def test_a_file_that_is_no_database_is_found_and_left_alone(home: Path) -> None:
    (home / "tiji.db").write_bytes(b"no database " * 1000)
    assert "SQLITE_NOTADB" in examined(1)["database"][0]["what"]
    assert (home / "tiji.db").read_bytes().startswith(b"no database")


@pytest.mark.sqlite("only SQLite keeps such a time")
def test_what_cannot_be_read_holds_up_no_other_check(home: Path, databases: Databases) -> None:
    with_a_case()
    change(databases, home, "update tj_case set wake_at = '1999-x'")
    found = examined(1)
    assert found["sweep"][0]["what"] == "ValueError"
    assert states(found["deliveries"]) == {"ok"}


def test_revisions_that_wait_are_found_and_nothing_else_is_judged(home: Path) -> None:
    with create_app(read_settings()).app_context(), connected():
        migrate.downgrade(runtime().plugins, "petitions")
    found = examined(1)
    assert "petitions" in found["tables"][0]["what"]
    assert "tiji db upgrade" in found["tables"][0]["advice"]
    assert "deliveries" not in found


def test_a_plugin_that_is_set_aside_is_found(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIJI_PLUGINS", "petitions,housing")
    result = CliRunner().invoke(main, ["doctor", "--json"])
    assert result.exit_code == 1
    (finding,) = [f for f in json.loads(result.stdout)["findings"] if f["state"] == "error"]
    assert finding["check"] == "plugins"
    assert "housing is set aside: it is not installed" in finding["what"]


def test_a_city_without_a_plugin_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIJI_PLUGINS", "")
    assert states(examined()["plugins"]) == {"warning"}


def test_matters_without_a_post_are_found(home: Path, databases: Databases) -> None:
    change(databases, home, "update tj_matter set active = false where code = 'petitions.other'")
    (finding,) = examined()["matters"]
    assert "1 (petitions.other)" in finding["what"]


def test_cases_set_aside_are_counted(home: Path, databases: Databases) -> None:
    with_a_case()
    change(databases, home, "update tj_case set quarantined = 'bad', wake_at = null")
    (finding,) = examined()["cases"]
    assert finding["state"] == "warning"
    assert finding["what"].endswith(": 1.")


def test_a_city_in_which_nobody_sweeps_is_found(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_a_case()
    monkeypatch.setenv("TIJI_CLOCK", "2026-11-27T09:00")
    (finding,) = examined(1)["sweep"]
    assert finding["what"].startswith("Nobody sweeps")
    assert CliRunner().invoke(main, ["sweep"]).exit_code == 0
    assert states(examined()["sweep"]) == {"ok"}


def test_cases_that_wait_for_a_list_are_counted(
    home: Path, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_a_case()
    change(databases, home, "update tj_case set provisional = true")
    this, following = examined()["calendar"]
    assert (this["state"], following["state"]) == ("ok", "warning")
    assert following["what"].endswith(": 1.")
    assert "calendars/cn-2027.toml" in following["advice"]


def job(**changed: Any) -> Executable:
    """Enqueue a job that is due since midnight in UTC."""
    midnight = datetime(2026, 11, 23, tzinfo=UTC)
    values = {
        "target": "petitions.follow", "key": "1", "lane": "1", "payload": "{}", "outside": False,
        "state": "waiting", "due_at": midnight, "tries": 32, "made_at": midnight,
    }  # fmt: skip
    return insert(JobRow).values({**values, **changed})


def test_deliveries_that_stopped_or_wait_too_long_are_found(
    home: Path, databases: Databases
) -> None:
    change(databases, home, *(job(key=state, state=state) for state in ("parked", "held")))
    assert len(examined()["deliveries"]) == 2
    change(databases, home, job())
    found = examined()["deliveries"]
    assert len(found) == 3
    assert states(found) == {"warning"}


def test_who_works_and_when_it_swept_is_told(
    home: Path, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert states(examined()["worker"]) == {"warning"}
    monkeypatch.setenv("TIJI_DELIVER", "worker")
    assert states(examined(1)["worker"]) == {"error"}
    at = datetime(2026, 11, 23, 0, 59, 55, tzinfo=UTC)
    works = insert(WorkerRow).values(id="a", started_at=at, beat_at=at)
    change(databases, home, works, job(target="core:sweep", every_s=60, due_at=at, tried_at=at))
    found = examined()
    assert states(found["worker"]) == states(found["sweep"]) == {"ok"}
    assert "2026-11-23T08:59:55" in found["sweep"][0]["what"]


@pytest.mark.sqlite("a file on a network")
def test_a_file_on_a_network_is_found(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"disk / ext4 rw 0 0\nserver:/x {home.resolve()} nfs4 rw 0 0\n")
    monkeypatch.setattr(machine, "MOUNTS", mounts)
    assert "nfs4" in examined(1)["disk"][-1]["what"]


def test_a_disk_that_is_nearly_full_is_found(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "LEAST_FREE", 10**18)
    assert states(examined()["disk"]) == {"warning"}


def test_the_database_servers_clock_is_compared(
    home: Path, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TIJI_CLOCK")
    found = CliRunner().invoke(main, ["doctor", "--json"])
    clocks = [f for f in json.loads(found.stdout)["findings"] if f["check"] == "clock"]
    sqlite = make_url(databases.url(home)).get_backend_name() == "sqlite"
    assert [f["state"] for f in clocks] == ([] if sqlite else ["ok"])


def test_checkpoints_that_stopped_are_found(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "checkpoints" not in examined()
    outside = tmp_path / "outside"
    monkeypatch.setenv("TIJI_CHECKPOINTS", str(outside))
    assert "is not there" in examined(1)["checkpoints"][0]["what"]
    outside.mkdir()
    assert states(examined()["checkpoints"]) == {"warning"}
    for at, state in (("2026-11-22T20:00", "warning"), ("2026-11-23T00:30", "ok")):
        checkpoint = Checkpoint(at=f"{at}:00.000000Z", leaves=0, root=Tree().root(), cases=0)
        write_checkpoint(checkpoint, outside)
        assert states(examined()["checkpoints"]) == {state}, at


def test_every_variable_that_is_read_is_known() -> None:
    read = set(re.findall(r'env\.\w+\(\s*"(TIJI_[A-Z_]+)"', inspect.getsource(config)))
    assert read | {"TIJI_LANG"} == set(config.VARIABLES)
