"""Fixtures: one migrated template database with the demo city, copied for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask

import tiji.demo
from tiji.app import create_app
from tiji.clock import LOCAL, FixedClock
from tiji.config import Settings
from tiji.crypto import make_key
from tiji.organisation import adopt_organisation
from tiji.plugins import migrate
from tiji.runtime import runtime

START = datetime(2026, 11, 23, 9, 0, tzinfo=LOCAL)
CITY = Path(tiji.demo.__file__).parent / "yunchuan.yaml"


@pytest.fixture
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the caller's TIJI_* settings out of a test; messages are English, faults are loud."""
    for name in [name for name in os.environ if name.startswith("TIJI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TIJI_LANG", "en")
    monkeypatch.setenv("TIJI_STRICT", "1")


@pytest.fixture(scope="session")
def template_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a home with key, migrated database and the demo city, once."""
    home = tmp_path_factory.mktemp("template")
    make_key(home)
    app = create_app(Settings(home, f"sqlite:///{home / 'tiji.db'}", fixed_at=START, strict=True))
    with app.app_context():
        migrate.upgrade(runtime().plugins)
        adopt_organisation(CITY)
    return home


@pytest.fixture
def home(template_home: Path, tmp_path: Path) -> Path:
    """Give a home of the test's own: a copy of the template."""
    return Path(shutil.copytree(template_home, tmp_path / "home"))


@pytest.fixture
def app(home: Path) -> Iterator[Flask]:
    """Give an application on a copy of the template, its clock fixed on a Monday at nine."""
    app = create_app(Settings(home, f"sqlite:///{home / 'tiji.db'}", fixed_at=START, strict=True))
    with app.app_context():
        yield app


@pytest.fixture
def clock(app: Flask) -> FixedClock:
    """Give the application's clock, to be moved."""
    clock = runtime().clock
    assert isinstance(clock, FixedClock)
    return clock
