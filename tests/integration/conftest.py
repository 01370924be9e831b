"""One application for all tests that need no home of their own; each begins with a fresh city."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import event
from tests.integration.cases import FIO
from tests.integration.cli import OPEN, WORDS, Json, Run, data

from tiji.app import create_app
from tiji.cli import main
from tiji.clock import FixedClock
from tiji.config import Settings, read_settings
from tiji.db import db
from tiji.runtime import runtime
from tiji.testing.pytest_plugin import START


def _unsafe_but_fast(connection: sqlite3.Connection, _record: object) -> None:
    """Wait for no disk: these tests pull no plug."""
    connection.execute("PRAGMA synchronous=OFF")


@pytest.fixture(scope="session")
def city_app(template_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Make the application once: its compiled statements serve all tests."""
    home = Path(shutil.copytree(template_home, tmp_path_factory.mktemp("city") / "home"))
    app = create_app(Settings(home, f"sqlite:///{home / 'tiji.db'}", fixed_at=START, strict=True))
    with app.app_context():
        event.listen(db.engine, "connect", _unsafe_but_fast)
    return app


@pytest.fixture
def city(city_app: Flask, template_home: Path) -> Iterator[Path]:
    """Give the city as it was loaded, on a Monday at nine, and its home."""
    with city_app.app_context():
        here = runtime()
        db.engine.dispose()
        shutil.copyfile(template_home / "tiji.db", here.settings.home / "tiji.db")
        calendar = here.calendar
        here.clock = FixedClock(START)
        yield here.settings.home
        db.session.remove()
        db.engine.dispose()
        here.calendar = calendar


@pytest.fixture
def tiji(city: Path, city_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `tiji` on the city at a Monday's nine o'clock, or another moment.

    All commands share one application, its clock set anew as the environment says.
    """

    def same_app() -> Flask:
        runtime().clock = read_settings().clock()
        return city_app

    monkeypatch.setenv("TIJI_HOME", str(city))
    monkeypatch.setattr("tiji.app.create_app", same_app)

    def run(*args: str, at: str = "2026-11-23T09:00", code: int = 0) -> Result:
        monkeypatch.setenv("TIJI_CLOCK", at)
        result = CliRunner().invoke(main, list(args))
        assert result.exit_code == code, (args, result.output, result.exception)
        assert "Traceback" not in result.output
        if code:
            assert result.stderr.strip(), "an error says something on stderr"
        return result

    return run


@pytest.fixture
def case(tiji: Run) -> Callable[..., Json]:
    """Do an action on a case, or open one."""

    def act(action: str, number: str = "", actor: str = FIO, *more: str, **how: Any) -> Json:
        if action == "open":
            return data(tiji(*OPEN, "--as", actor, "--json", *more, **how))
        words = [number, "--as", actor, *WORDS[action], "--json", *more]
        return data(tiji("case", action, *words, **how))

    return act
