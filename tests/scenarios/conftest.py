"""The command line as a city's officers use it, on a home that begins with nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

import pytest
from click.testing import CliRunner
from tests.scenarios.processes import Place

from tiji.cli import main
from tiji.testing.databases import Databases


class Tiji(Protocol):
    """Run ``tiji`` at a moment; give its JSON (or text), after checking the exit code."""

    def __call__(self, *args: str, at: str = ..., code: int = ...) -> Any:
        """Run one command."""


@pytest.fixture
def place(home: Path, databases: Databases) -> Place:
    """Give the demo city to other processes."""
    return Place(databases, home)


@pytest.fixture
def tiji(empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> Tiji:
    """Run commands one after another, each as a program of its own would."""

    def run(*args: str, at: str = "2026-11-23T09:00", code: int = 0) -> Any:
        monkeypatch.setenv("TIJI_CLOCK", at)
        result = CliRunner().invoke(main, list(args))
        assert result.exit_code == code, (args, result.output, result.exception)
        assert "Traceback" not in result.output
        if code in (0, 3) and "--json" in args:
            return json.loads(result.stdout)
        return result.output

    return run
