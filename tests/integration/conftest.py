"""One application for all tests that need no home of their own; each begins with a fresh city."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from tests.integration.cases import FIO
from tests.integration.cli import OPEN, WORDS, Json, Run, data

from tiji.app import create_app
from tiji.cli import main
from tiji.clock import FixedClock
from tiji.config import read_settings
from tiji.db import connected, db, disconnect
from tiji.runtime import runtime
from tiji.testing.databases import Databases, wait_for_no_disk
from tiji.testing.pytest_plugin import START


@pytest.fixture(scope="session")
def city_app(
    databases: Databases, template_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Flask:
    """Make the application once: its compiled statements serve all tests."""
    home = databases.copy_home(template_home, tmp_path_factory.mktemp("city") / "home")
    app = create_app(databases.settings(home, START, strict=True))
    with app.app_context():
        wait_for_no_disk(db.engine)
    return app


@pytest.fixture
def city(city_app: Flask, databases: Databases, template_home: Path) -> Iterator[Path]:
    """Give the city as it was loaded, on a Monday at nine, and its home."""
    with city_app.app_context(), connected():
        here = runtime()
        disconnect()
        databases.copy(template_home, here.settings.home)
        calendar = here.calendar
        here.clock = FixedClock(START)
        yield here.settings.home
        here.calendar = calendar


@pytest.fixture
def tiji(city: Path, city_app: Flask, databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `tiji` on the city at a Monday's nine o'clock, or another moment.

    All commands share one application, its clock set anew as the environment says.
    """

    def same_app() -> Flask:
        runtime().clock = read_settings().clock()
        return city_app

    for name, value in databases.environment(city).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("tiji.app.create_app", same_app)

    def run(
        *args: str, at: str = "2026-11-23T09:00", code: int = 0, typed: str | None = None
    ) -> Result:
        monkeypatch.setenv("TIJI_CLOCK", at)
        result = CliRunner().invoke(main, list(args), input=typed)
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
